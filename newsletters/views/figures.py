"""Pages of what became of an issue and of a topic's issues, and the figures as a file."""

import csv
import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from accounts.models import Tier
from accounts.permissions import may, staff_of
from newsletters.access import issue_for, topic_for
from newsletters.models import Issue
from newsletters.queries.figures import Counts, Figures, figures_of
from newsletters.queries.topic_figures import SHOWN_ISSUES, issue_lines, over_time

COLUMNS = (
    *("total", "under_way", "delivered", "bounced", "unknown", "suppressed", "cancelled"),
    *("opened", "clicked", "unsubscribed", "complained", "followed"),
)
# What a spreadsheet takes for the beginning of a formula.
FORMULA = re.compile(r"^\s*[=+\-@\t\r]")


@require_GET
def issue_figures(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an issue's figures."""
    issue = issue_for(staff_of(request), pk)
    figures = figures_of(issue)
    context = {
        "issue": issue,
        "figures": figures,
        "tiers": [(_tier_name(tier), counts) for tier, counts in figures.by_tier],
        "tier_chart": _tier_chart(figures),
        "crumbs": [("Newsletters", "/newsletters/"), (str(issue.topic), _topic_url(issue))],
    }
    return render(request, "newsletters/figures/issue.html", context)


@require_GET
def issue_figures_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Return an issue's figures as CSV: all recipients, by tier, by subject, by link."""
    issue = issue_for(staff_of(request), pk)
    figures = figures_of(issue)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="figures-{slugify(issue.title) or issue.pk}.csv"'
    # The mark tells spreadsheets that the file is UTF-8.
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(["part", "of", *COLUMNS])
    _write(writer, "all", issue.title, figures.total)
    for tier, counts in figures.by_tier:
        _write(writer, "tier", _tier_name(tier), counts)
    for variant, counts in figures.by_variant:
        _write(writer, "subject", issue.subject if variant == "a" else issue.subject_b, counts)
    writer.writerow([])
    writer.writerow(["link", "clicks", "clicks of machines", "recipients"])
    for link in figures.links:
        writer.writerow([_text(link.url), link.clicks, link.machine_clicks, link.people])
    return response


@require_GET
def topic_figures(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how a topic's issues did over time."""
    viewer = staff_of(request)
    topic = topic_for(viewer, pk)
    lines = issue_lines(topic)
    context = {
        "topic": topic,
        "lines": lines,
        "chart": over_time(lines) if len(lines) > 1 else None,
        "most": SHOWN_ISSUES,
        "may_change": may(viewer, "newsletter.topics"),
        "crumbs": [("Topics", "/newsletters/topics/")],
    }
    return render(request, "newsletters/figures/topic.html", context)


def _topic_url(issue: Issue) -> str:
    return reverse("newsletter_topic", args=[issue.topic_id])


def _tier_name(tier: str) -> str:
    return str(Tier(tier).label) if tier else "No tier"


def _tier_chart(figures: Figures) -> dict | None:
    """Return what the readers of each tier did, in percent of those delivered; None where there is one tier alone."""
    rows = [(tier, counts.rates) for tier, counts in figures.by_tier if counts.delivered]
    if len(rows) < 2:
        return None
    names = {"unsubscribed": "Unsubscribed", "followed": "Follow-on"}
    if figures.is_individual:
        names = {"clicked": "Clicked", **names}
    return {
        "categories": [_tier_name(tier) for tier, _ in rows],
        "series": [
            {"name": label, "values": [round((rates[name] or 0) * 100, 2) for _, rates in rows]}
            for name, label in names.items()
        ],
        "unit": "%",
    }


def _write(writer, part: str, of: str, counts: Counts) -> None:  # type: ignore[no-untyped-def]
    writer.writerow([part, _text(of), *(getattr(counts, name) for name in COLUMNS)])


def _text(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text
