"""Template tags of the design system; docs/design-system.md shows each in use."""

import re
from collections.abc import Iterable
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.base import Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Role, Stage, Tier
from workspace.templatetags.formats import number

register = template.Library()

TIER_BARS = {Tier.HIGH.value: 3, Tier.LOW.value: 2, Tier.TECH.value: 1}
TIER_TONES = {Tier.HIGH.value: "plum", Tier.LOW.value: "info", Tier.TECH.value: "neutral"}
# A tier keeps its tone in charts, which know it by its name.
CHART_TONES = {Tier(tier).label: tone for tier, tone in TIER_TONES.items()}
STAGE_TONES = {
    Stage.LEAD.value: "neutral",
    Stage.TRIAL.value: "info",
    Stage.ONBOARDING.value: "accent",
    Stage.ADOPTION.value: "good",
    Stage.RENEWAL.value: "warn",
    Stage.CHURNED.value: "bad",
}
# What a list prints instead of counting on: enough to know that the list is long.
COUNT_BOUND = 1000


# --- small shapes -----------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Return an icon of tools/icons.txt; it is decoration unless it carries a label."""
    href = f"{static('vendor/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.simple_tag
def tag(text: object, tone: str = "neutral", icon_name: str = "") -> SafeString:
    """Return a small label; tones: neutral, accent, good, warn, bad, info, plum, outline."""
    drawing = icon(icon_name) if icon_name else ""
    return format_html('<span class="tag tag-{}">{}{}</span>', tone, drawing, text)


@register.simple_tag
def tier_badge(tier: str | None) -> SafeString:
    """Return a touch tier as bars and words, so that it reads without colour."""
    if not tier:
        return format_html('<span class="tag tag-outline">{}</span>', "No tier yet")
    return format_html(
        '<span class="tag tag-{}"><span class="bars bars-{}" aria-hidden="true"><i></i><i></i><i></i></span>{}</span>',
        TIER_TONES[tier],
        TIER_BARS[tier],
        Tier(tier).label,
    )


@register.simple_tag
def stage_badge(stage: str) -> SafeString:
    """Return a customer's stage of life."""
    return tag(Stage(stage).label, STAGE_TONES[stage])


@register.simple_tag
def role_badge(role: str) -> SafeString:
    """Return a role."""
    return tag(Role(role).label, "outline")


STATUS_LOOKS = {
    "draft": ("neutral", "edit"),
    "preview": ("neutral", "eye"),
    "active": ("good", "circle-check"),
    "applied": ("good", "circle-check"),
    "done": ("good", "circle-check"),
    "past": ("neutral", "history"),
    "overtaken": ("neutral", "history"),
    "undone": ("neutral", "arrow-back-up"),
    "waiting": ("warn", "hourglass"),
    "queued": ("info", "clock"),
    "solving": ("info", "player-play"),
    "proposed": ("warn", "eye"),
    "discarded": ("neutral", "ban"),
    "running": ("info", "player-play"),
    "undoing": ("info", "arrow-back-up"),
    "cancelled": ("neutral", "ban"),
    "rejected": ("bad", "x"),
    "failed": ("bad", "alert-circle"),
    "booked": ("info", "calendar"),
    "no_show": ("bad", "user-off"),
    "in_flight": ("info", "send"),
    "sent": ("good", "circle-check"),
    "unknown": ("warn", "help"),
    "offered": ("info", "clock"),
    "open": ("info", "circle-dot"),
    "planned": ("accent", "calendar-event"),
    "used": ("good", "circle-check"),
    "declined": ("neutral", "ban"),
}


@register.simple_tag
def status_badge(status: str, label: str = "") -> SafeString:
    """Return the state of a job, a move or a rule set: icon, words, colour."""
    tone, drawing = STATUS_LOOKS.get(status, ("neutral", "circle"))
    return tag(label or status.replace("_", " ").capitalize(), tone, drawing)


@register.filter
def initials(name: str) -> str:
    """Return up to two letters of a name."""
    words = re.findall(r"\w+", name.partition("@")[0])
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper() or "?"


@register.filter
def initials_tone(name: str) -> int:
    """Return one of six tones, the same for the same name."""
    return sum(name.encode()) % 6


