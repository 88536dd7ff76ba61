"""The queue board, for specialists and managers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.permissions import may, staff_of
from queues.access import queue_chosen, queues_within
from queues.queries.board import board_of
from queues.queries.conflicts import conflict_count


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Show one queue's board, the first one by name unless the address names another."""
    viewer = staff_of(request)
    queues = list(queues_within(viewer))
    queue = queue_chosen(queues, request.GET.get("queue", ""))
    context = {
        "queues": queues,
        "queue": queue,
        "board": board_of(queue, viewer.time_zone) if queue else None,
        "may_manage": may(viewer, "queue.manage"),
        "may_host": may(viewer, "queue.host"),
        "conflicts": conflict_count(viewer),
        "zone": viewer.time_zone,
    }
    return render(request, "queues/board/board.html", context)
