"""A second person approves the very version that is sent."""

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from accounts.models import User
from core import outbox
from newsletters.actions.issues import change_details
from newsletters.models import Issue, NewsletterSettings, Review
from newsletters.sending.starting import start_due
from tests.newsletters.makers import make_issue

pytestmark = pytest.mark.django_db


def ask(browser, issue, **sent):
    return browser.post(f"/newsletters/{issue.pk}/approval/ask/", {"version": issue.version, **sent})


def decide(browser, issue, verdict="approved", **sent):
    path = f"/newsletters/{issue.pk}/approval/decide/"
    return browser.post(path, {"version": issue.version, "verdict": verdict, **sent})


def state(issue) -> str:
    return Issue.objects.get(pk=issue.pk).state


def test_asked_for_approved_and_told(writer, specialist, issue, cast):
    assert ask(writer, issue, reviewer=cast.specialist.pk, note="Mind the numbers").status_code == 302
    assert state(issue) == "in_review"
    outbox.drain()
    assert [(one.to, "Mind the numbers" in one.body) for one in mail.outbox] == [([cast.specialist.email], True)]
    assert ">1<span" in specialist.get("/newsletters/").content.decode()
    assert decide(specialist, issue, comment="Well said").status_code == 302
    assert state(issue) == "approved"
    outbox.drain()
    assert mail.outbox[-1].to == [cast.csm.email]
    assert "is approved" in mail.outbox[-1].subject
    page = writer.get(f"/newsletters/{issue.pk}/approval/").content.decode()
    assert "Well said" in page


def test_sent_back_with_what_should_change(writer, specialist, issue):
    ask(writer, issue)
    answer = decide(specialist, issue, "returned")
    assert (answer.status_code, state(issue)) == (422, "in_review")
    assert "Say what should change." in answer.content.decode()
    assert decide(specialist, issue, "returned", comment="Shorter, please").status_code == 302
    assert state(issue) == "draft"
    assert list(Review.objects.values_list("verdict", flat=True)) == ["returned", "asked"]


@pytest.mark.parametrize("who", ["created_by", "editor"])
def test_nobody_approves_what_is_its_own(writer, specialist, issue, cast, who):
    Issue.objects.filter(pk=issue.pk).update(**{who: cast.specialist})
    ask(writer, issue)
    answer = decide(specialist, issue)
    page = answer.content.decode()
    assert (answer.status_code, state(issue)) == (422, "in_review")
    assert "does not approve it" in page
    # Nor is it offered to somebody who can't.
    assert f'value="{cast.specialist.pk}"' not in writer.get(f"/newsletters/{issue.pk}/approval/").content.decode()


def test_one_person_is_enough_where_the_house_says_so(specialist, issue, cast):
    NewsletterSettings.objects.update(needs_approval=False)
    Issue.objects.filter(pk=issue.pk).update(created_by=cast.specialist, editor=cast.specialist)
    ask(specialist, issue)
    assert decide(specialist, issue).status_code == 302
    assert state(issue) == "approved"


@pytest.fixture
def own(specialist, issue, cast) -> Issue:
    """Return an issue of the specialist, approved by the specialist while one person was enough; now it is not."""
    NewsletterSettings.objects.update(needs_approval=False)
    Issue.objects.filter(pk=issue.pk).update(created_by=cast.specialist, editor=cast.specialist)
    ask(specialist, issue)
    decide(specialist, issue)
    assert state(issue) == "approved"
    return Issue.objects.get(pk=issue.pk)


def test_its_own_approval_counts_no_more_once_a_second_person_is_asked_for(specialist, own, cast, login):
    NewsletterSettings.objects.update(needs_approval=True)
    path, now = f"/newsletters/{own.pk}/schedule/", {"version": own.version, "when": "now"}
    refused = specialist.post(path, now)
    assert (refused.status_code, state(own)) == (422, "approved")
    assert "A second person approves it first." in refused.content.decode()
    # It is asked for as of a draft, without a change, and the second person's word counts.
    page = specialist.get(f"/newsletters/{own.pk}/approval/").content.decode()
    assert "Ask for approval" in page
    assert "By the house rules of now that does not count." in page
    assert ask(specialist, own).status_code == 302
    assert decide(specialist, own).status_code == 422
    assert decide(login(cast.manager), own).status_code == 302
    assert specialist.post(path, now).status_code == 302
    assert state(own) == "scheduled"


def test_what_a_second_person_approved_is_not_asked_for_again(writer, specialist, issue):
    ask(writer, issue)
    decide(specialist, issue)
    assert (ask(writer, issue).status_code, state(issue)) == (422, "approved")


