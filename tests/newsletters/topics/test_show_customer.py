"""The customer page says what its contacts received and declined; newsletters count as a format of one-to-many."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

from django.test import Client
from django.utils import timezone

from newsletters.actions.preferences import choose
from newsletters.models import Issue, Suppression
from newsletters.one_to_many import sent_lately
from newsletters.queries.customers import newsletters_panel
from segments.one_to_many import formats
from tests.cast import assign, make_contact
from tests.newsletters.makers import make_delivery, make_issue, make_topic

Login = Callable[..., Client]
NOW = timezone.now()


def test_that_a_customer_without_newsletters_has_no_panel(cast: SimpleNamespace) -> None:
    assert newsletters_panel(cast.acme) is None


def test_that_the_panel_tells_what_became_of_each_mail(cast: SimpleNamespace, login: Login) -> None:
    eve = make_contact(cast.acme, "eve@acme.example")
    for title, contact, fields in (
        ("First", cast.acme_contact, {"clicked_at": NOW}),
        ("Second", eve, {"bounced_at": NOW}),
        ("Third", eve, {"unsubscribed_at": NOW, "clicked_at": NOW}),
        ("Fourth", cast.acme_contact, {}),
        ("Foreign", cast.globex_contact, {}),
    ):
        make_delivery(make_issue(title), contact, state="sent", sent_at=NOW, **fields)
    make_delivery(make_issue("Waiting"), eve)
    panel = newsletters_panel(cast.acme)
    assert panel is not None
    assert [(one.title, one.words) for one in panel["received"]] == [
        ("Fourth", "Delivered"),
        ("Third", "Unsubscribed"),
        ("Second", "Bounced"),
        ("First", "Clicked"),
    ]
    page = login(cast.csm).get(f"/customers/{cast.acme.pk}/").content.decode()
    assert "Fourth</a>" in page
    assert "Foreign" not in page


def test_that_who_may_see_no_newsletters_sees_no_panel_of_them(cast: SimpleNamespace, login: Login) -> None:
    assign(cast.acme, cast.ae, "ae")
    make_delivery(make_issue("First"), cast.acme_contact, state="sent", sent_at=NOW)
    for viewer, is_there in ((cast.csm, True), (cast.ae, False)):
        answer = login(viewer).get(f"/customers/{cast.acme.pk}/")
        assert answer.status_code == 200
        assert ("First</a>" in answer.content.decode()) is is_there


def test_that_the_panel_tells_what_was_declined(cast: SimpleNamespace) -> None:
    who = {"contact": cast.acme_contact, "wants": False, "origin": "portal"}
    choose(**who, topic=make_topic("Offers"), channel="mail")
    choose(**who, topic=None, channel="notice")
    Suppression.objects.create(address=cast.acme_contact.email, reason="bounced", origin="smtp")
    panel = newsletters_panel(cast.acme)
    assert panel is not None
    assert {(one.who, one.what) for one in panel["declined"]} == {
        ("ann@acme.example", "Everything: its server refused for good"),
        ("Ann", "Offers, mail"),
        ("Ann", "All newsletters, in the product"),
    }


def test_that_issues_sent_lately_count_as_a_format(cast: SimpleNamespace) -> None:
    counts = dict.fromkeys(("failed", "unknown", "suppressed", "cancelled"), 0)
    for days in (1, 89, 91):
        issue = make_issue(f"{days}")
        make_delivery(issue, cast.acme_contact, state="sent", sent_at=NOW)
        ended = {"state": "finished", "ended_at": NOW - timedelta(days=days), "total": 1, "sent": 1}
        Issue.objects.filter(pk=issue.pk).update(**ended, **counts)
    assert sent_lately() == 2
    assert next(one for one in formats.formats() if one.name == "newsletters").url == "/newsletters/"
