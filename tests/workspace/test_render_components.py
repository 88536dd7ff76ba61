"""Each component renders what its parameters say, escaped, and without inline style or script."""

import re
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.template.loader import get_template
from django.test import RequestFactory

from workspace.templatetags.components import chart_table

NASTY = "<b>Müller & Söhne</b>"


def show(source: str, query: str = "", **values: object) -> str:
    """Return what a template of these tags prints for a page with this query string."""
    request = RequestFactory().get(f"/customers/{query}")
    return Template("{% load components formats %}" + source).render(Context({"request": request, **values}))


INCLUDES = {
    "alert": {"level": "error", "title": NASTY, "text": NASTY, "dismissible": True},
    "avatar": {"name": NASTY},
    "brand": {"href": "/", "name": NASTY, "company": NASTY},
    "chart_scripts": {},
    "confirm_dialog": {},
    "figure": {"label": NASTY, "value": NASTY, "note": NASTY},
    "keyboard_help": {},
    "messages": {"messages": [Message(messages.SUCCESS, NASTY)]},
    "person": {"name": NASTY, "note": NASTY, "url": "/people/1/"},
    "progress": {"label": NASTY, "value": 3, "max": 10, "text": NASTY, "tone": "warn"},
    "progress_job": {"id": "job", "url": "/imports/1/", "label": NASTY, "value": 3, "max": 10, "text": NASTY},
    "select_all": {},
    "select_row": {"value": 7, "label": NASTY, "form": "bulk"},
    "theme_choice": {},
    "toast": {},
    "user_menu": {
        "person": SimpleNamespace(name=NASTY, email=NASTY, roles=[NASTY], links=[], log_out_url="/out/"),
        "csrf_token": "token",
    },
}
BLOCKS = {
    "empty_state": "{% empty_state nasty text=nasty icon='users' %}{{ nasty }}{% endempty_state %}",
    "fact": "{% fact nasty %}{{ nasty }}{% endfact %}",
    "filter_bar": "{% filter_bar clear='?' sort=nasty %}{{ nasty }}{% endfilter_bar %}",
    "list_frame": "{% list_frame nasty %}{% part bulk %}{{ nasty }}{% endpart %}<tbody></tbody>{% endlist_frame %}",
    "page_head": (
        "{% page_head nasty subtitle=nasty crumbs=crumbs %}{% part badges %}{{ nasty }}{% endpart %}x{% endpage_head %}"
    ),
    "panel": "{% panel nasty subtitle=nasty %}{% part actions %}{{ nasty }}{% endpart %}{{ nasty }}{% endpanel %}",
    "timeline_entry": "{% timeline_entry nasty who=nasty when=nasty why=nasty %}{{ nasty }}{% endtimeline_entry %}",
    "sort_header": "{% sort_header nasty 'name' %}",
    "pager": "{% pager page nasty %}",
    "chart": "{% chart 'c' 'bar' nasty data %}",
}


def assert_clean(html: str) -> None:
    """Fail where the markup would be refused by the Content-Security-Policy or lets a name act as markup."""
    assert not re.search(r"\sstyle=|\son\w+=|javascript:", html)
    assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))", html)
    assert "<b>Müller" not in html


@pytest.mark.parametrize("name", INCLUDES)
def test_include_renders_clean(name: str) -> None:
    html = get_template(f"components/{name}.html").render(INCLUDES[name])
    assert html.strip()
    assert_clean(html)
    if INCLUDES[name].keys() & {"text", "name", "label", "messages", "person"} and name != "avatar":
        assert "Müller &amp; Söhne" in html


@pytest.mark.parametrize("name", BLOCKS)
def test_block_renders_clean(name: str) -> None:
    data = {"categories": [NASTY], "series": [{"name": NASTY, "values": [1]}], "unit": NASTY}
    page = SimpleNamespace(previous=None, next="c2", count=1001)
    html = show(BLOCKS[name], nasty=NASTY, crumbs=[(NASTY, "/")], page=page, data=data)
    assert_clean(html)
    assert "Müller &amp; Söhne" in html


