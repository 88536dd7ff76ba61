"""The audience of an issue is chosen, counted, and changed by one person at a time."""

import pytest

from newsletters.actions import issues as actions
from newsletters.audiences import AudienceContent
from newsletters.models import Issue

pytestmark = pytest.mark.django_db


def post(browser, issue, **sent):
    fields = {"mark": actions.audience_mark(issue.audience), **sent}
    return browser.post(f"/newsletters/{issue.pk}/audience/", fields, follow=True)


def test_saved_with_how_many_get_it(writer, issue):
    page = post(writer, issue, **{"audience-tiers": ["high"]}).content.decode()
    assert "1 contact gets it now." in page
    saved = Issue.objects.get(pk=issue.pk)
    assert (saved.audience.tiers, saved.version, saved.state) == (["high"], 2, "draft")
    # The same again is no change.
    post(writer, saved, **{"audience-tiers": ["high"]})
    assert Issue.objects.get(pk=issue.pk).version == 2


def test_changed_by_two_at_once(writer, issue, cast):
    mark = actions.audience_mark(issue.audience)
    actions.change_audience(actor=cast.specialist, issue=issue, content=AudienceContent(tiers=["low"]))
    answer = post(writer, issue, **{"audience-tiers": ["tech"], "mark": mark})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Specialist has changed the audience" in page
    assert "low touch" in page
    assert Issue.objects.get(pk=issue.pk).audience.tiers == ["low"]


def test_nobody_that_is_not_there_is_picked(writer, issue):
    answer = post(writer, issue, **{"audience-addresses": "nobody@nowhere.example"})
    assert answer.status_code == 422
    assert "nobody@nowhere.example" in answer.content.decode()


def test_who_only_reads_sees_who_gets_it(cast, login, issue):
    page = login(cast.support).get(f"/newsletters/{issue.pk}/audience/").content.decode()
    assert "Contacts of all customers" in page
    assert "Save the audience" not in page
