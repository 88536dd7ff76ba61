"""What the checks find, and that a good issue passes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletters.checks import CLIPPED_BYTES, Finding, check_issue
from newsletters.models import Block, Issue, NewsletterSettings, Picture
from newsletters.rendering import palette
from newsletters.rules.contrast import faint_words, ratio
from tests.newsletters.content import images
from tests.newsletters.makers import make_issue

GOOD = {
    "subject": "Reports got quicker",
    "preheader": "And what else is new in November",
    "reply_to": "team@company.example",
}
WORDS = "Hello {{ contact.first_name | there }}, [the new reports](https://company.example/reports) are here."


@pytest.fixture
def good(db: None, settings: Any) -> Issue:
    """Return an issue in which nothing is to be found."""
    settings.PUBLIC_URL = "https://cs.company.example"
    house = NewsletterSettings.current()
    house.postal_address, house.sender_address = "1 Main Street", "news@company.example"
    house.save()
    return make_issue(text=WORDS, **GOOD)


def test_a_good_issue_passes(good: Issue) -> None:
    assert check_issue(good) == []


@pytest.mark.parametrize(
    ("fields", "level", "where", "part"),
    [
        ({"subject": " "}, "error", "subject", "no subject"),
        ({"subject": "{{ contact.__class__ }}"}, "error", "subject", "no variable"),
        ({"subject": "Dear {{ contact.first_name }}"}, "warning", "subject", "Not every recipient"),
        ({"subject": "READ THIS AT ONCE"}, "warning", "subject", "shouts"),
        ({"subject": "Read this!!"}, "warning", "subject", "shouts"),
        ({"subject": "Act now, free gift"}, "warning", "subject", "act now, free gift"),
        ({"subject": "Long " * 20}, "hint", "subject", "99"),
        ({"subject_b": GOOD["subject"]}, "warning", "subject_b", "the same"),
        ({"preheader": ""}, "hint", "preheader", "preview"),
        ({"preheader": "{{ nobody.knows }}"}, "error", "preheader", "nobody.knows"),
        ({"reply_to": ""}, "hint", "reply_to", "Answers"),
        ({"reply_to": "team@[127.0.0.1]"}, "error", "reply_to", "No mail can name"),
    ],
)
def test_what_stands_around_the_content(good: Issue, fields: dict[str, str], level: str, where: str, part: str) -> None:
    for name, value in fields.items():
        setattr(good, name, value)
    assert [found for found in check_issue(good) if (found.level, found.where) == (level, where) and _has(found, part)]


@pytest.mark.parametrize(
    ("kind", "data", "level", "part"),
    [
        ("text", {"body": "Hi {{ contact.first_name }}"}, "warning", "Not every recipient"),
        ("text", {"body": "Hi {{ contact.pasword }}"}, "error", "contact.pasword"),
        ("text", {"body": "Hi {{ contact.first_name | there }"}, "error", "Double braces"),
        ("text", {"body": "[click here](https://company.example)"}, "warning", "click here"),
        ("text", {"body": "[Look](https://company.example/?a={{contact.name}})"}, "error", "can't hold a variable"),
        ("text", {"body": "[Look](http://127.0.0.1/a)"}, "warning", "127.0.0.1"),
        ("text", {"body": "[Look](https://www.example.com/a)"}, "warning", "examples only"),
        ("text", {"body": "[Look](https://intranet/a)"}, "warning", "Nobody outside"),
        ("text", {"body": "[Look](https://bit.ly/a)"}, "warning", "bit.ly"),
        ("text", {"body": "[Look](http://company.example/a)"}, "hint", "encryption"),
        ("text", {"body": "[Look](https://cs.company.example/no/such/page/)"}, "error", "no page"),
        ("text", {"body": "[Look](https://cs.company.example/customers/)"}, "warning", "staff"),
        ("text", {"body": "[Look](https://cs.company.example/customers)"}, "warning", "staff"),
        ("link_card", {"title": "Look", "url": "javascript:alert(1)"}, "error", "No link may lead"),
        ("link_card", {"title": "Look", "url": "https://a@b.example/"}, "error", "No link may lead"),
        ("picture", {"picture": "gone", "alt": "A line"}, "error", "no longer there"),
        ("picture", {"picture": "here", "alt": ""}, "error", "what the picture shows"),
        ("picture", {"picture": "here", "alt": "chart-2.PNG"}, "warning", "name of a file"),
        ("of_an_app_that_is_gone", {}, "error", "kind of block"),
    ],
)
def test_what_stands_in_a_block(good: Issue, kind: str, data: dict[str, Any], level: str, part: str) -> None:
    picture = Picture.objects.create(issue=good, content_type="image/png", width=2, height=2, data=images.png())
    if data.get("picture") == "here":
        data = data | {"picture": str(picture.uid)}
    block = Block.objects.create(issue=good, position=2, kind=kind, data=data)
    found = [found for found in check_issue(good) if _has(found, part)]
    assert (level, block.pk) in [(one.level, one.block_id) for one in found]


@pytest.mark.parametrize("address", ["/portal", "/portal/", "/portal/?from=mail#hours"])
def test_our_own_pages_for_customers_are_good(good: Issue, address: str) -> None:
    data = {"body": f"[Look](https://cs.company.example{address})"}
    Block.objects.create(issue=good, position=2, kind="text", data=data)
    assert check_issue(good) == []


def test_an_issue_without_content_or_with_too_much(good: Issue) -> None:
    block = good.blocks.get()
    Block.objects.update(data={"body": "word " * (CLIPPED_BYTES // 5)})
    assert any(_has(found, "Gmail cuts") for found in check_issue(good))
    block.delete()
    assert [found.where for found in check_issue(good) if found.level == "error"] == ["content"]


def test_nearly_nothing_but_pictures(good: Issue) -> None:
    picture = Picture.objects.create(issue=good, content_type="image/png", width=2, height=2, data=images.png())
    Block.objects.update(kind="picture", data={"picture": str(picture.uid), "alt": "A line"})
    assert any(_has(found, "all pictures") for found in check_issue(good))


def test_missing_house_rules_are_told(db: None) -> None:
    found = check_issue(make_issue(text=WORDS, **GOOD))
    assert {one.where for one in found} == {"settings"}
    assert any(_has(one, "https://") for one in found)
    assert any(_has(one, "postal address") for one in found)
    assert any(_has(one, "localhost") for one in found)


def test_checks_take_as_many_queries_for_many_blocks(good: Issue, django_assert_num_queries: Callable) -> None:
    # What is missing is made at the first look.
    check_issue(good)
    with CaptureQueriesContext(connection) as for_one:
        check_issue(Issue.objects.select_related("topic").get())
    for position in range(2, 22):
        Block.objects.create(issue=good, position=position, kind="text", data={"body": WORDS})
    with django_assert_num_queries(len(for_one)):
        assert check_issue(Issue.objects.select_related("topic").get()) == []


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        (ink, ground)
        for inks, grounds in (
            ((palette.INK, palette.QUIET_INK, palette.LINK), (palette.PAPER,)),
            (
                (palette.NIGHT_INK, palette.NIGHT_QUIET_INK, palette.NIGHT_LINK),
                (palette.NIGHT_PAPER,),
            ),
            ((palette.BUTTON_INK,), (palette.BUTTON,)),
            ((palette.NIGHT_BUTTON_INK,), (palette.NIGHT_BUTTON,)),
        )
        for ink in inks
        for ground in grounds
    ],
)
def test_every_colour_can_be_read_on_its_ground(ink: str, ground: str) -> None:
    assert ratio(ink, ground) >= 4.5


def test_faint_words_of_any_block_are_found() -> None:
    assert ratio("#000", "#ffffff") == pytest.approx(21)
    html = '<div style="background:#fff"><p style="color:#999999">faint</p><p style="color:#333">strong</p></div>'
    assert [faint.words for faint in faint_words(html)] == ["faint"]
    assert faint_words('<p style="color:#888888;font-size:24px">large</p>') == []
    assert faint_words('<div style="display:none;color:#fff">unseen</div>') == []


def _has(found: Finding, part: str) -> bool:
    return part.lower() in found.words.lower()
