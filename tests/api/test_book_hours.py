"""Queues, free hours and bookings over the API, for contacts and for staff."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Contact, Customer, User
from core.idempotency import KEEP
from core.models import IdempotentRequest
from core.tasks import forget_old_requests
from queues.models import Booking, Queue, QueueTopic
from tests.cast import make_contact, make_person
from tests.queues.making import at, book_hour, make_host, make_hours, make_queue, monday

pytestmark = pytest.mark.django_db

Api = Callable[..., APIClient]


@pytest.fixture
def desk(cast: SimpleNamespace) -> SimpleNamespace:
    """Return a queue with one host who works from 9 to 12 in Kathmandu, and a Monday."""
    queue = make_queue()
    QueueTopic.objects.create(queue=queue, name="Reports")
    make_hours(cast.specialist, (9, 12), zone="Asia/Kathmandu")
    make_host(queue, cast.specialist)
    return SimpleNamespace(queue=queue, host=cast.specialist, day=monday(), start=at(monday(), 3.25), cast=cast)


@pytest.fixture
def ann(api: Api, cast: SimpleNamespace) -> APIClient:
    """Return an API client of Acme's contact."""
    return api(cast.acme_contact.user)


def body(start: datetime, **fields: Any) -> dict[str, Any]:
    return {"start": start.isoformat(), "topic": "Reports", "situation": "They are slow", **fields}


def post(client: APIClient, path: str, data: Any, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return client.post(f"/api/v1/{path}", data, format="json", headers=headers)


BOOK = "queues/experts/bookings/"


# --- reading --------------------------------------------------------------------------------------
def test_the_command_makes_a_token_for_a_contact_s_address(cast: SimpleNamespace, desk: SimpleNamespace) -> None:
    fresh = make_contact(cast.acme, "new@acme.example")
    out = io.StringIO()
    call_command("create_api_token", "New@acme.example", stdout=out, stderr=io.StringIO())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {out.getvalue().strip()}")
    assert client.get("/api/v1/queues/").status_code == 200
    assert client.get("/api/v1/customers/").status_code == 403
    Contact.objects.filter(pk=fresh.pk).update(is_active=False)
    assert client.get("/api/v1/queues/").status_code == 401
    with pytest.raises(CommandError, match="no active contact"):
        call_command("create_api_token", "who@acme.example", stdout=io.StringIO())


def test_queues_tell_topics_and_hosts(ann: APIClient, desk: SimpleNamespace) -> None:
    make_queue("others", tiers=["tech"])
    make_queue("closed", is_open=False)
    (row,) = ann.get("/api/v1/queues/").json()["results"]
    assert (row["slug"], row["topics"]) == ("experts", ["Reports"])
    assert row["hosts"] == [{"id": desk.host.pk, "name": desk.host.name}]
    assert ann.get("/api/v1/queues/others/").status_code == 404
    assert ann.get("/api/v1/queues/others/slots/").status_code == 404


def test_slots_are_a_plain_list_in_the_zone_asked_for(ann: APIClient, desk: SimpleNamespace) -> None:
    asked = {"from": desk.day.isoformat(), "to": desk.day.isoformat(), "tz": "Asia/Kathmandu"}
    rows = ann.get("/api/v1/queues/experts/slots/", asked).json()
    assert rows[0] == {
        "start": f"{desk.day}T09:00:00+05:45",
        "end": f"{desk.day}T10:00:00+05:45",
        "hosts": 1,
    }
    assert len(rows) == 3
    asked["tz"] = "America/New_York"
    rows = ann.get("/api/v1/queues/experts/slots/", asked).json()
    # Monday evening in New York is Tuesday morning in Kathmandu.
    assert {datetime.fromisoformat(row["start"]).date() for row in rows} == {desk.day}
    assert {datetime.fromisoformat(row["start"]).minute for row in rows} == {15}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"from": "yesterday"}, "invalid_date"),
        ({"from": "2026-02-30"}, "invalid_date"),
        ({"from": "0001-01-01"}, "invalid_date"),
        ({"to": "9999-12-31"}, "invalid_date"),
        ({"tz": "Mars/Base"}, "unknown_time_zone"),
        ({"tz": "../etc/passwd"}, "unknown_time_zone"),
        ({"from": "{day}", "to": "{before}"}, "range_reversed"),
        ({"from": "{day}", "to": "{far}"}, "range_too_long"),
        ({"host": "Ann"}, "invalid_id"),
        ({"host": "9" * 30}, "invalid_id"),
    ],
)
def test_bad_questions_get_clear_errors(ann: APIClient, desk: SimpleNamespace, asked: dict, code: str) -> None:
    days = {"day": desk.day, "before": desk.day - timedelta(days=1), "far": desk.day + timedelta(days=62)}
    asked = {name: value.format(**days) for name, value in asked.items()}
    answer = ann.get("/api/v1/queues/experts/slots/", asked)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_slots_take_the_same_queries_for_three_hosts_and_for_thirty(
    api: Api, desk: SimpleNamespace, cast: SimpleNamespace
) -> None:
    client = api(cast.specialist)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/api/v1/queues/experts/slots/", {"from": desk.day.isoformat()}).json()
        return len(captured)

    queries()
    few = queries()
    for number in range(30):
        person = make_person(f"host{number}@company.example")
        make_hours(person, (9 + number % 4, 15))
        make_host(desk.queue, person)
    assert queries() == few


