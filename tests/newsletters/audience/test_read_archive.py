"""The archive: who may read it, what stands in it, and that nobody's data does."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.invitations import portal_url
from newsletters.models import Issue, NewsletterSettings
from newsletters.queries import readers
from tests.newsletters.makers import make_delivery, make_issue

pytestmark = pytest.mark.django_db


def _sent(cast: SimpleNamespace, title: str = "November", hours_ago: int = 1, **fields: object) -> Issue:
    issue = make_issue(title, text="Hello {{ contact.first_name | there }}", **fields)
    make_delivery(issue, cast.acme_contact, state="sent")
    ended = {"sent": 1, "total": 1, "failed": 0, "unknown": 0, "suppressed": 0, "cancelled": 0}
    Issue.objects.filter(pk=issue.pk).update(
        state="finished", ended_at=timezone.now() - timedelta(hours=hours_ago), **ended
    )
    return issue


def _set(value: str) -> None:
    NewsletterSettings.current()
    NewsletterSettings.objects.update(archive=value)


@pytest.mark.parametrize(
    ("setting", "statuses"),
    [("public", [200, 200, 200, 200]), ("portal", [302, 200, 200, 404]), ("nobody", [404, 404, 200, 404])],
)
def test_is_for_whom_the_setting_says(cast: SimpleNamespace, login, setting: str, statuses: list[int]) -> None:
    issue = _sent(cast)
    _set(setting)
    readers_ = [Client(), login(cast.acme_contact.user), login(cast.specialist), login(cast.nobody)]
    for path in ("/archive/", f"/archive/{issue.uid}/", f"/archive/{issue.uid}/mail/"):
        assert [reader.get(path).status_code for reader in readers_] == statuses


def test_holds_nobodys_data_and_is_framed(cast: SimpleNamespace) -> None:
    issue = _sent(cast, tracking="individual")
    _set("public")
    page = Client().get(f"/archive/{issue.uid}/mail/")
    words = page.content.decode()
    assert "Hello there" in words
    assert "Ann" not in words
    assert "/n/" not in words
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert "sandbox=" in Client().get(f"/archive/{issue.uid}/").content.decode()


def test_an_invitation_leads_readers_to_where_they_log_in(cast: SimpleNamespace) -> None:
    issue = _sent(cast)
    issue.blocks.update(kind="booking_invitation", data={"title": "An hour", "body": "Ask us"})
    _set("public")
    words = Client().get(f"/archive/{issue.uid}/mail/").content.decode()
    assert f'href="{portal_url()}"' in words
    assert "/n/" not in words


def test_shows_what_was_sent_and_nothing_else(cast: SimpleNamespace) -> None:
    _set("public")
    draft = make_issue("Secret draft")
    hidden = _sent(cast, "Not for the archive", in_archive=False)
    assert "No newsletter has been sent yet" in Client().get("/archive/").content.decode()
    for issue in (draft, hidden):
        assert Client().get(f"/archive/{issue.uid}/").status_code == 404
        assert Client().get(f"/archive/{issue.uid}/mail/").status_code == 404


def test_goes_back_page_by_page(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "PAGE", 2)
    _set("public")
    for n in range(3):
        _sent(cast, f"Number {n}", hours_ago=n + 1)
    first = Client().get("/archive/")
    assert [issue.title for issue in first.context["issues"]] == ["Number 0", "Number 1"]
    last = first.context["last"]
    older = Client().get("/archive/", {"before": f"{last.ended_at.isoformat()}~{last.pk}"})
    assert [issue.title for issue in older.context["issues"]] == ["Number 2"]
    assert Client().get("/archive/?before=x~y").status_code == 200
    assert Client().get("/archive/?before=2026-99-99T00:00~1").status_code == 200
