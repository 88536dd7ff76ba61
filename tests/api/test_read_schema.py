"""The API's schema is complete, and its readable page runs under the pages' strict policy."""

import pytest
from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS

pytestmark = pytest.mark.django_db


def test_the_schema_is_valid_and_without_warnings(tmp_path):
    GENERATOR_STATS.reset()
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    assert "/api/v1/customers/bulk/" in (tmp_path / "schema.yml").read_text()


def test_the_readable_page_has_no_inline_code(login, cast):
    answer = login(cast.csm).get("/api/v1/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<style" not in page
    assert "<script>" not in page
    assert "script-src" not in answer["Content-Security-Policy"]
