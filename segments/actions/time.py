"""Time given to customers: logging it within the month's allowance, correcting and deleting it."""

from datetime import date
from typing import Any

from accounts import timeline
from accounts.access import people_within
from accounts.actions.editing import lock_customer
from accounts.models import Customer, User
from core.errors import Invalid, NotAllowed, NotFound
from core.transactions import repeated_transaction
from segments.models import TimeEntry
from segments.queries.allowances import allowance_of, company_today

MINUTES_A_DAY = 24 * 60
CHANGEABLE = frozenset({"on", "minutes", "activity", "note", "over_allowance_reason"})


@repeated_transaction
def log_time(
    *,
    actor: User,
    customer: Customer,
    person: User,
    on: date,
    minutes: int,
    activity: str,
    note: str = "",
    over_allowance_reason: str = "",
) -> TimeEntry:
    """Return the entry of minutes that the person gave to the customer on a day.

    Raises Invalid `over_allowance` where the day's month has fewer minutes left and no reason is given; its details
    say what was promised, used and is left. The reason is kept only where it was needed.
    """
    customer = lock_customer(customer)
    entry = TimeEntry(
        customer=customer,
        person=person,
        on=on,
        minutes=minutes,
        activity=activity,
        note=note.strip()[:300],
        over_allowance_reason=over_allowance_reason.strip()[:300],
    )
    _check(entry)
    _keep_within_allowance(entry)
    entry.save(force_insert=True)
    _tell("time.logged", "Gave", entry, actor)
    return entry


@repeated_transaction
def edit_time(*, actor: User, entry: TimeEntry, changes: dict[str, Any]) -> TimeEntry:
    """Return one's own entry with these changes; raise as `log_time` does, and NotAllowed for another's entry."""
    lock_customer(entry.customer)
    entry = _own(actor, entry)
    foreign = set(changes) - CHANGEABLE
    if foreign:
        raise Invalid("This can't be changed; delete the entry and log it again.", field=sorted(foreign)[0])
    for field, value in changes.items():
        setattr(entry, field, value.strip()[:300] if isinstance(value, str) else value)
    _check(entry)
    _keep_within_allowance(entry)
    entry.save(update_fields=sorted(CHANGEABLE))
    _tell("time.edited", "Corrected to", entry, actor)
    return entry


@repeated_transaction
def delete_time(*, actor: User, entry: TimeEntry) -> None:
    """Delete one's own entry; its minutes are free again, and the audit keeps it."""
    lock_customer(entry.customer)
    _delete(actor, _own(actor, entry))


@repeated_transaction
def take_back_time(*, actor: User, entry: TimeEntry, action: str) -> None:
    """Delete the entry that stands for what did not take place, on the account of who says so.

    The actor gave the time or may do `action` with who gave it; raises NotAllowed for others.
    """
    lock_customer(entry.customer)
    if entry.person_id != actor.pk and not people_within(actor, action).filter(pk=entry.person_id).exists():
        raise NotAllowed("Only who gave the time, or leads that person, takes it back.", action=action)
    _delete(actor, _locked(entry))


def _own(actor: User, entry: TimeEntry) -> TimeEntry:
    if entry.person_id != actor.pk:
        raise NotAllowed("Only who gave the time changes the entry.", action="time.log")
    return _locked(entry)


def _locked(entry: TimeEntry) -> TimeEntry:
    found = TimeEntry.objects.select_for_update(of=("self",)).select_related("customer").filter(pk=entry.pk).first()
    if found is None:
        raise NotFound("This entry was deleted meanwhile.")
    return found


def _delete(actor: User, entry: TimeEntry) -> None:
    _tell("time.deleted", "Deleted", entry, actor)
    entry.delete()


def _check(entry: TimeEntry) -> None:
    if not isinstance(entry.minutes, int) or not 0 < entry.minutes <= MINUTES_A_DAY:
        raise Invalid("Between one minute and 24 hours.", field="minutes")
    if entry.on > company_today():
        raise Invalid("This day has not come yet.", field="on", code="in_the_future")
    if entry.activity not in TimeEntry.Activity.values:
        raise Invalid("There is no such activity.", field="activity")


def _keep_within_allowance(entry: TimeEntry) -> None:
    allowance = allowance_of(entry.customer, entry.on, but_for=entry.pk)
    if allowance.left is None or entry.minutes <= allowance.left:
        entry.over_allowance_reason = ""
        return
    if not entry.over_allowance_reason:
        raise Invalid(
            f"{_left(allowance.left)} of {entry.on:%B} is left for {entry.customer}. Say why it gets more, or offer "
            "material or the queue instead.",
            code="over_allowance",
            field="over_allowance_reason",
            promised=allowance.promised,
            used=allowance.used,
            left=allowance.left,
            minutes=entry.minutes,
        )


def _left(minutes: int) -> str:
    return f"Only {minutes} min" if minutes else "Nothing"


def _tell(kind: str, verb: str, entry: TimeEntry, actor: User) -> None:
    timeline.record(
        entry.customer_id,
        kind,
        f"{verb} {entry.minutes} min on {entry.on:%Y-%m-%d}: {TimeEntry.Activity(entry.activity).label}",
        actor=actor,
        why=entry.over_allowance_reason or entry.note,
        data={"entry": entry.pk, "person": entry.person_id, "minutes": entry.minutes, "on": entry.on.isoformat()},
    )
