"""The mail provider's reports: whose they are, that each acts once, and what it does."""

import base64
import hashlib
import hmac
import json
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from newsletters import links
from newsletters.actions.provider_events import forget_reports
from newsletters.models import Delivery, Preference, ProviderEvent, Suppression
from tests.newsletters.makers import make_delivery, make_issue

pytestmark = pytest.mark.django_db
URL = "/anymail/postmark/tracking/"
SECRET = "reports:correct horse"


@pytest.fixture
def mail(cast: SimpleNamespace, settings: Any) -> Delivery:
    """Return a mail that was sent through Postmark."""
    settings.EMAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    issue = make_issue(state="sending")
    return make_delivery(issue, cast.acme_contact, state="sent", sent_at=timezone.now())


def _bounce(mail: Delivery, **facts: Any) -> dict[str, Any]:
    return {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "ID": 42,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Email": mail.address,
        "Description": "The server was unable to deliver your message.",
        "BouncedAt": "2026-11-22T08:00:00Z",
        "Metadata": {"delivery": links.token_of(mail.pk)},
    } | facts


def _report(body: dict[str, Any], *, secret: str | None = SECRET, url: str = URL) -> int:
    headers = {"authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    client = Client(enforce_csrf_checks=True)
    return client.post(url, json.dumps(body), content_type="application/json", headers=headers).status_code


def test_a_bounce_for_good_suppresses_the_address(mail: Delivery) -> None:
    assert _report(_bounce(mail)) == 200
    mail.refresh_from_db()
    assert mail.bounced_at is not None
    kept = Suppression.objects.get()
    assert (kept.address, kept.reason, kept.origin, kept.delivery) == (mail.address, "bounced", "provider", mail)


def test_a_receiver_may_answer_what_no_database_holds(mail: Delivery) -> None:
    assert _report(_bounce(mail, Description="550 \0 no \ud800 box")) == 200
    assert Suppression.objects.get().detail == "550  no  box"


def test_a_report_sent_twice_acts_once(mail: Delivery) -> None:
    assert _report(_bounce(mail)) == 200
    Suppression.objects.all().delete()
    assert _report(_bounce(mail)) == 200
    assert ProviderEvent.objects.count() == 1
    assert not Suppression.objects.exists()


def test_a_report_that_fails_leaves_nothing_and_may_come_again(mail: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    from newsletters.actions import provider_events

    act = provider_events._act

    def broken(*args: Any) -> None:
        act(*args)
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(provider_events, "_act", broken)
    with pytest.raises(RuntimeError):
        _report(_bounce(mail))
    assert not ProviderEvent.objects.exists()
    assert not Suppression.objects.exists()
    monkeypatch.setattr(provider_events, "_act", act)
    assert _report(_bounce(mail)) == 200
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize("secret", [None, "reports:wrong", "reports:", ":"])
def test_a_forged_report_is_refused(mail: Delivery, secret: str | None) -> None:
    assert _report(_bounce(mail), secret=secret) == 400
    assert not ProviderEvent.objects.exists()
    assert not Suppression.objects.exists()


def test_only_the_chosen_provider_may_report(mail: Delivery, settings: Any) -> None:
    assert _report(_bounce(mail), url="/anymail/sendgrid/tracking/") == 404
    assert _report(_bounce(mail), url="/anymail/nobody/tracking/") == 404
    settings.ANYMAIL = {}
    assert _report(_bounce(mail)) == 404
    settings.EMAIL_PROVIDER = ""
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    assert _report(_bounce(mail)) == 404


def test_a_soft_bounce_is_noted_and_suppresses_nothing(mail: Delivery) -> None:
    assert _report(_bounce(mail, Type="SoftBounce")) == 200
    assert not Suppression.objects.exists()


def test_a_complaint_suppresses_whatever_was_said_before(mail: Delivery) -> None:
    Suppression.objects.create(address=mail.address, reason="unsubscribed", origin="link")
    assert _report(_bounce(mail, RecordType="SpamComplaint", Type="SpamComplaint")) == 200
    mail.refresh_from_db()
    assert mail.complained_at is not None
    assert Suppression.objects.get().reason == "complained"


def test_an_unsubscribe_at_the_provider_declines_the_topic(mail: Delivery) -> None:
    change = {"RecordType": "SubscriptionChange", "SuppressSending": True, "Recipient": mail.address}
    body = _bounce(mail, **change, ChangedAt="2026-11-22T08:00:00Z", SuppressionReason="ManualSuppression")
    assert _report(body) == 200
    said = Preference.objects.get()
    assert (said.wants, said.topic) == (False, mail.issue.topic)


def test_what_is_not_acted_on_is_not_kept(mail: Delivery) -> None:
    assert _report(_bounce(mail, RecordType="Delivery", DeliveredAt="2026-11-22T08:00:00Z")) == 200
    assert not ProviderEvent.objects.exists()


def test_a_report_about_a_foreign_delivery_marks_none(mail: Delivery, cast: SimpleNamespace) -> None:
    assert _report(_bounce(mail, Email="gil@globex.example")) == 200
    mail.refresh_from_db()
    assert mail.bounced_at is None
    assert Suppression.objects.get().address == "gil@globex.example"
    assert _report(_bounce(mail, ID=43, Metadata={"delivery": "4bi-forged"}, Email="not an address")) == 200


def test_a_signature_is_checked_where_the_provider_signs(mail: Delivery, settings: Any) -> None:
    settings.EMAIL_PROVIDER = "mailgun"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": "signing-key"}
    url = "/anymail/mailgun/tracking/"
    body = {
        "signature": _signed("signing-key"),
        "event-data": {
            "event": "complained",
            "id": "abc",
            "timestamp": time.time(),
            "recipient": mail.address,
            "message": {"headers": {"message-id": f"{links.message_name_of(links.token_of(mail.pk))}@company.example"}},
        },
    }
    assert _report(body | {"signature": _signed("another key")}, url=url) == 400
    assert not Suppression.objects.exists()
    assert _report(body, url=url) == 200
    mail.refresh_from_db()
    assert mail.complained_at is not None


def test_old_reports_are_forgotten(mail: Delivery) -> None:
    _report(_bounce(mail))
    assert forget_reports() == 0
    ProviderEvent.objects.update(received_at="2026-01-01T00:00:00Z")
    assert forget_reports() == 1


def _signed(key: str) -> dict[str, str]:
    stamp, token = str(int(time.time())), "0123456789"
    return {
        "timestamp": stamp,
        "token": token,
        "signature": hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest(),
    }
