"""The progress page: live while it goes on, silent when it is over, and what a person may do about it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.models import Delivery, Issue, NewsletterSettings
from tests.newsletters.makers import make_delivery, make_issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def sending(cast, issue) -> Issue:
    """Return an issue on its way: one arrived, one unknown, one refused, one to go."""
    under_way = make_issue("October", state="sending", started_at=timezone.now(), frozen_at=timezone.now())
    make_delivery(under_way, cast.acme_contact, state="sent")
    make_delivery(under_way, cast.globex_contact, state="unknown", answer="Silence after the message")
    make_delivery(under_way, cast.acme_contact, address="gone@acme.example", state="failed", answer="550 5.1.1 No box")
    make_delivery(under_way, cast.acme_contact, address="late@acme.example")
    return under_way


def test_the_list_shows_a_live_bar(writer, sending):
    page = writer.get("/newsletters/").content.decode()
    assert "3 of 4" in page
    assert 'hx-get="/newsletters/under-way/"' in page


def test_the_page_asks_for_its_news_without_reading_deliveries(writer, sending):
    path = f"/newsletters/{sending.pk}/progress/now/"
    writer.get(path)
    with CaptureQueriesContext(connection) as queries:
        page = writer.get(path).content.decode()
    assert "3<span" in page
    assert "every 2s" in page
    counted = [one["sql"] for one in queries if 'FROM "newsletters_delivery"' in one["sql"]]
    assert all("LIMIT 1" in sql for sql in counted)
    first = len(queries)
    for number in range(30):
        make_delivery(sending, sending.deliveries.first().contact, address=f"reader{number}@acme.example")
    with CaptureQueriesContext(connection) as queries:
        writer.get(path)
    assert len(queries) == first


def test_it_asks_no_more_once_it_is_over(writer, sending):
    Delivery.objects.filter(state="waiting").update(state="sent")
    counts = {"total": 4, "sent": 2, "failed": 1, "unknown": 1, "suppressed": 0, "cancelled": 0}
    Issue.objects.filter(pk=sending.pk).update(state="finished", ended_at=timezone.now(), **counts)
    answer = writer.get(f"/newsletters/{sending.pk}/progress/now/?state=sending")
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (286, "true")
    page = writer.get(f"/newsletters/{sending.pk}/progress/").content.decode()
    assert "progress/now" not in page
    assert f"/newsletters/{sending.pk}/figures/" in page


def test_paused_resumed_and_cancelled(specialist, sending):
    for what, state in (("pause", "paused"), ("resume", "sending"), ("cancel", "cancelling")):
        assert specialist.post(f"/newsletters/{sending.pk}/{what}/").status_code == 302
        sending.refresh_from_db()
        assert sending.state == state
    # Too late to pause: said kindly, and nothing changes.
    answer = specialist.post(f"/newsletters/{sending.pk}/pause/")
    assert answer.status_code == 409
    assert "can be paused" in answer.content.decode()


def test_errors_stand_together_by_answer(specialist, cast, sending):
    for number in range(3):
        address = f"gone{number}@acme.example"
        answer = f"550 5.1.1 <{address}> no such box, id 7c9e66{number}a40de"
        make_delivery(sending, cast.acme_contact, address=address, state="failed", answer=answer)
    page = specialist.get(f"/newsletters/{sending.pk}/progress/").content.decode()
    assert page.count("no such box") == 1
    assert '<span class="answer-count">3</span>' in page


@pytest.mark.parametrize(("decision", "state"), [("arrived", "sent"), ("again", "waiting"), ("lost", "failed")])
def test_a_person_decides_on_unknown_ones(specialist, sending, decision, state):
    unknown = sending.deliveries.get(state="unknown")
    other = make_delivery(sending, unknown.contact, address="b@globex.example", state="unknown")
    sent = {"decision": decision, "delivery": [unknown.pk]}
    assert specialist.post(f"/newsletters/{sending.pk}/settle/", sent).status_code == 302
    unknown.refresh_from_db()
    other.refresh_from_db()
    assert (unknown.state, other.state) == (state, "unknown")


def test_a_decision_that_is_none_changes_nothing(specialist, sending):
    path = f"/newsletters/{sending.pk}/settle/"
    assert specialist.post(path, {"decision": "perhaps"}).status_code == 422
    assert specialist.post(path, {"decision": "arrived", "delivery": ["²"]}).status_code == 422
    assert sending.deliveries.filter(state="unknown").count() == 1


def test_what_is_due_this_moment_is_watched_already(writer, issue):
    NewsletterSettings.objects.update(needs_approval=False)
    Issue.objects.filter(pk=issue.pk).update(state="scheduled", send_at=timezone.now())
    path = f"/newsletters/{issue.pk}/progress/"
    assert writer.get(f"/newsletters/{issue.pk}/").headers["Location"] == path
    assert "It begins in a moment" in writer.get(path).content.decode()
    assert "/newsletters/under-way/" in writer.get("/newsletters/").content.decode()
    # Taken off the schedule meanwhile: the page asks no more and loads itself again.
    Issue.objects.filter(pk=issue.pk).update(state="approved")
    assert writer.get(f"{path}now/?state=scheduled").headers["HX-Refresh"] == "true"


def test_who_is_in_another_portfolio_is_not_named(writer, specialist, cast, sending):
    path = f"/newsletters/{sending.pk}/progress/"
    make_delivery(sending, cast.acme_contact, address="ann2@acme.example", state="unknown")
    page = writer.get(path).content.decode()
    assert "ann2@acme.example" in page
    assert cast.globex_contact.email not in page
    assert cast.globex.name not in page
    assert "in a portfolio that you do not see" in page
    make_delivery(sending, cast.acme_contact, address="left@acme.example", state="unknown")
    Delivery.objects.filter(address="left@acme.example").update(contact=None)
    assert "left@acme.example" not in writer.get(path).content.decode()
    everything = specialist.get(path).content.decode()
    assert cast.globex_contact.email in everything
    assert "left@acme.example" in everything
    assert "that you do not see" not in everything
