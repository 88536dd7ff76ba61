"""Clicks and openings: where they lead, whose they are, and which ones are machines'."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from newsletters import links
from newsletters.models import Click, Delivery, Issue, Link, OpenTally
from newsletters.rules.machines import is_machine
from tests.newsletters.makers import make_delivery, make_issue

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GUIDE = "https://docs.example/guide?a=1&b=2"


@pytest.fixture
def mail(cast: SimpleNamespace) -> SimpleNamespace:
    """Return a mail of an hour ago whose issue counts each recipient."""
    issue = make_issue(state="sending", tracking="individual")
    sent_at = timezone.now() - timedelta(hours=1)
    delivery = make_delivery(issue, cast.acme_contact, state="sent", sent_at=sent_at)
    link = Link.objects.create(issue=issue, url=GUIDE)
    token = links.token_of(delivery.pk)
    return SimpleNamespace(issue=issue, delivery=delivery, link=link, path=f"/n/{token}/to/{link.pk}/", token=token)


def _follow(mail: SimpleNamespace, method: str = "get", agent: str = BROWSER, **headers: str) -> Any:
    return getattr(Client(), method)(mail.path, headers={"user-agent": agent, **headers})


def _counts(mail: SimpleNamespace) -> tuple[int, int, int]:
    link = Link.objects.get(pk=mail.link.pk)
    return link.clicks, link.machine_clicks, sum(Click.objects.values_list("times", flat=True))


def test_leads_to_the_stored_target_and_counts_the_recipient(mail: SimpleNamespace) -> None:
    for _ in range(2):
        answer = _follow(mail)
        assert (answer.status_code, answer["Location"]) == (302, GUIDE)
        assert not answer.cookies
        assert answer["Referrer-Policy"] == "no-referrer"
    assert _counts(mail) == (2, 0, 2)
    assert Click.objects.count() == 1
    assert Delivery.objects.get(pk=mail.delivery.pk).clicked_at is not None


@pytest.mark.parametrize(("tracking", "counts"), [("off", (0, 0, 0)), ("", (0, 0, 0)), ("anonymous", (1, 0, 0))])
def test_counts_no_more_than_it_may(mail: SimpleNamespace, tracking: str, counts: tuple[int, int, int]) -> None:
    Issue.objects.filter(pk=mail.issue.pk).update(tracking=tracking)
    assert _follow(mail).status_code == 302
    Client().get(f"/n/{mail.token}/seen.gif", headers={"user-agent": BROWSER})
    assert _counts(mail) == counts
    delivery = Delivery.objects.get(pk=mail.delivery.pk)
    assert (delivery.clicked_at, delivery.opened_at) == (None, None)
    assert OpenTally.objects.count() == (tracking == "anonymous")


@pytest.mark.parametrize(
    ("method", "agent", "headers"),
    [
        ("head", BROWSER, {}),
        ("get", BROWSER, {"sec-purpose": "prefetch;prerender"}),
        ("get", BROWSER, {"purpose": "prefetch"}),
        ("get", BROWSER, {"x-moz": "prefetch"}),
        ("get", "", {}),
        ("get", "Googlebot/2.1 (+http://www.google.com/bot.html)", {}),
        ("get", "python-requests/2.32", {}),
    ],
)
def test_a_machine_is_led_on_and_is_nobodys_click(
    mail: SimpleNamespace, method: str, agent: str, headers: dict[str, str]
) -> None:
    assert _follow(mail, method, agent, **headers).status_code == 302
    assert _counts(mail) == (0, 1, 0)
    assert Delivery.objects.get(pk=mail.delivery.pk).clicked_at is None


def test_who_clicks_in_the_seconds_of_sending_is_a_machine(mail: SimpleNamespace) -> None:
    Delivery.objects.filter(pk=mail.delivery.pk).update(sent_at=timezone.now())
    _follow(mail)
    assert _counts(mail) == (0, 1, 0)


def test_people_are_no_machines() -> None:
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
    proxy = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
    for agent in (BROWSER, phone, proxy):
        assert not is_machine("GET", {"User-Agent": agent}, timedelta(minutes=5))
        assert not is_machine("GET", {"User-Agent": agent}, None)


def test_leads_nowhere_else(mail: SimpleNamespace) -> None:
    other = Link.objects.create(issue=make_issue("Other"), url="https://other.example/")
    unsafe = Link.objects.create(issue=mail.issue, url="javascript:alert(1)")
    base = f"/n/{mail.token}/to/"
    for link in (other.pk, unsafe.pk, 999_999, "https:%2F%2Fevil.example", 10**30):
        assert Client().get(f"{base}{link}/").status_code == 404
    evil = "?url=https://evil.example&next=//evil.example"
    assert Client().get(mail.path + evil)["Location"] == GUIDE


def test_the_picture_counts_openings(mail: SimpleNamespace) -> None:
    seen = f"/n/{mail.token}/seen.gif"
    answer = Client().get(seen, headers={"user-agent": BROWSER})
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
    assert not answer.cookies
    Client().get(seen, headers={"user-agent": "Barracuda Scanner"})
    tally = OpenTally.objects.get()
    assert (tally.people, tally.machines) == (1, 1)
    assert Delivery.objects.get(pk=mail.delivery.pk).opened_at is not None