# --- booking --------------------------------------------------------------------------------------
def test_a_contact_books_for_its_own_company(ann: APIClient, desk: SimpleNamespace, cast: SimpleNamespace) -> None:
    answer = post(ann, BOOK, body(desk.start))
    assert answer.status_code == 201, answer.json()
    told = answer.json()
    booking = Booking.objects.get(uid=told["id"])
    assert (booking.customer, booking.contact, booking.source) == (cast.acme, cast.acme_contact, "api")
    assert (told["queue"], told["state"], told["host"]["id"]) == ("experts", "booked", desk.host.pk)
    assert datetime.fromisoformat(told["start"]) == desk.start
    assert booking.topic.name == "Reports"
    assert ann.get("/api/v1/bookings/").json()["results"][0]["id"] == told["id"]
    assert ann.get(f"/api/v1/bookings/{told['id']}/").json() == told


def test_a_taken_hour_answers_409_with_the_nearest(api: Api, ann: APIClient, desk: SimpleNamespace) -> None:
    assert post(ann, BOOK, body(desk.start)).status_code == 201
    gil = api(desk.cast.globex_contact.user)
    answer = post(gil, BOOK, body(desk.start))
    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "slot_taken")
    near = [datetime.fromisoformat(start) for start in told["nearest"]]
    assert near == [desk.start + timedelta(hours=hours) for hours in (1, 2, 24)]
    assert post(gil, BOOK, body(near[0])).status_code == 201
    # Who has the hour itself hears the same, not that its allowance is used.
    assert post(ann, BOOK, body(desk.start)).json()["code"] == "slot_taken"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"start": "2026-01-01T09:00:00Z"}, 422, "outside_availability"),
        ({"start": "9999-12-31T23:30:00+00:00"}, 422, "horizon"),
        ({"start": "0001-01-01T00:00:00+14:00"}, 422, "notice"),
        ({"start": "tomorrow"}, 422, "invalid_moment"),
        ({"start": 5}, 422, "invalid_moment"),
        ({"start": "2026-03-09T14:00:00"}, 422, "start_without_offset"),
        ({"start": None}, 422, "invalid"),
        ({"topic": ""}, 422, "invalid"),
        ({"topic": "x" * 201}, 422, "invalid"),
        ({"situation": "x" * 10_001}, 422, "invalid"),
        ({"situation": "a\x00b"}, 422, "invalid"),
        ({"host": 987654321}, 422, "host_unknown"),
        ({"host": 10**30}, 422, "host_unknown"),
        ({"time_zone": "Mars/Base"}, 422, "invalid"),
        ({"customer": 987654321}, 403, "not_allowed"),
        ({"contact": 1}, 403, "not_allowed"),
        ({"is_free": True}, 422, "unknown_field"),
    ],
)
def test_bad_bookings_are_refused_with_a_code(
    ann: APIClient, desk: SimpleNamespace, fields: dict, status: int, code: str
) -> None:
    answer = post(ann, BOOK, body(desk.start) | fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"is_open": False}, "queue_closed"),
        ({"tiers": ["tech"]}, "tier_not_served"),
        ({"notice_minutes": 30 * 24 * 60}, "notice"),
        ({"horizon_days": 2}, "horizon"),
    ],
)
def test_rules_not_met_have_their_codes(ann: APIClient, desk: SimpleNamespace, fields: dict, code: str) -> None:
    Queue.objects.update(**fields)
    answer = post(ann, BOOK, body(desk.start))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_the_allowance_is_a_rule(ann: APIClient, desk: SimpleNamespace) -> None:
    Queue.objects.update(hours_per_customer=1, period="year")
    assert post(ann, BOOK, body(desk.start)).status_code == 201
    answer = post(ann, BOOK, body(desk.start + timedelta(hours=1)))
    assert (answer.status_code, answer.json()["code"]) == (422, "allowance_used")


