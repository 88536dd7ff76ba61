"""Issues are begun, copied, planned, changed and thrown away."""

import re
from datetime import date
from uuid import uuid4

import pytest

from newsletters.actions import issues as actions
from newsletters.models import Block, Issue, NewsletterSettings, Picture, Proposal, Topic
from tests.newsletters.makers import make_issue, make_topic

pytestmark = pytest.mark.django_db


def begin(browser, **sent):
    return browser.post("/newsletters/new/", {"title": "December", "topic": Topic.objects.get().pk, **sent})


def test_begun_from_nothing(writer, cast):
    make_topic()
    answer = begin(writer, planned_on="2026-12-10")
    issue = Issue.objects.get()
    assert answer.headers["Location"] == f"/newsletters/{issue.pk}/"
    assert (issue.title, issue.subject, issue.created_by, issue.planned_on) == (
        *("December", "December", cast.csm),
        date(2026, 12, 10),
    )
    assert issue.state == "draft"


def test_begun_from_proposals(writer, cast):
    make_topic()
    second, first = (Proposal.objects.create(title=title, body="Because {{ they ask") for title in ("Roles", "Dates"))
    begin(writer, proposals=[first.pk, second.pk])
    issue = Issue.objects.get()
    assert [block.data["body"] for block in issue.blocks.all()] == [
        "## Dates\n\nBecause { { they ask",
        "## Roles\n\nBecause { { they ask",
    ]
    first.refresh_from_db()
    assert (first.state, first.issue) == ("planned", issue)
    # Nobody else takes it up while it is there; thrown away it is open again.
    assert begin(writer, proposals=[first.pk]).status_code == 422
    writer.post(f"/newsletters/{issue.pk}/delete/", {"version": issue.version})
    first.refresh_from_db()
    assert (first.state, first.issue, Issue.objects.count()) == ("open", None, 0)


def test_begun_as_a_copy(writer, issue, cast):
    fields = {"content_type": "image/png", "width": 1, "height": 1, "data": b"x"}
    picture = Picture.objects.create(issue=issue, **fields)
    data = {"picture": str(picture.uid), "alt": "A chart", "caption": "", "url": ""}
    Block.objects.create(issue=issue, position=2, kind="picture", data=data)
    # One that no block shows any more stays behind.
    Picture.objects.create(issue=issue, **fields | {"data": b"old"})
    issue.audience.tiers = ["high"]
    issue.audience.save()
    begin(writer, copy_of=issue.pk)
    copy = Issue.objects.get(title="December")
    assert [block.kind for block in copy.blocks.all()] == ["text", "picture"]
    # The copy has pictures of its own: it outlives what it was made from.
    copied = copy.pictures.get()
    assert copy.blocks.last().data["picture"] == str(copied.uid) != str(picture.uid)
    kept = (copied.content_type, copied.width, copied.height, bytes(copied.data), copied.uploaded_by)
    assert kept == ("image/png", 1, 1, b"x", cast.csm)
    assert (copy.audience.tiers, copy.audience_id != issue.audience_id) == (["high"], True)
    assert (copy.subject, copy.state) == (issue.subject, "draft")


def test_a_form_that_is_sent_twice_begins_one_issue(writer, cast, login):
    make_topic()
    proposal = Proposal.objects.create(title="Roles", body="Why")
    sent = {"request_key": str(uuid4()), "proposals": [proposal.pk]}
    answers = [begin(writer, **sent) for _ in range(2)]
    issue = Issue.objects.get()
    # The proposal is taken by then, by this very form.
    assert [answer.headers.get("Location") for answer in answers] == [f"/newsletters/{issue.pk}/"] * 2
    answer = begin(writer, **sent, title="January")
    assert (answer.status_code, Issue.objects.count()) == (422, 1)
    # Another person's form is another form.
    assert begin(login(cast.other_csm), request_key=sent["request_key"]).status_code == 302
    assert Issue.objects.count() == 2


def test_a_beginning_that_is_refused_can_be_sent_again(writer):
    make_topic()
    sent = {"request_key": str(uuid4())}
    assert begin(writer, **sent, title="").status_code == 422
    assert begin(writer, **sent).status_code == 302
    # Changed after the way back it begins another one, once it is sent with the key that the refusal brings.
    answer = begin(writer, **sent, title="January")
    page = answer.content.decode()
    assert "This form was sent already" in page
    key = re.search(r'name="request_key" value="([^"]+)"', page)[1]
    assert begin(writer, request_key=key, title="January").status_code == 302
    assert set(Issue.objects.values_list("title", flat=True)) == {"December", "January"}


def test_a_copy_of_what_has_a_closed_topic_asks_for_another(writer, issue):
    Topic.objects.update(is_open=False)
    other = make_topic("Events")
    page = writer.get(f"/newsletters/new/?copy_of={issue.pk}").content.decode()
    assert f'<option value="{other.pk}" selected>' in page
    assert f'<option value="{issue.topic_id}"' not in page


@pytest.mark.parametrize(
    "sent", [{"title": ""}, {"topic": ""}, {"topic": "²"}, {"planned_on": "never"}, {"planned_on": "9999-12-31"}]
)
def test_a_beginning_that_is_none(writer, sent):
    make_topic()
    answer = begin(writer, **sent)
    assert answer.status_code == 422
    assert Issue.objects.count() == 0