# --- lists ------------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: object) -> str:
    """Return the page's query string with some parameters set, or dropped where the value is empty."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(context: Context, label: str, field: str, css: str = "", default: str = "") -> dict[str, object]:
    """Show a column's head that sorts by the field; `-field` is the other direction; it keeps the query string.

    `default` is the list's order where the address names none.
    """
    request: HttpRequest = context["request"]
    current = request.GET.get("sort") or default
    direction = {field: "ascending", f"-{field}": "descending"}.get(current, "")
    following = f"-{field}" if direction == "ascending" else field
    href = query_with(context, sort=following, after=None, before=None)
    return {"label": label, "href": href, "direction": direction, "css": css}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Any, noun: str = "row", nouns: str = "") -> dict[str, object]:
    """Show the links of a keyset page and a bounded count of the noun; `nouns` where an s does not make it many.

    `page` has, as attributes or as keys, `previous` and `next` (cursor strings or None) and `count` (None, or at most
    the bound + 1).
    """
    previous, following, count = (
        page.get(name) if isinstance(page, dict) else getattr(page, name, None)
        for name in ("previous", "next", "count")
    )
    return {
        "previous_href": query_with(context, before=previous, after=None) if previous else "",
        "next_href": query_with(context, after=following, before=None) if following else "",
        "first_href": query_with(context, before=None, after=None) if previous else "",
        "count": bounded_count(count),
        "noun": noun if count == 1 else nouns or f"{noun}s",
    }


@register.filter
def bounded_count(count: int | None) -> str:
    """Return a count, or "1,000+" where the query stopped counting."""
    if count is None:
        return ""
    return f"{number(COUNT_BOUND)}+" if count > COUNT_BOUND else number(count)


# --- blocks with a body -----------------------------------------------------------------------------
class ComponentNode(Node):
    """A block whose body, and the named parts inside it, are handed to a template."""

    def __init__(self, template_name: str, arguments: dict[str, Any], body: NodeList) -> None:
        self.template_name = template_name
        self.arguments = arguments
        self.nodelist = body

    def render(self, context: Context) -> SafeString:
        """Return the component around its body."""
        parts: dict[str, str] = {}
        values = {name: value.resolve(context) for name, value in self.arguments.items()}
        with context.push(component_parts=parts):
            body = self.nodelist.render(context)
        inside = {"request": context.get("request"), **values, "parts": parts, "body": SafeString(body.strip())}
        return SafeString(get_template(self.template_name).render(inside))


class PartNode(Node):
    """A named part of the component around it."""

    def __init__(self, name: str, body: NodeList) -> None:
        self.name = name
        self.nodelist = body

    def render(self, context: Context) -> SafeString:
        """Keep the part for the component and print nothing here."""
        context["component_parts"][self.name] = SafeString(self.nodelist.render(context).strip())
        return SafeString("")


@register.tag
def part(parser: Parser, token: Token) -> PartNode:
    """Name a part inside a component: {% part actions %} … {% endpart %}."""
    _, name = token.split_contents()
    body = parser.parse(("endpart",))
    parser.delete_first_token()
    return PartNode(name.strip("\"'"), body)


def _component(name: str, first: str = "title") -> None:
    """Register a block tag that renders templates/components/<name>.html; `first` names the bare first argument."""

    def compile_component(parser: Parser, token: Token) -> ComponentNode:
        bits = token.split_contents()[1:]
        arguments = {}
        if bits and "=" not in bits[0].split('"')[0].split("'")[0]:
            arguments[first] = parser.compile_filter(bits.pop(0))
        arguments.update(token_kwargs(bits, parser))
        if bits:
            raise template.TemplateSyntaxError(f"{name} does not understand: {' '.join(bits)}")
        body = parser.parse((f"end{name}",))
        parser.delete_first_token()
        return ComponentNode(f"components/{name}.html", arguments, body)

    register.tag(name, compile_component)


_component("page_head")
_component("panel")
_component("filter_bar", first="action")
_component("list_frame", first="label")
_component("fact", first="label")
_component("empty_state")
_component("timeline_entry")


# --- charts -----------------------------------------------------------------------------------------
@register.inclusion_tag("components/chart.html")
def chart(chart_id: str, kind: str, title: str, data: dict[str, Any], size: str = "") -> dict[str, object]:
    """Show a chart and the table of the same figures.

    Kinds and their data:
      bar, stacked, line: {"categories": [...], "series": [{"name": …, "values": [...]}], "unit": "h"}
      heatmap: {"rows": [...], "columns": [...], "values": [[...] per row], "unit": …}
      sankey: {"links": [{"source": …, "target": …, "value": …}], "unit": …}
    """
    head, rows = chart_table(kind, data)
    return {
        "chart_id": chart_id,
        "data_id": f"{chart_id}-data",
        "kind": kind,
        "title": title,
        "payload": {"kind": kind, "title": title, "tones": CHART_TONES, **data},
        "head": head,
        "rows": rows,
        "size": size,
        "unit": data.get("unit", ""),
    }


def chart_table(kind: str, data: dict[str, Any]) -> tuple[list[str], list[list[object]]]:
    """Return the head and the rows of the table that says what the chart draws."""
    if kind == "sankey":
        return ["From", "To", "Value"], [[link["source"], link["target"], link["value"]] for link in data["links"]]
    if kind == "heatmap":
        return ["", *map(str, data["columns"])], [
            [name, *values] for name, values in zip(data["rows"], data["values"], strict=True)
        ]
    columns: Iterable[Iterable[object]] = [series["values"] for series in data["series"]]
    return ["", *(series["name"] for series in data["series"])], [
        list(row) for row in zip(data["categories"], *columns, strict=True)
    ]
