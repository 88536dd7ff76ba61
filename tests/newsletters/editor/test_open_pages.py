"""Every page of newsletters opens for who may see it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.newsletters.makers import make_issue

pytestmark = pytest.mark.django_db

PAGES = [
    "newsletter_content",
    "newsletter_details",
    "newsletter_preview",
    "newsletter_preview_mail",
    "newsletter_test",
    "newsletter_audience",
    "newsletter_checks",
    "newsletter_approval",
    "newsletter_schedule",
    "newsletter_plan",
]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_an_issue_opens(specialist, issue, name):
    answer = specialist.get(reverse(name, args=[issue.pk]))
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["", "?stage=preparing&q=nov", "?mine=on", "calendar/", "new/"])
def test_a_page_of_the_list_opens(writer, issue, path):
    answer = writer.get(f"/newsletters/{path}")
    assert answer.status_code == 200
    assert "November" in answer.content.decode()


def test_an_issue_opens_where_it_stands(writer, issue):
    assert writer.get(f"/newsletters/{issue.pk}/").headers["Location"] == f"/newsletters/{issue.pk}/content/"
    assert writer.get("/newsletters/0/").status_code == 404


def test_who_only_reads_gets_no_buttons_of_writers(cast, login, issue):
    page = login(cast.support).get(f"/newsletters/{issue.pk}/content/").content.decode()
    assert "Hello" in page
    assert reverse("newsletter_block_new", args=[issue.pk]) not in page


def test_the_list_asks_as_often_for_many_as_for_few(writer, issue):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            writer.get("/newsletters/")
            writer.get("/newsletters/calendar/")
        return len(queries)

    count()
    few = count()
    for number in range(30):
        make_issue(f"Issue {number}", created_by=issue.created_by, planned_on=timezone.localdate())
    assert count() == few


def test_the_list_goes_on_on_further_pages(writer, issue):
    for number in range(60):
        make_issue(f"Issue {number}")
    page = writer.get("/newsletters/").content.decode()
    assert ("Issue 59" in page, "Issue 5<" in page) == (True, False)
    address = re.search(r'href="(\?[^"]*after=[^"]*)"', page)[1].replace("&amp;", "&")
    assert "Issue 5<" in writer.get(f"/newsletters/{address}").content.decode()
    assert writer.get("/newsletters/?after=nonsense").status_code == 422
    assert writer.get("/newsletters/?stage=nowhere").status_code == 404
