"""Pages hold nothing that the Content-Security-Policy refuses, and locks no address that may not be reached."""

import re
from pathlib import Path

import pytest

from tests.architecture.floors import PRODUCT

TEMPLATES = sorted(PRODUCT.glob("templates/**/*.html")) + sorted(PRODUCT.glob("*/templates/**/*.html"))
# Mail readers know nothing but inline styles.
PAGES = [path for path in TEMPLATES if "emails" not in path.parts]

INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a script with code": re.compile(r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*application/json)[^>]*>", re.IGNORECASE),
    "a javascript: address": re.compile(r"""["']\s*javascript:""", re.IGNORECASE),
    "code in an htmx attribute": re.compile(r"\shx-(on|vals\s*=\s*['\"]js)", re.IGNORECASE),
}
COMMENT = re.compile(r"{%\s*comment\b.*?{%\s*endcomment\s*%}|{#.*?#}", re.DOTALL)


def found_inline(text: str) -> list[str]:
    text = COMMENT.sub("", text)
    return [what for what, pattern in INLINE.items() if pattern.search(text)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(PRODUCT)))
def test_nothing_inline(path: Path) -> None:
    assert found_inline(path.read_text()) == []


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color: red">',
        '<div class="a"\n  STYLE="x">',
        "<style>p {}</style>",
        '<button type="button" onclick="go()">',
        "<script>go()</script>",
        '<script type="module">go()</script>',
        '<a href="javascript:go()">',
        '<div hx-on:click="go()">',
    ],
)
def test_the_search_finds_what_is_inline(markup: str) -> None:
    assert len(found_inline(markup)) == 1


@pytest.mark.parametrize(
    "markup",
    [
        "<script src=\"{% static 'js/app.js' %}\" defer></script>",
        '<script id="figures" type="application/json">{}</script>',
        '<p class="style">on = off</p>',
        "{% comment %}never <style> nor onclick={% endcomment %}",
    ],
)
def test_the_search_leaves_the_rest_alone(markup: str) -> None:
    assert found_inline(markup) == []


@pytest.mark.parametrize("name", ["requirements/base.txt", "requirements/dev.txt", "package-lock.json"])
def test_locks_name_no_registry(name: str) -> None:
    text = (PRODUCT / name).read_text()
    assert "://" not in re.sub(r'"url": "https://[^"]*"', "", text), (
        "only a package's own note on funding is an address"
    )
    assert "index-url" not in text
    assert '"resolved"' not in text


def test_python_locks_hold_a_hash_for_every_package() -> None:
    for name in ("base.txt", "dev.txt"):
        pinned = re.split(r"\n(?=\w)", (PRODUCT / "requirements" / name).read_text())
        packages = [block for block in pinned if "==" in block.splitlines()[0]]
        assert len(packages) > 50
        assert [block.splitlines()[0] for block in packages if "--hash=sha256:" not in block] == []
