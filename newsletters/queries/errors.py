"""What went wrong with an issue's deliveries, in few words for many."""

import re
from collections import Counter
from dataclasses import dataclass

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q

from accounts.access import visible_customers
from accounts.models import User
from accounts.permissions import Reach, reach_of
from newsletters.models import Delivery, Issue

# Enough to see what is wrong; whoever has more refusals than this has one problem, not many.
MOST_READ = 5000
MOST_GROUPS = 20
MOST_UNKNOWN = 50

# What differs from one recipient to the next in an answer that is otherwise the same.
_OWN = (
    (re.compile(r"<?[\w.+=%-]+@[\w.-]+>?"), "…"),
    (re.compile(r"\b(?=[\w-]*\d)[0-9A-Za-z-]{8,}\b(?:\.[0-9A-Za-z-]+)*"), "…"),
    (re.compile(r"(?:…\s*){2,}"), "… "),
)


@dataclass(frozen=True)
class Group:
    """An answer of receivers, how many gave it, and what became of those mails."""

    state: str
    label: str
    answer: str
    count: int


def errors_of(issue: Issue) -> tuple[list[Group], bool]:
    """Return the answers that mails were refused with, the most frequent first, and whether there are more; one query.

    It reads the index of refused and unknown ones, never all deliveries.
    """
    rows = Delivery.objects.filter(issue=issue, state__in=[Delivery.State.FAILED, Delivery.State.UNKNOWN])
    answers = list(rows.order_by("pk").values_list("state", "answer")[: MOST_READ + 1])
    counted = Counter((state, plain_answer(answer)) for state, answer in answers[:MOST_READ])
    groups = [
        Group(state, Delivery.State(state).label, answer or "No answer was kept", count)
        for (state, answer), count in counted.most_common(MOST_GROUPS)
    ]
    return groups, len(answers) > MOST_READ or len(counted) > MOST_GROUPS


def unknown_of(issue: Issue, viewer: User) -> list[Delivery]:
    """Return the deliveries of which nobody knows whether they arrived, the first `MOST_UNKNOWN`; one query.

    Each has `is_seen`: whether the viewer sees its customer. Of all others a page shows no more than that they are.
    """
    rows = Delivery.objects.filter(issue=issue, state=Delivery.State.UNKNOWN)
    seen = Q(Exists(visible_customers(viewer).filter(pk=OuterRef("contact__customer"))))
    if reach_of(viewer, "customer.view") == Reach.ALL:
        # Who was deleted meanwhile belongs to no customer; who sees all of them sees it too.
        seen |= Q(contact=None)
    found = (
        rows.annotate(is_seen=ExpressionWrapper(seen, BooleanField()))
        .select_related("contact__customer")
        .order_by("pk")
    )
    return list(found[:MOST_UNKNOWN])


def plain_answer(answer: str) -> str:
    """Return an answer without addresses and numbers of its own, so that those which mean the same are the same."""
    for pattern, words in _OWN:
        answer = pattern.sub(words, answer)
    return " ".join(answer.split())
