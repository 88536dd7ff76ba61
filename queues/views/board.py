"""The queue board, for specialists and managers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.permissions import may, staff_of
from queues.access import queues_within
from queues.queries.board import board_of
from queues.queries.conflicts import conflict_count


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """Show one queue's board, the first one by name unless the address names another."""
    viewer = staff_of(request)
    queues = list(queues_within(viewer))
    wanted = request.GET.get("queue", "")
    queue = next((one for one in queues if one.slug == wanted), queues[0] if queues else None)
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
