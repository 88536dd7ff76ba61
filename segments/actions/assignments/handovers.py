"""Leaving a portfolio: releasing, and the note that the next CSM reads."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from accounts import timeline
from accounts.actions.portfolios import (
    TIMELINE_BATCH,
    close_assignment,
    lock_customer,
    open_assignment,
    tell_of_release,
)
from accounts.models import Assignment, Customer, Role, TimelineEntry, User
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction


@repeated_transaction
def release_csm(*, actor: User | None, customer: Customer, why: str, handover_note: str = "") -> Assignment:
    """Return the assignment now closed: the customer has no CSM.

    Raises Conflict where it had none.
    """
    customer = lock_customer(customer)
    assignment = open_assignment(customer, Role.CSM)
    if assignment is None:
        raise Conflict(f"{customer} has no CSM to release.", code="nobody_assigned", role=Role.CSM.value)
    now = timezone.now()
    note = with_own_words(handover_sentence(assignment, now), handover_note)
    close_assignment(assignment, actor=actor, at=now, why=why, handover_note=note)
    tell_of_release(assignment, actor=actor)
    return assignment


@repeated_transaction
def write_handover_note(*, actor: User, assignment: Assignment, note: str) -> Assignment:
    """Return the past assignment with the CSM's own words after the automatic sentence.

    Raises Invalid for an empty note, Conflict while the assignment is open.
    """
    words = note.strip()
    if not words:
        raise Invalid("Write what the next person should know.", field="note")
    lock_customer(assignment.customer)
    assignment = Assignment.objects.select_for_update(of=("self",)).select_related("person").get(pk=assignment.pk)
    if assignment.ends_at is None:
        raise Conflict(f"{assignment.person} is still the CSM.", code="still_assigned")
    sentence = assignment.handover_note.partition("\n\n")[0] or handover_sentence(assignment, assignment.ends_at)
    assignment.handover_note = with_own_words(sentence, words)
    assignment.save(update_fields=["handover_note"])
    timeline.record(
        assignment.customer_id,
        "assignment.note",
        f"Hand-over note of {assignment.person}",
        actor=actor,
        why=words,
        data={"assignment": assignment.pk},
    )
    return assignment


def handover_sentence(assignment: Assignment, until: datetime) -> str:
    """Return the sentence that every hand-over note begins with."""
    return f"{assignment.person} was the CSM from {_day(assignment.starts_at)} to {_day(until)}."


def with_own_words(sentence: str, words: str) -> str:
    """Return the automatic sentence followed by what a person wrote, where there is something."""
    return f"{sentence}\n\n{words.strip()}" if words.strip() else sentence


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y", use_l10n=False)


def close_for_handover(
    leaving: Sequence[Assignment], *, actor: User | None, at: datetime, why: str, note: str = ""
) -> None:
    """End these open assignments, each with the hand-over sentence and the note."""
    for assignment in leaving:
        assignment.ends_at = max(at, assignment.starts_at)
        assignment.ended_by = actor
        assignment.ended_why = why[:300]
        assignment.handover_note = with_own_words(handover_sentence(assignment, at), note)
    Assignment.objects.bulk_update(
        leaving, ["ends_at", "ended_by", "ended_why", "handover_note"], batch_size=TIMELINE_BATCH
    )


def entries_of_leaving(leaving: Sequence[Assignment], *, actor: User | None) -> list[TimelineEntry]:
    """Return the timelines' entries for assignments just closed."""
    return [
        timeline.entry(
            old.customer_id,
            "assignment.closed",
            f"{old.person} is no longer the CSM",
            actor=actor,
            why=old.ended_why,
            data={"role": Role.CSM.value, "person": old.person_id, "handover_note": old.handover_note},
        )
        for old in leaving
    ]
