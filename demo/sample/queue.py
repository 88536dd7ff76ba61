"""The sample's one-to-many queue: two queues, past hours with what came of them, hours to come, people who wait."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Contact, Customer, Stage
from core.errors import Conflict, Invalid
from demo.sample.clock import as_of, evening
from demo.sample.work import Work
from queues.actions.bookings import book, cancel_booking
from queues.actions.hours import close_hour, mark_no_show, save_notes
from queues.actions.ratings import rate_booking
from queues.actions.setup import add_host, create_queue, set_windows
from queues.actions.waiting import join_waiting_list
from queues.models import Booking, Queue, QueueHost, WaitingEntry
from queues.queries.slots import Slot, next_free, slots
from segments.actions.one_to_many import set_one_to_many_terms
from segments.models import CapacitySettings

WEEKS = 12
HOURS_A_WEEK = 5
COMING = 8
# Enough to take every hour of a small queue, few enough that the load ends.
MOST_TO_FILL = 40
WAITING = 4
ACME_WAS_THERE = 5
SERVED = (Stage.ONBOARDING, Stage.ADOPTION, Stage.RENEWAL)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class SampleQueue:
    """A queue with its topics and hosts: login, minutes a week, windows (weekday, from, to in minutes)."""

    name: str
    languages: tuple[str, ...]
    description: str
    topics: tuple[str, ...]
    hosts: tuple[tuple[str, int, tuple[tuple[int, int, int], ...]], ...]
    horizon_days: int
    is_filled: bool = False


WORKDAYS = range(5)
QUEUES = (
    SampleQueue(
        "Ask an expert",
        ("en",),
        "An hour with an expert about your own situation. Tell us what you try to reach, and bring your account.",
        ("First steps", "Reports and exports", "Approvals", "Integrations", "Bringing the whole team in"),
        (
            ("specialist", 10 * 60, tuple((day, 10 * 60, 17 * 60) for day in WORKDAYS)),
            ("specialist2", 8 * 60, ()),
        ),
        horizon_days=30,
    ),
    SampleQueue(
        "Expertenstunde / Hora con un experto",
        ("de", "es"),
        "Eine Stunde für Ihre Fragen, auf Deutsch. Una hora para sus preguntas, en español.",
        ("Erste Schritte / Primeros pasos", "Berichte / Informes", "Freigaben / Aprobaciones"),
        (
            ("csm5", 2 * 60, ((1, 14 * 60, 17 * 60), (3, 14 * 60, 17 * 60))),
            ("csm7", 2 * 60, ((2, 9 * 60, 12 * 60),)),
        ),
        horizon_days=14,
        is_filled=True,
    ),
)
SITUATIONS = (
    "We moved from spreadsheets last month, and half of the team still keeps its own lists.",
    "Our director wants one page a month; we copy figures by hand for a day.",
    "Two offices approve differently, and requests get stuck between them.",
    "We would like orders from our shop to arrive by themselves.",
    "Only the accountants use it so far; sales does not see why it should.",
)
NOTES = (
    "Showed the import and a shared view. They will clean up the old lists first.",
    "Built the monthly report together; it goes out on the first by itself now.",
    "One approval chain with two steps covers both offices. They try it for two weeks.",
    "The integration they need is in the Business edition; told them who can help with that.",
    "Agreed on one small task for sales to begin with.",
)
OPEN_QUESTIONS = ("", "", "Does the export keep the order of columns?", "How do others name their projects?")
FOLLOW_UP = "Thank you for the hour. The steps that we went through, in order, and the short guide to go with them."
OUTCOMES = ("answered", "answered", "answered", "answered", "follow_up", "handed_on", "open")
COMMENTS = ("", "", "Exactly what we needed.", "Clear and patient. Thank you!", "Would have liked more time.")
RATINGS = (5, 5, 5, 4, 4, 3)


def open_queues(work: Work) -> None:
    """Set the queues up with their topics and hosts, and say which formats the company has elsewhere."""
    with as_of(evening(work.today, (WEEKS + 1) * 7)):
        for wanted in QUEUES:
            queue = Queue.objects.filter(name=wanted.name).first() or create_queue(
                actor=work.manager,
                name=wanted.name,
                description=wanted.description,
                languages=list(wanted.languages),
                horizon_days=wanted.horizon_days,
                topics=wanted.topics,
            )
            for login, minutes, windows in wanted.hosts:
                if not QueueHost.objects.filter(queue=queue, person=work.person(login)).exists():
                    url = f"https://meet.larkspur.example/{login}"
                    host = add_host(
                        actor=work.manager,
                        queue=queue,
                        person=work.person(login),
                        weekly_minutes=minutes,
                        meeting_url=url,
                    )
                    set_windows(actor=work.manager, host=host, windows=windows)
    settings = CapacitySettings.current()
    set_one_to_many_terms(
        actor=work.manager,
        days_without_contact=settings.days_without_contact,
        attention_minutes=settings.attention_minutes,
        webinar_seats=settings.webinar_seats,
        webinar_minutes=settings.webinar_minutes,
        webinar_share=settings.webinar_share,
        formats_elsewhere=[],
    )


# --- what was -------------------------------------------------------------------------------------------------------
def hold_hours(work: Work) -> None:
    """Book some hours of every week of the last quarter, and hold them."""
    for number in range(WEEKS, 0, -1):
        if not Booking.objects.filter(starts_at__gte=evening(work.today, number * 7)).exists():
            for wanted in QUEUES:
                _week(work, wanted, number)
    for booking in Booking.objects.filter(state=Booking.State.BOOKED, ends_at__lt=timezone.now()).order_by("starts_at"):
        _hold(work, booking)


def _week(work: Work, wanted: SampleQueue, number: int) -> None:
    """Book hours of the week that began so many weeks ago, on the evening before."""
    dice = work.dice(f"queue {wanted.name} {number}")
    queue = Queue.objects.get(name=wanted.name)
    sunday = evening(work.today, number * 7)
    count = HOURS_A_WEEK - 1 if not wanted.is_filled else 1
    with as_of(sunday):
        free = slots(queue, sunday.date() + timedelta(days=1), sunday.date() + timedelta(days=6), "UTC")
        guests = list(_guests(work, wanted, f"{number}", count))
        if number == ACME_WAS_THERE and not wanted.is_filled:
            guests[:1] = [_acme()]
        for contact, slot in zip(guests, _spread(dice, free, count), strict=False):
            _book(dice, queue, contact, slot)


def _spread(dice: random.Random, free: list[Slot], count: int) -> list[Slot]:
    """Return hours at different times: two at once would need two hosts."""
    starts = {slot.starts: slot for slot in free}
    return sorted(dice.sample(list(starts.values()), min(count, len(starts))))


def _hold(work: Work, booking: Booking) -> None:
    """Say what came of an hour: most took place, a few customers did not come, the newest nobody has closed yet."""
    dice = work.dice(f"hour {booking.starts_at.isoformat()}")
    host = booking.host
    if booking.starts_at > timezone.now() - timedelta(days=4) and dice.random() < 0.6:
        return
    with as_of(booking.ends_at + HOUR):
        if dice.random() < 0.1:
            mark_no_show(actor=host, booking=booking)
            return
        texts = {"notes": dice.choice(NOTES), "open_questions": dice.choice(OPEN_QUESTIONS), "follow_up": FOLLOW_UP}
        save_notes(actor=host, booking=booking, **texts)
        close_hour(actor=host, booking=booking, outcome=dice.choice(OUTCOMES))
    if dice.random() < 0.65:
        contact = booking.contact
        with as_of(min(booking.ends_at + timedelta(hours=20), timezone.now())):
            rate_booking(
                actor=contact.user if contact else None,
                booking=booking,
                rating=dice.choice(RATINGS),
                comment=dice.choice(COMMENTS),
            )


# --- what comes -----------------------------------------------------------------------------------------------------
def fill_queues(work: Work) -> None:
    """Book hours to come, take all of the small queue's, and let some customers wait for it."""
    coming = Booking.objects.filter(starts_at__gt=timezone.now())
    for wanted in QUEUES:
        queue = Queue.objects.get(name=wanted.name)
        if wanted.is_filled:
            _fill(work, wanted, queue)
        elif not coming.filter(queue=queue).exists():
            _book_ahead(work, wanted, queue)