def test_staff_books_for_its_customers_only(api: Api, desk: SimpleNamespace, cast: SimpleNamespace) -> None:
    csm = api(cast.csm)
    assert post(csm, BOOK, body(desk.start)).json()["code"] == "customer_needed"
    assert post(csm, BOOK, body(desk.start, customer=cast.globex.pk)).status_code in (403, 404)
    theirs = {"customer": cast.acme.pk, "contact": cast.globex_contact.pk}
    assert post(csm, BOOK, body(desk.start, **theirs)).status_code in (403, 404, 422)
    answer = post(csm, BOOK, body(desk.start, customer=cast.acme.pk, contact=cast.acme_contact.pk, host=desk.host.pk))
    assert answer.status_code == 201, answer.json()
    booking = Booking.objects.get()
    assert (booking.booked_by, booking.contact, booking.why_host) == (cast.csm, cast.acme_contact, "Chosen by name")
    assert api(cast.sdr).get("/api/v1/queues/").status_code == 403
    assert post(api(cast.csm, "read"), BOOK, body(desk.start, customer=cast.acme.pk)).status_code == 403


def test_a_contact_of_two_companies_says_which(api: Api, desk: SimpleNamespace, cast: SimpleNamespace) -> None:
    user = cast.acme_contact.user
    Contact.objects.create(customer=cast.globex, email=user.email, user=user)
    client = api(user)
    answer = post(client, BOOK, body(desk.start))
    assert (answer.status_code, answer.json()["code"]) == (422, "customer_needed")
    answer = post(client, BOOK, body(desk.start, customer=cast.globex.pk))
    assert (answer.status_code, answer.json()["customer"]) == (201, cast.globex.pk)


# --- changing -------------------------------------------------------------------------------------
def test_a_contact_moves_and_cancels_its_hour(ann: APIClient, desk: SimpleNamespace) -> None:
    told = post(ann, BOOK, body(desk.start)).json()
    later = desk.start + timedelta(hours=2)
    moved = post(ann, f"bookings/{told['id']}/reschedule/", {"start": later.isoformat()})
    assert moved.status_code == 200, moved.json()
    assert (datetime.fromisoformat(moved.json()["start"]), moved.json()["sequence"]) == (later, 1)
    again = post(ann, f"bookings/{told['id']}/reschedule/", {"start": later.isoformat()})
    assert (again.status_code, again.json()["code"]) == (422, "same_time")
    cancelled = post(ann, f"bookings/{told['id']}/cancel/", {"reason": "Solved"})
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    again = post(ann, f"bookings/{told['id']}/cancel/", {})
    assert (again.status_code, again.json()["code"]) == (409, "already_cancelled")


def test_a_colleagues_hour_is_the_colleagues(api: Api, ann: APIClient, desk: SimpleNamespace) -> None:
    told = post(ann, BOOK, body(desk.start)).json()
    path = f"bookings/{told['id']}/"
    colleague = make_contact(desk.cast.acme, "bea@acme.example", with_login=True)
    bea = api(colleague.user)
    assert bea.get("/api/v1/bookings/").json()["results"] == []
    assert bea.get(f"/api/v1/{path}").status_code == 404
    Contact.objects.filter(pk=colleague.pk).update(is_decision_maker=True)
    seen = bea.get(f"/api/v1/{path}").json()
    assert (seen["topic"], seen["situation"]) == ("Reports", "")
    assert post(bea, f"{path}cancel/", {}).status_code == 404
    later = (desk.start + timedelta(hours=1)).isoformat()
    assert post(bea, f"{path}reschedule/", {"start": later}).status_code == 404
    assert Booking.objects.get().state == "booked"
    assert ann.get(f"/api/v1/{path}").json()["situation"] == "They are slow"


def test_staff_reads_whole_only_where_it_sees_the_customer(api: Api, ann: APIClient, desk: SimpleNamespace) -> None:
    path = f"/api/v1/bookings/{post(ann, BOOK, body(desk.start)).json()['id']}/"
    assert "why_host" in ann.get(path).json()
    assert ann.get(path).json()["why_host"] == ""
    for person, situation in (
        (desk.cast.csm, "They are slow"),
        (desk.cast.other_csm, ""),
        (desk.host, "They are slow"),
    ):
        told = api(person).get(path).json()
        assert (told["situation"], bool(told["why_host"])) == (situation, True)
        assert api(person).get("/api/v1/bookings/").json()["results"] == [told]