def test_scheduled_before_a_second_person_was_asked_for_it_is_held_back(specialist, own, cast):
    now = {"version": own.version, "when": "now"}
    assert specialist.post(f"/newsletters/{own.pk}/schedule/", now).status_code == 302
    NewsletterSettings.objects.update(needs_approval=True)
    page = specialist.get(f"/newsletters/{own.pk}/schedule/").content.decode()
    assert "It will not be sent as it is." in page
    assert "It will not be sent as it is" in specialist.get(f"/newsletters/{own.pk}/approval/").content.decode()
    other = make_issue("Approved by another", created_by=cast.csm, editor=cast.csm)
    ask(specialist, other)
    decide(specialist, other)
    specialist.post(f"/newsletters/{other.pk}/schedule/", now)
    assert start_due() == [other.pk]
    assert (state(own), state(other)) == ("draft", "freezing")
    outbox.drain()
    [told] = [one for one in mail.outbox if "was not sent" in one.subject]
    assert told.to == [cast.specialist.email]
    assert f"/newsletters/{own.pk}/approval/" in told.body


def test_where_who_scheduled_it_has_left_its_editor_is_told(specialist, own, cast):
    specialist.post(f"/newsletters/{own.pk}/schedule/", {"version": own.version, "when": "now"})
    NewsletterSettings.objects.update(needs_approval=True)
    Issue.objects.filter(pk=own.pk).update(editor=cast.csm)
    User.objects.filter(pk=cast.specialist.pk).update(is_active=False)
    assert start_due() == []
    outbox.drain()
    assert [one.to for one in mail.outbox if "was not sent" in one.subject] == [[cast.csm.email]]


def test_where_nobody_has_to_approve_it_goes_as_it_was_scheduled(specialist, own):
    specialist.post(f"/newsletters/{own.pk}/schedule/", {"version": own.version, "when": "now"})
    assert start_due() == [own.pk]


@pytest.mark.parametrize("said", ["nothing", "asked", "own", "earlier", "returned"])
def test_the_database_lets_nothing_out_that_is_not_approved(issue, cast, said):
    def approved(person, version=1):
        Review.objects.create(issue=issue, version=version, verdict="approved", person=person)

    if said == "asked":
        Review.objects.create(issue=issue, version=1, verdict="asked", person=cast.specialist)
    elif said == "own":
        approved(cast.csm)
    elif said == "earlier":
        approved(cast.specialist, version=0)
    elif said == "returned":
        approved(cast.specialist)
        Review.objects.create(issue=issue, version=1, verdict="returned", person=cast.manager)
    found = Issue.objects.filter(pk=issue.pk)
    for step in ("scheduled", "freezing"):
        with pytest.raises(IntegrityError, match="not approved by a second person"), transaction.atomic():
            found.update(state=step)
    # The same with a second person's word is let out, and so is anything where the house asks for none.
    approved(cast.specialist)
    found.update(state="scheduled")
    found.update(state="draft", version=2)
    NewsletterSettings.objects.update(needs_approval=False)
    assert found.update(state="scheduled") == 1


def test_an_approval_is_for_the_version_that_was_read(writer, specialist, issue, cast):
    ask(writer, issue)
    read = Issue.objects.get(pk=issue.pk)
    change_details(actor=cast.other_csm, issue=issue, subject="Another")
    again = Issue.objects.get(pk=issue.pk)
    assert again.state == "draft"
    ask(writer, again)
    answer = decide(specialist, read)
    assert (answer.status_code, state(issue)) == (422, "in_review")
    assert "It has changed since you read it." in answer.content.decode()
    decide(specialist, again)
    assert state(issue) == "approved"
    change_details(actor=cast.csm, issue=issue, preheader="One more thing")
    assert state(issue) == "draft"


def test_who_may_not_approve_does_not(writer, issue):
    ask(writer, issue)
    assert decide(writer, issue).status_code == 403
    assert state(issue) == "in_review"
    writer.post(f"/newsletters/{issue.pk}/approval/withdraw/")
    assert state(issue) == "draft"


def test_nothing_unfinished_is_asked_for(writer, issue):
    issue.blocks.all().delete()
    answer = ask(writer, issue)
    assert answer.status_code == 422
    assert "It has no content yet." in answer.content.decode()


@pytest.mark.parametrize("verdict", ["", "yes"])
def test_what_is_no_verdict_approves_nothing(writer, specialist, issue, verdict):
    ask(writer, issue)
    answer = decide(specialist, issue, verdict)
    assert (answer.status_code, state(issue)) == (422, "in_review")
    assert "Choose: approve it, or send it back." in answer.content.decode()
