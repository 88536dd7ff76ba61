"""Search, as a page and as the list under the search box."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.permissions import staff_of
from workspace.queries.search import MAX_LENGTH, find

PER_GROUP_PAGE = 25
PER_GROUP_BOX = 5
RESULTS = "search-results"


@require_safe
@login_required
@vary_on_headers("HX-Request", "HX-Target")
def search(request: HttpRequest) -> HttpResponse:
    """Show what the words find, as far as the person may see."""
    user = staff_of(request)
    text = request.GET.get("q", "").strip()
    in_box = request.htmx and request.htmx.target == RESULTS  # type: ignore[attr-defined]
    found = find(user, text, per_group=PER_GROUP_BOX if in_box else PER_GROUP_PAGE)
    context = {"q": text[:MAX_LENGTH], "found": found, "is_cut": len(text) > MAX_LENGTH}
    return render(request, "workspace/_search_results.html" if in_box else "workspace/search.html", context)
