"""Figures derived from subscriptions: monthly recurring revenue (MRR) of any day, and the next renewal.

The arithmetic lives once, in the database (accounts/migrations/0002_figures_kept_by_the_database): a subscription
counts on a day from `starts_on` until the day before `ends_on`, unless it is a trial, in the company's currency at the
latest rate valid on that day (before the first known rate, at the first). A trigger on subscriptions keeps the
customers right whoever writes; what the passing of days changes is refreshed here.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import CompanySettings, Customer
from accounts.signals import facts_changed
from core.batches import batches

BATCH = 5_000


def company_today() -> date:
    """Return today's date in the company's time zone, the day that figures are of."""
    return timezone.now().astimezone(ZoneInfo(CompanySettings.current().time_zone)).date()


def refresh_figures(customer_ids: Iterable[int] | None = None, *, today: date | None = None) -> int:
    """Bring the stored figures of these customers to today and return how many customers' figures changed.

    None stands for all customers whose day has come: a subscription or a rate of theirs began or ended since.
    Works in bounded batches, each one statement and one transaction, and sends `facts_changed` for what changed.
    """
    portions = _due_batches(today) if customer_ids is None else batches(customer_ids, BATCH)
    return sum(_refresh_batch(ids, today) for ids in portions)


def mrr_on(customers: QuerySet[Customer], day: date) -> dict[int, Decimal]:
    """Return each customer's MRR on the day, in the company's currency; 0 for those without one."""
    sql, params = customers.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT customer_id, mrr FROM accounts_figures_on(ARRAY({sql}), %s)",  # noqa: S608 - Django's own SQL
            [*params, day],
        )
        return dict(cursor.fetchall())


def mrr_on_days(customer: Customer, days: Sequence[date]) -> list[Decimal]:
    """Return the customer's MRR on each of the days, in the company's currency, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.mrr FROM unnest(%s::date[]) WITH ORDINALITY d (day, number),"
            " LATERAL accounts_figures_on(ARRAY[%s::bigint], d.day) f ORDER BY d.number",
            [list(days), customer.pk],
        )
        return [row[0] for row in cursor.fetchall()]


def _refresh_batch(ids: list[int], today: date | None) -> int:
    if not ids:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT accounts_refresh_figures(%s, %s)", [ids, today])
        changed = [row[0] for row in cursor.fetchall()]
        if changed:
            facts_changed.send(sender=Customer, customer_ids=changed)
    return len(changed)


def _due_batches(today: date | None) -> Iterator[list[int]]:
    due = Customer.objects.filter(figures_due_on__lte=today or company_today()).order_by("pk")
    last = 0
    # Each batch moves on by id, so that a customer that stays due is met once a run.
    while ids := list(due.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield ids
        last = ids[-1]