def details_of(issue, **changes):
    fields = {
        "title": issue.title,
        "topic": issue.topic_id,
        "language": "en",
        "subject": issue.subject,
        "ab_percent": 20,
        "ab_hours": 4,
        "ab_by": "clicks",
        "in_archive": "on",
        "mark": actions.details_mark(issue),
    }
    return fields | changes


def test_a_change_of_what_recipients_get_is_a_new_version(writer, issue):
    path = f"/newsletters/{issue.pk}/details/"
    assert writer.post(path, details_of(issue, subject="Two lines\r\nBcc: x@y.example")).status_code == 302
    issue.refresh_from_db()
    assert (issue.subject, issue.version) == ("Two lines Bcc: x@y.example", 2)
    # The title stands over it in the archive; where it is in none it is the team's own.
    writer.post(path, details_of(issue, title="For all readers"))
    issue.refresh_from_db()
    assert (issue.title, issue.version) == ("For all readers", 3)
    writer.post(path, details_of(issue, in_archive=""))
    issue.refresh_from_db()
    assert (issue.in_archive, issue.version) == (False, 4)
    writer.post(path, details_of(issue, title="For the team", in_archive=""))
    issue.refresh_from_db()
    assert (issue.title, issue.version) == ("For the team", 4)


def test_details_changed_by_two_lose_nothing(writer, issue, cast):
    mine = details_of(issue, subject="Mine")
    actions.change_details(actor=cast.specialist, issue=issue, subject="Theirs")
    answer = writer.post(f"/newsletters/{issue.pk}/details/", mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Specialist has changed these details" in page
    assert "Theirs" in page
    assert 'value="Mine"' in page
    issue.refresh_from_db()
    assert issue.subject == "Theirs"
    # To save again is meant.
    assert writer.post(f"/newsletters/{issue.pk}/details/", details_of(issue, subject="Mine")).status_code == 302


def test_what_a_colleague_has_written_since_is_not_thrown_away(writer, issue, cast):
    page = writer.get(f"/newsletters/{issue.pk}/content/").content.decode()
    assert f'id="seen-version" name="version" value="{issue.version}"' in page
    actions.change_details(actor=cast.specialist, issue=issue, subject="Theirs")
    for sent in ({"version": issue.version}, {}):
        assert writer.post(f"/newsletters/{issue.pk}/delete/", sent).status_code == 409
    assert Issue.objects.get().subject == "Theirs"


@pytest.mark.parametrize("address", ["ann@[127.0.0.1]", "ann@" + "ä" * 70 + ".example"])
def test_an_address_that_no_mail_can_name_is_refused(writer, issue, address):
    answer = writer.post(f"/newsletters/{issue.pk}/details/", details_of(issue, reply_to=address))
    assert answer.status_code == 422
    assert address in answer.content.decode()
    assert Issue.objects.get().reply_to == ""


def test_an_unknown_variable_is_refused(writer, issue):
    answer = writer.post(f"/newsletters/{issue.pk}/details/", details_of(issue, subject="Hi {{ password }}"))
    assert answer.status_code == 422
    assert "There is no variable" in answer.content.decode()


def test_moved_to_another_day(writer, issue):
    path = f"/newsletters/{issue.pk}/plan/"
    assert writer.post(path, {"planned_on": "2026-12-24"}).headers["Location"] == "/newsletters/calendar/"
    page = writer.get("/newsletters/calendar/?month=2026-12").content.decode()
    assert page.index("Thursday, 24 December") < page.index(">November<") < page.index("Friday, 25 December")
    issue.refresh_from_db()
    assert issue.version == 1
    for day in ("9999-12-31", "0001-01-01"):
        assert writer.post(path, {"planned_on": day}).status_code == 422
    writer.post(path, {"planned_on": ""})
    issue.refresh_from_db()
    assert issue.planned_on is None


@pytest.mark.parametrize("month", ["", "never", "2026-13", "0001-01", "9999-12"])
def test_a_month_that_is_none(writer, issue, month):
    assert writer.get(f"/newsletters/calendar/?month={month}").status_code == 200


@pytest.mark.parametrize("state", ["scheduled", "sending", "finished"])
def test_what_is_on_its_way_is_not_changed(writer, issue, state):
    fields = {"total": 0, "sent": 0, "failed": 0, "unknown": 0, "suppressed": 0, "cancelled": 0}
    ended = {**fields, "ended_at": issue.created_at} if state == "finished" else {}
    NewsletterSettings.objects.update(needs_approval=False)
    Issue.objects.filter(pk=issue.pk).update(state=state, send_at=issue.created_at, **ended)
    block = issue.blocks.get()
    for path, sent in [
        (f"blocks/{block.pk}/", {f"b{block.pk}-body": "Other"}),
        (f"blocks/{block.pk}/remove/", {}),
        ("plan/", {"planned_on": "2026-12-24"}),
        ("delete/", {}),
        ("details/", details_of(issue, subject="Other")),
    ]:
        answer = writer.post(f"/newsletters/{issue.pk}/{path}", sent)
        assert answer.status_code in (409, 422), path
    block.refresh_from_db()
    assert block.data == {"body": "Hello {{ contact.first_name | there }}"}
    assert "can’t be changed" in writer.get(f"/newsletters/{issue.pk}/content/").content.decode()


def test_another_issue_has_other_blocks(writer, issue):
    other = make_issue("Other")
    assert writer.get(f"/newsletters/{other.pk}/blocks/{issue.blocks.get().pk}/").status_code == 404