def test_others_bookings_are_not_there(api: Api, ann: APIClient, desk: SimpleNamespace, cast: SimpleNamespace) -> None:
    theirs = book_hour(desk.queue, cast.globex, desk.start)
    for path, data in (("cancel", {}), ("reschedule", {"start": desk.start.isoformat()})):
        assert post(ann, f"bookings/{theirs.uid}/{path}/", data).status_code == 404
        # A CSM sees the queue's hours, and changes those of its own customers.
        assert post(api(cast.csm), f"bookings/{theirs.uid}/{path}/", data).status_code == 403
        assert post(api(cast.sdr), f"bookings/{theirs.uid}/{path}/", data).status_code == 404
    assert ann.get(f"/api/v1/bookings/{theirs.uid}/").status_code == 404
    assert ann.get("/api/v1/bookings/").json()["results"] == []
    assert post(ann, "bookings/00000000-0000-0000-0000-000000000000/cancel/", {}).status_code == 404
    assert post(api(desk.host), f"bookings/{theirs.uid}/cancel/", {}).status_code == 200


def test_a_full_week_is_told_to_who_moves(ann: APIClient, desk: SimpleNamespace) -> None:
    told = post(ann, BOOK, body(desk.start)).json()
    other = Customer.objects.get(name="Globex")
    book_hour(desk.queue, other, desk.start + timedelta(hours=1))
    answer = post(ann, f"bookings/{told['id']}/reschedule/", {"start": (desk.start + timedelta(hours=1)).isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    assert len(answer.json()["nearest"]) == 3


# --- the same request twice -----------------------------------------------------------------------
def test_the_same_key_gets_the_first_answer(ann: APIClient, desk: SimpleNamespace) -> None:
    first = post(ann, BOOK, body(desk.start), key="abc")
    again = post(ann, BOOK, dict(reversed(body(desk.start).items())), key="abc")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Booking.objects.count() == 1


def test_the_same_key_with_another_body_is_a_mismatch(ann: APIClient, desk: SimpleNamespace) -> None:
    first = post(ann, BOOK, body(desk.start), key="abc")
    other = post(ann, BOOK, body(desk.start + timedelta(hours=1)), key="abc")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    other = post(ann, f"bookings/{first.json()['id']}/cancel/", {}, key="abc")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert Booking.objects.get().state == "booked"


def test_a_refusal_is_an_answer_too(ann: APIClient, desk: SimpleNamespace, cast: SimpleNamespace) -> None:
    taken = book_hour(desk.queue, cast.globex, desk.start)
    first = post(ann, BOOK, body(desk.start), key="abc")
    Booking.objects.filter(pk=taken.pk).update(state="booked")
    assert first.status_code == 409
    from queues.actions.bookings import cancel_booking

    cancel_booking(actor=cast.csm, booking=taken)
    again = post(ann, BOOK, body(desk.start), key="abc")
    assert (again.status_code, again.json()) == (409, first.json())
    assert post(ann, BOOK, body(desk.start), key="abd").status_code == 201


def test_keys_are_the_caller_s_own(api: Api, ann: APIClient, desk: SimpleNamespace) -> None:
    assert post(ann, BOOK, body(desk.start), key="abc").status_code == 201
    gil = api(desk.cast.globex_contact.user)
    answer = post(gil, BOOK, body(desk.start + timedelta(hours=1)), key="abc")
    assert (answer.status_code, answer.json()["customer"]) == (201, desk.cast.globex.pk)


@pytest.mark.parametrize("key", ["", "   ", "x" * 256])
def test_unusable_keys_are_refused(ann: APIClient, desk: SimpleNamespace, key: str) -> None:
    answer = post(ann, BOOK, body(desk.start), key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")
    assert not Booking.objects.exists()


def test_changes_can_be_repeated_as_well(ann: APIClient, desk: SimpleNamespace) -> None:
    told = post(ann, BOOK, body(desk.start)).json()
    path = f"bookings/{told['id']}/cancel/"
    first = post(ann, path, {"reason": "Solved"}, key="c")
    again = post(ann, path, {"reason": "Solved"}, key="c")
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())


def test_a_browser_s_session_of_a_contact_stays_in_the_portal(
    login: Callable[[User], Any], desk: SimpleNamespace
) -> None:
    assert login(desk.cast.acme_contact.user).get("/api/v1/queues/").status_code == 403


def test_old_answers_are_forgotten(ann: APIClient, desk: SimpleNamespace) -> None:
    assert post(ann, BOOK, body(desk.start), key="abc").status_code == 201
    assert forget_old_requests() == 0
    IdempotentRequest.objects.update(created_at=timezone.now() - KEEP - timedelta(minutes=1))
    assert forget_old_requests() == 1
    assert post(ann, BOOK, body(desk.start), key="abc").json()["code"] == "slot_taken"
