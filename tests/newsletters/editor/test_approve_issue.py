"""A second person approves the very version that is sent."""

import pytest
from django.core import mail

from core import outbox
from newsletters.actions.issues import change_details
from newsletters.models import Issue, NewsletterSettings, Review

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
