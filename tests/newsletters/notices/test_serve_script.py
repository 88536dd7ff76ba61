"""The widget's script is small, may be used by any page, and is kept by browsers."""

import pytest
from django.test import Client
from django.urls import reverse

from newsletters.widget.script import SOURCE, lean, served

pytestmark = pytest.mark.django_db


def test_the_script_is_served_to_any_page_and_is_small():
    answer = Client().get("/widget/notices.js")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "max-age=3600" in answer["Cache-Control"]
    assert not answer.cookies
    assert len(answer.content) < 10_000
    zipped = Client().get("/widget/notices.js", headers={"accept-encoding": "gzip"})
    assert zipped["Content-Encoding"] == "gzip"
    assert len(zipped.content) < 4_500


def test_an_unchanged_script_is_not_sent_again():
    first = Client().get("/widget/notices.js")
    assert Client().get("/widget/notices.js", headers={"if-none-match": first["ETag"]}).status_code == 304


def test_a_version_is_kept_for_ever_and_an_old_one_leads_to_the_new():
    text, digest = served()
    answer = Client().get(reverse("notices_script_version", args=[digest]))
    assert answer.content.decode() == text
    assert "immutable" in answer["Cache-Control"]
    old = Client().get("/widget/0000/notices.js")
    assert (old.status_code, old["Location"]) == (302, "/widget/notices.js")
    assert "immutable" not in old.get("Cache-Control", "")


def test_the_script_runs_nothing_that_a_strict_page_refuses():
    source = SOURCE.read_text()
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "setAttribute",
    ):
        assert word not in source
    assert "cookie" not in source
    assert "Storage" not in source


def test_comments_and_line_ends_that_mean_nothing_are_left_out():
    assert lean("(() => {\n  // told\n\n  const a = {\n    b: 1,\n  };\n  return a\n})();\n") == (
        "(() => {const a = {b: 1,};return a\n})();"
    )
