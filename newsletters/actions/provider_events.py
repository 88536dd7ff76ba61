"""What the mail provider reports: each report acts once, in the transaction that keeps it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from core.errors import NotFound
from core.transactions import repeated_transaction
from newsletters import links
from newsletters.actions.declining import unsubscribe
from newsletters.models import Delivery, Preference, ProviderEvent, Suppression
from newsletters.sending.claiming import Claim
from newsletters.sending.windows import Result, store_late

State = Delivery.State
BOUNCED, REJECTED, COMPLAINED, UNSUBSCRIBED = "bounced", "rejected", "complained", "unsubscribed"
HEARD = frozenset({BOUNCED, REJECTED, COMPLAINED, UNSUBSCRIBED})
# All but a rejection also say that the provider had the mail, which matters where nobody knew. The rest (opened, …)
# nobody wants to know.
TAKEN = frozenset({"queued", "sent", "delivered"})
# Where a person was asked, or has answered, whether it went out.
NOT_KNOWN_AS_SENT = (State.UNKNOWN, *Delivery.DUE, State.FAILED, State.CANCELLED)
# django-anymail's reasons that will not go away by themselves.
FOR_GOOD = frozenset({"invalid", "bounced"})
# Providers repeat a report for days at most.
KEEP = timedelta(days=90)


@dataclass(frozen=True)
class Report:
    """One report in django-anymail's words; `token` names the delivery, where the provider gave it back."""

    provider: str
    event_id: str
    kind: str
    address: str
    reject_reason: str
    token: str
    detail: str
    happened_at: datetime

    @property
    def key(self) -> str:
        """Return what makes a second sending of it the same: its id, or else all that it says."""
        if self.event_id and len(self.event_id) <= 200:
            return self.event_id
        said = "\n".join([self.event_id, self.kind, self.address, self.token, self.happened_at.isoformat()])
        return hashlib.sha256(said.encode()).hexdigest()


@repeated_transaction
def note_report(*, report: Report) -> bool:
    """Return whether the report is new and was acted on."""
    if report.kind not in HEARD | TAKEN:
        return False
    delivery = _delivery(report.token)
    address = (report.address or (delivery.address if delivery else "")).strip().lower()[:254]
    is_news = report.kind != REJECTED and delivery is not None and delivery.address == address and _note_taken(delivery)
    if report.kind in TAKEN:
        return is_news
    _, is_new = ProviderEvent.objects.get_or_create(
        provider=report.provider[:30],
        event_id=report.key,
        defaults={
            "kind": report.kind[:30],
            "address": address,
            "delivery": delivery,
            "detail": report.detail[:300],
            "happened_at": report.happened_at,
        },
    )
    if is_new:
        _act(report, address, delivery)
    return is_new


def forget_reports(*, now: datetime | None = None) -> int:
    """Delete reports older than `KEEP`; return how many."""
    return ProviderEvent.objects.filter(received_at__lt=(now or timezone.now()) - KEEP).delete()[0]


def _note_taken(delivery: Delivery) -> bool:
    """Tell whether the mail, of which that was not known until now, counts as sent; unless another sender has it."""
    if delivery.issue_id is None or delivery.state not in NOT_KNOWN_AS_SENT or not delivery.attempts:
        return False
    claim = Claim(delivery.pk, delivery.attempts, delivery.contact_id, delivery.address, delivery.variant)
    return store_late(delivery.issue_id, [Result(claim, State.SENT)]) > 0


def _act(report: Report, address: str, delivery: Delivery | None) -> None:
    mine = Delivery.objects.filter(pk=delivery.pk if delivery else 0, address=address)
    reason = Suppression.Reason
    if report.kind == COMPLAINED or report.reject_reason == "spam":
        mine.filter(complained_at=None).update(complained_at=report.happened_at)
        _suppress(report, address, delivery, reason.COMPLAINED)
    elif report.kind == UNSUBSCRIBED or report.reject_reason == "unsubscribed":
        if delivery is not None and delivery.issue is not None and delivery.address == address:
            unsubscribe(delivery=delivery, origin=Preference.Origin.ONE_CLICK)
        else:
            _suppress(report, address, delivery, reason.UNSUBSCRIBED)
    else:
        mine.filter(bounced_at=None).update(bounced_at=report.happened_at)
        if report.reject_reason in FOR_GOOD:
            _suppress(report, address, delivery, reason.BOUNCED)


def _suppress(report: Report, address: str, delivery: Delivery | None, reason: str) -> None:
    if "@" not in address:
        return
    facts = {
        "reason": Suppression.Reason(reason),
        "origin": Suppression.Origin.PROVIDER,
        "detail": report.detail[:300],
        "delivery": delivery,
    }
    Suppression.objects.bulk_create([Suppression(address=address, **facts)], ignore_conflicts=True)
    if reason == Suppression.Reason.COMPLAINED:
        # Who declined may choose again by a link; who complained may not.
        Suppression.objects.filter(address=address, reason=Suppression.Reason.UNSUBSCRIBED).update(**facts)


def _delivery(token: str) -> Delivery | None:
    try:
        return links.delivery_of(token) if token else None
    except NotFound:
        return None
