"""Every page of newsletters opens for who may see it."""

import pytest
from django.urls import reverse

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
