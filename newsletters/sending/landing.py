"""What an answer of the mail server makes of a delivery, and of others to the same address or receiver."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.smtp import Fate, Outcome
from newsletters.models import Delivery, Suppression
from newsletters.rules import answers, pacing
from newsletters.sending import paces
from newsletters.sending.claiming import Claim
from newsletters.sending.windows import Result

State = Delivery.State

# So many temporary refusals of one receiver in a window are no matter of single mailboxes.
MANY = 3
DAY_SECONDS = 24 * 3600


@dataclass
class Landed:
    """The results of a window, the addresses that are gone, and receivers in trouble with their answers."""

    results: list[Result] = field(default_factory=list)
    gone: list[Result] = field(default_factory=list)
    busy: dict[str, str] = field(default_factory=dict)


def landed(claims: Sequence[Claim], outcomes: Sequence[Outcome]) -> Landed:
    """Return what became of the claims that were handed over, in the order of their outcomes."""
    found = Landed()
    refusals: dict[str, int] = {}
    for claim, outcome in zip(claims, outcomes, strict=False):
        result = result_of(claim, outcome)
        found.results.append(result)
        if result.is_gone:
            found.gone.append(result)
        if outcome.fate == Fate.NOT_YET and outcome.code:
            # What is not about the reader our own mail server says of itself.
            whose = claim.domain if outcome.of_reader else paces.ALL_MAIL
            refusals[whose] = refusals.get(whose, 0) + answers.is_receiver_busy(outcome.code, outcome.reason)
            if refusals[whose] >= MANY:
                found.busy[whose] = outcome.reason
    return found


def result_of(claim: Claim, outcome: Outcome) -> Result:
    """Return what the outcome makes of the delivery."""
    if outcome.fate == Fate.SENT:
        return Result(claim, State.SENT)
    if outcome.fate == Fate.UNKNOWN:
        return Result(claim, State.UNKNOWN, outcome.reason)
    if outcome.fate == Fate.REFUSED:
        gone = answers.is_address_gone(outcome.code, outcome.reason, of_recipient=outcome.of_reader)
        return Result(claim, State.FAILED, outcome.reason, is_gone=gone)
    if is_over(claim):
        return given_up(claim, outcome.reason)
    return Result(claim, State.DEFERRED, outcome.reason, wait=pacing.next_try(claim.attempts))


def is_over(claim: Claim) -> bool:
    """Tell whether the delivery has waited for its receiver for so long that it is given up."""
    return claim.waited >= pacing.GIVE_UP_SECONDS


def given_up(claim: Claim, why: str) -> Result:
    """Return the end of a delivery that waited too long; `why` is what its receiver said last."""
    return Result(claim, State.FAILED, f"Given up after {claim.waited / DAY_SECONDS:.0f} days: {why}")


def suppress(gone: Sequence[Result]) -> None:
    """Let addresses that are gone get no newsletter any more."""
    Suppression.objects.bulk_create(
        [
            Suppression(
                address=result.claim.address.lower(),
                reason=Suppression.Reason.BOUNCED,
                origin=Suppression.Origin.SMTP,
                detail=result.answer[:300].replace("\x00", ""),
                delivery_id=result.claim.id,
            )
            # One order for everybody, so that two senders never wait for each other.
            for result in sorted(gone, key=lambda result: result.claim.address.lower())
        ],
        ignore_conflicts=True,
    )


def hold_busy(busy: dict[str, str]) -> None:
    """Slow receivers that refuse for now."""
    for domain, why in sorted(busy.items()):
        paces.hold(domain, why, slows=domain != paces.ALL_MAIL)