def test_every_component_is_rendered_here() -> None:
    files = {path.stem for path in (settings.BASE_DIR / "templates" / "components").glob("*.html")}
    assert files == INCLUDES.keys() | BLOCKS.keys()


def test_parts_of_nested_panels_stay_apart() -> None:
    html = show(
        "{% panel 'Outer' %}{% part actions %}outer action{% endpart %}"
        "{% panel 'Inner' %}inner body{% endpanel %}{% endpanel %}"
    )
    assert html.index("Outer") < html.index("outer action") < html.index("Inner")
    assert html.count("panel-actions") == 1


def test_unknown_argument_of_a_component_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="does not understand"):
        show("{% panel 'Title' nonsense %}{% endpanel %}")


def test_sort_header_turns_round_and_keeps_the_filters() -> None:
    html = show("{% sort_header 'Name' 'name' %}", "?q=ann&sort=name&after=abc")
    assert 'aria-sort="ascending"' in html
    assert "?q=ann&amp;sort=-name" in html
    assert "after=" not in html


def test_sort_header_marks_the_default_order() -> None:
    assert 'aria-sort="descending"' in show("{% sort_header 'ARR' 'arr' default='-arr' %}")


def test_pager_offers_only_what_is_there_and_bounds_the_count() -> None:
    html = show("{% pager page 'customer' %}", "?q=ann", page=SimpleNamespace(previous=None, next="c2", count=1001))
    assert "1,000+ customers" in html
    assert "?q=ann&amp;after=c2" in html
    assert 'rel="prev"' not in html


@pytest.mark.parametrize(
    ("count", "noun", "words"),
    [
        (0, "'move'", "0 moves"),
        (1, "'move'", "1 move<"),
        (1, "'person' 'people'", "1 person<"),
        (2, "'person' 'people'", "2 people"),
    ],
)
def test_pager_counts_one_as_one(count: int, noun: str, words: str) -> None:
    page = SimpleNamespace(previous=None, next=None, count=count)
    assert words in show("{% pager page " + noun + " %}", page=page)


@pytest.mark.parametrize(("tier", "words"), [("high", "High touch"), ("tech", "Tech touch"), (None, "No tier yet")])
def test_tier_badge_says_the_tier_in_words(tier: str | None, words: str) -> None:
    assert words in show("{% tier_badge tier %}", tier=tier)


def test_progress_job_stops_asking_when_done() -> None:
    page = get_template("components/progress_job.html")
    assert "hx-trigger" in page.render({"id": "j", "url": "/j/", "value": 1})
    assert "hx-trigger" not in page.render({"id": "j", "url": "/j/", "value": 1, "done": True})


def test_chart_table_says_what_the_chart_draws() -> None:
    series = {"categories": ["May"], "series": [{"name": "High", "values": [3]}, {"name": "Low", "values": [4]}]}
    assert chart_table("stacked", series) == (["", "High", "Low"], [["May", 3, 4]])
    flow = {"links": [{"source": "Low", "target": "High", "value": 2}]}
    assert chart_table("sankey", flow) == (["From", "To", "Value"], [["Low", "High", 2]])
    heat = {"rows": ["Ann"], "columns": ["Mon", "Tue"], "values": [[1, None]]}
    assert chart_table("heatmap", heat) == (["", "Mon", "Tue"], [["Ann", 1, None]])


def test_chart_refuses_figures_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="shorter"):
        chart_table("bar", {"categories": ["May", "June"], "series": [{"name": "High", "values": [3]}]})


def test_query_with_drops_empty_values() -> None:
    request = RequestFactory().get("/?tier=high&q=a")
    html = Template("{% load components %}{% query_with tier='' page=2 %}").render(RequestContext(request, {}))
    assert html == "?q=a&amp;page=2"
