"""The house rules of newsletters, and the limits of how fast mails go out."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.models import NewsletterSettings, Pace

Login = Callable[..., Client]
SENT = {
    "sender_name": "Larkspur",
    "sender_address": "news@larkspur.example",
    "reply_to": "",
    "postal_address": "1 Garden Street",
    "quiet_from": "20:30",
    "quiet_until": "08:00",
    "tracking": "anonymous",
    "follow_on_days": "7",
    "archive": "public",
}


def test_that_the_settings_are_saved(cast: SimpleNamespace, login: Login) -> None:
    login(cast.manager).post("/newsletters/settings/", SENT)
    saved = NewsletterSettings.current()
    assert (saved.quiet_from, saved.quiet_until, saved.tracking, saved.archive) == (1230, 480, "anonymous", "public")
    assert (saved.sender_name, saved.needs_approval, saved.sends_digest) == ("Larkspur", False, False)
    page = login(cast.manager).get("/newsletters/settings/").content.decode()
    assert 'value="20:30"' in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender_address": "nobody"},
        {"sender_address": "news@[127.0.0.1]"},
        {"reply_to": "news@[127.0.0.1]"},
        {"quiet_from": "25:00"},
        {"quiet_from": ""},
        {"tracking": "everything"},
        {"archive": ""},
        {"follow_on_days": "0"},
        {"follow_on_days": "91"},
        {"postal_address": "x" * 501},
    ],
)
def test_that_a_wrong_setting_changes_nothing(cast: SimpleNamespace, login: Login, wrong: dict[str, str]) -> None:
    answer = login(cast.manager).post("/newsletters/settings/", SENT | wrong)
    assert answer.status_code == 422
    assert "Larkspur" in answer.content.decode()
    assert NewsletterSettings.current().sender_name == ""


@pytest.mark.parametrize(
    ("typed", "domain"),
    [("GMail.com ", "gmail.com"), ("@gmail.com", "gmail.com"), ("bücher.example", "xn--bcher-kva.example"), ("", "")],
)
def test_that_a_limit_is_set_for_a_receiver(cast: SimpleNamespace, login: Login, typed: str, domain: str) -> None:
    browser = login(cast.manager)
    browser.post("/newsletters/settings/pace/", {"domain": typed, "per_minute": "600"})
    assert Pace.objects.get(domain=domain).per_minute == 600
    browser.post("/newsletters/settings/pace/", {"domain": typed, "per_minute": ""})
    assert Pace.objects.get(domain=domain).per_minute is None


@pytest.mark.parametrize(
    ("domain", "per_minute"),
    [("not a domain", "5"), ("x", "5"), ("-a.example", "5"), ("gmail.com", "0"), ("gmail.com", "-3"), ("a..b", "5")],
)
def test_that_a_limit_that_cannot_be_is_refused(
    cast: SimpleNamespace, login: Login, domain: str, per_minute: str
) -> None:
    answer = login(cast.manager).post("/newsletters/settings/pace/", {"domain": domain, "per_minute": per_minute})
    assert answer.status_code == 422
    assert domain in answer.content.decode()
    assert not Pace.objects.exists()


def test_that_the_page_says_what_slows_a_receiver_and_speeds_it_up(cast: SimpleNamespace, login: Login) -> None:
    until = timezone.now() + timedelta(minutes=5)
    slowed = Pace.objects.create(domain="slow.example", slowed_to=30, last_answer="421 too many connections")
    held = Pace.objects.create(domain="held.example", held_until=until, last_answer="451 come back later")
    Pace.objects.create(domain="quick.example")
    browser = login(cast.manager)
    page = browser.get("/newsletters/settings/").content.decode()
    assert "421 too many connections" in page
    assert "451 come back later" in page
    assert "quick.example" not in page
    for pace in (slowed, held):
        browser.post(f"/newsletters/settings/pace/{pace.pk}/")
        pace.refresh_from_db()
        assert (pace.slowed_to, pace.held_until) == (None, None)


def test_that_a_limit_that_is_gone_cannot_be_sped_up(cast: SimpleNamespace, login: Login) -> None:
    assert login(cast.manager).post("/newsletters/settings/pace/999999/").status_code == 404
