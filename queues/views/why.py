"""The page that says of every hour of a day whether it is offered and, where it is not, why."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.permissions import staff_of
from calendars.rules.clock import local_day
from queues.access import queue_chosen, queues_within
from queues.models import Queue
from queues.queries.hosts import hosts_of
from queues.queries.slots import slots, why_not

ONE_DAY = timedelta(days=1)
FREE = "Free"


@require_GET
def why(request: HttpRequest) -> HttpResponse:
    """Show a day of a queue: each host's hours in rows of time, free or with the reason."""
    viewer = staff_of(request)
    queues = list(queues_within(viewer))
    queue = queue_chosen(queues, request.GET.get("queue", ""))
    day = _day(request.GET.get("day", ""), local_day(timezone.now(), viewer.time_zone))
    context = {
        "queues": queues,
        "queue": queue,
        "day": day,
        "before": day - ONE_DAY,
        "after": day + ONE_DAY,
        "zone": viewer.time_zone,
        "table": _table(queue, day, viewer) if queue else None,
        "crumbs": [("Queue", "/queue/")],
    }
    return render(request, "queues/board/why.html", context)


def _table(queue: Queue, day: date, viewer: User) -> dict[str, list]:
    """Return the hosts, and the rows: a start with what it is for each of them."""
    hosts = hosts_of(queue)
    cells: defaultdict[datetime, dict[int, str]] = defaultdict(dict)
    for hidden in why_not(queue, day, day, viewer.time_zone):
        cells[hidden.starts][hidden.host] = hidden.words
    for slot in slots(queue, day, day, viewer.time_zone):
        for host in slot.hosts:
            cells[slot.starts][host] = FREE
    rows = [(start, [of_start.get(host.pk, "") for host in hosts]) for start, of_start in sorted(cells.items())]
    return {"hosts": hosts, "rows": rows}


def _day(text: str, today: date) -> date:
    """Return the day in the address; today where there is none that can be read or shown."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return today
    return asked if abs((asked - today).days) < 3660 else today
