"""The week of free hours on a page: which week, which zone, with whom, and what is next where nothing is free."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import Contact, Customer, User
from calendars.rules.clock import local_day, monday_of
from core.errors import Invalid
from queues.models import Booking, Queue
from queues.queries.customers import allowance_of
from queues.queries.slots import next_free, slots
from queues.views.portal.weeks import monday_asked, week_of, zone_asked, zone_choices


@dataclass(frozen=True)
class Choice:
    """For whom hours of a queue are shown, and on which page."""

    queue: Queue
    customer: Customer
    contact: Contact | None
    path: str
    wait_path: str = ""
    moving: Booking | None = None
    # Staff may go past the customer's allowance, so it is shown every free hour.
    all_hours: bool = False
    is_link: bool = False

    @property
    def whose(self) -> dict[str, Any]:
        """Return for whom the queries look."""
        if self.all_hours:
            return {"customer": None, "contact": None, "moving": self.moving}
        return {"customer": self.customer, "contact": self.contact, "moving": self.moving}


def week_context(request: HttpRequest, choice: Choice) -> dict[str, Any]:
    """Return what `_slots.html` shows."""
    query, queue, now = _query(request), choice.queue, timezone.now()
    zone, hosts = zone_of_visitor(request, choice), hosts_of(queue)
    host = chosen_host(query, hosts)
    first, last = local_day(now, zone), local_day(now + timedelta(days=queue.horizon_days), zone)
    asked = {**choice.whose, "host": host, "now": now}
    following = None
    if "week" in query:
        monday = monday_asked(query.get("week", ""), first=first, last=last)
    else:
        # The first page is the first week in which there is something to pick.
        following = next_free(queue, **asked)
        monday = monday_of(local_day(following.starts, zone) if following else first)
    days = (max(monday, first), min(monday + timedelta(days=6), last))
    week = week_of(slots(queue, *days, zone, **asked), monday=monday, zone=zone, first=first, last=last)
    if not week.count and following is None:
        following = next_free(queue, **asked)
    return {
        "choice": choice,
        "queue": queue,
        "week": week,
        "zone": zone,
        "zones": zone_choices(zone),
        "is_zone_chosen": "zone" in query,
        "hosts": hosts,
        "chosen_host": host,
        "chosen_host_name": next((person.name for person in hosts if person.pk == host), ""),
        "next_free": following,
        "last_day": last,
        "pick_path": choice.path,
        "wait_url": choice.wait_path,
        **_addresses(choice.path, query, zone, host, week.previous, week.following, following),
        **_allowance(choice, now),
    }


def zone_of_visitor(request: HttpRequest, choice: Choice) -> str:
    """Return the zone chosen on the page, or else that of the contact, of the person, of the company."""
    query, user = _query(request), request.user
    own = user.time_zone if isinstance(user, User) and not choice.is_link else ""
    contact = choice.contact.time_zone if choice.contact else ""
    booked = choice.moving.time_zone if choice.moving else ""
    # Nobody has chosen UTC who has never said anything else.
    return zone_asked(
        query.get("zone", ""), booked, contact, own if own != "UTC" else "", choice.customer.time_zone, own
    )


def hosts_of(queue: Queue) -> list[User]:
    """Return who may be asked for by name, by name."""
    hosts = User.objects.filter(hosted_queues__queue=queue, hosted_queues__is_active=True, is_active=True)
    return list(hosts.filter(kind=User.Kind.STAFF).order_by("name", "pk"))


def chosen_host(query: QueryDict, hosts: list[User]) -> int | None:
    """Return the id of the host asked for; None for any expert."""
    asked = query.get("host", "")
    return next((person.pk for person in hosts if str(person.pk) == asked), None)


def host_asked(query: QueryDict, queue: Queue) -> User | None:
    """Return the host asked for; None for any expert."""
    hosts = hosts_of(queue)
    pk = chosen_host(query, hosts)
    return next((person for person in hosts if person.pk == pk), None)


def start_asked(text: str) -> datetime:
    """Return the moment that a button names; raise Invalid for anything else."""
    try:
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment):
        raise Invalid("Pick one of the hours shown.", code="required", field="start")
    return moment


def _query(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _addresses(
    path: str,
    query: QueryDict,
    zone: str,
    host: int | None,
    previous: date | None,
    following: date | None,
    free: Any,
) -> dict[str, str]:
    def at(**changes: object) -> str:
        values = QueryDict(mutable=True)
        wanted = {"host": host, "zone": zone if "zone" in query else None, "week": query.get("week"), **changes}
        for name, value in wanted.items():
            if value not in (None, ""):
                values[name] = str(value)
        return f"{path}?{values.urlencode()}" if values else path

    return {
        "earlier_url": at(week=previous),
        "later_url": at(week=following),
        "next_url": at(week=monday_of(local_day(free.starts, zone))) if free else "",
        "any_host_url": at(host=None, week=None),
        "zone_url": at(zone=None),
    }


def _allowance(choice: Choice, now: datetime) -> dict[str, Any]:
    """Return when the next hour may be booked, where the customer has had what it gets in this period."""
    if choice.moving is not None:
        return {}
    used, total, following = allowance_of(choice.queue, choice.customer, now=now)
    return {"allowance_used": used if used >= total else 0, "allowance_total": total, "allowance_from": following}