def _book_ahead(work: Work, wanted: SampleQueue, queue: Queue) -> None:
    dice = work.dice("queue ahead")
    first = work.today + timedelta(days=1)
    free = slots(queue, first, first + timedelta(days=13), "UTC")
    guests = [_acme(), *_guests(work, wanted, "ahead", COMING)]
    booked = [
        _book(dice, queue, contact, slot)
        for contact, slot in zip(guests, _spread(dice, free, COMING + 1), strict=False)
    ]
    if len(booked) > 2 and booked[-1] is not None:
        cancel_booking(actor=None, booking=booked[-1], reason="Something came up; we will book again.")


def _fill(work: Work, wanted: SampleQueue, queue: Queue) -> None:
    dice = work.dice("queue filled")
    guests = _guests(work, wanted, "filled", MOST_TO_FILL)
    slot = next_free(queue)
    while slot is not None and (contact := next(guests, None)) is not None:
        _book(dice, queue, contact, slot)
        slot = next_free(queue)
    waiting = WaitingEntry.objects.filter(queue=queue).count()
    for contact in guests:
        if slot is not None or waiting >= WAITING:
            break
        topic = queue.topics.order_by("position").first()
        try:
            join_waiting_list(
                actor=contact.user,
                queue=queue,
                customer=contact.customer,
                contact=contact,
                topic_text=str(topic),
                topic=topic,
                situation=dice.choice(SITUATIONS),
                time_zone=contact.customer.time_zone or "UTC",
            )
        except (Conflict, Invalid):
            continue
        waiting += 1


def _book(dice: random.Random, queue: Queue, contact: Contact, slot: Slot) -> Booking | None:
    """Return the hour that the contact booked; none where the customer may not have one more."""
    topic = dice.choice(list(queue.topics.order_by("position")))
    try:
        return book(
            actor=contact.user,
            queue=queue,
            customer=contact.customer,
            contact=contact,
            starts_at=slot.starts,
            topic=topic,
            topic_text=topic.name,
            situation=dice.choice(SITUATIONS),
            source=Booking.Source.PORTAL,
            time_zone=contact.customer.time_zone,
        )
    except (Conflict, Invalid):
        return None


def _acme() -> Contact:
    return Contact.objects.select_related("customer", "user").get(email="contact@acme.example")


def _guests(work: Work, wanted: SampleQueue, throw: str, count: int) -> Iterator[Contact]:
    """Yield contacts of customers who speak the queue's language, drawn anew for each throw, most without a CSM."""
    dice = work.dice(f"guests {wanted.name} {throw}")
    speak = Q(language__in=wanted.languages)
    customers = list(
        Customer.objects.filter(speak, merged_into=None, tier="tech", stage__in=SERVED)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    dice.shuffle(customers)
    for pk in customers[:count]:
        contact = Contact.objects.select_related("customer", "user").filter(customer=pk, is_active=True).first()
        if contact is not None:
            yield contact
