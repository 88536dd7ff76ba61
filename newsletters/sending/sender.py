"""A sender: claims a batch, sends it window by window, stores what became of each, and stops after a few seconds.

What it holds is in the database before a byte goes out, so that it may die at any moment: at most its one window in
flight is then unknown, and everything else waits for the next sender.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TypeVar

from django.core.mail import EmailMessage
from django.db import Error, InterfaceError, OperationalError, connection, transaction

from core.bulk_mail import BulkPostbox, Letter, Round
from core.smtp import Fate, Outcome
from newsletters.models import Delivery
from newsletters.rendering.recipients import Recipient
from newsletters.rules.wire import BadAddress
from newsletters.sending import landing, paces
from newsletters.sending.claiming import BATCH, FLIGHT, Claim, claim, put_back
from newsletters.sending.ending import end_issues
from newsletters.sending.letters import Press, press_of
from newsletters.sending.places import sender_place
from newsletters.sending.quiet import waits_of_quiet
from newsletters.sending.windows import (
    MARGIN,
    WINDOW,
    Marked,
    Result,
    store,
    store_and_mark,
    store_late,
    store_unsent,
)

log = logging.getLogger(__name__)

T = TypeVar("T")
Post = Letter | EmailMessage

# For how long one task sends before others have their turn, and for how long it may wait for what is due soon.
SECONDS = 5.0
PAUSE_SECONDS = 0.25
# For how long a result is kept while the database is away: a little less than the lease of its flight.
PATIENCE_SECONDS = 240.0
NEVER_HANDED_OVER = "The sender was held up; the mail was not handed over."

NEXT_WORK = """
SELECT issue.id, work.due_at <= statement_timestamp() FROM newsletters_issue AS issue CROSS JOIN LATERAL (
    SELECT due_at FROM newsletters_delivery AS delivery
    WHERE delivery.issue_id = issue.id AND delivery.state IN ('waiting', 'deferred')
    ORDER BY due_at LIMIT 1
) AS work
WHERE issue.state = 'sending' AND work.due_at <= statement_timestamp() + %s * interval '1 second'
ORDER BY issue.id
"""

_postbox: BulkPostbox | None = None


def send(seconds: float = SECONDS) -> bool:
    """Send what is due for some seconds where a sender's place is free; tell whether there is more to do soon."""
    with sender_place() as has_place:
        return has_place and Sender(time.monotonic() + seconds).run()


def is_work_due(within: float = 0.0) -> bool:
    """Tell whether a mail may go now, or within so many seconds."""
    return bool(_work(within)) and paces.limits(paces.database_now()).held_seconds <= within


class Sender:
    """One sender's few seconds."""

    # Kept from one sender of the process to the next: where a limit lets only one batch go at a time, issues take turns
    # all the same.
    _last_issue = 0

    def __init__(self, until: float) -> None:
        self._until = until
        self._broken: set[int] = set()

    def run(self) -> bool:
        """Send until the time is over or nothing is due; tell whether there is more to do soon."""
        while (left := self._until - time.monotonic()) > 0:
            now = paces.database_now()
            limits = paces.limits(now)
            work = _work(left)
            if not work:
                end_issues()
            if not work or limits.held_seconds > left:
                break
            due = [issue_id for issue_id, is_due in work if is_due and issue_id not in self._broken]
            tokens = paces.tokens_of_all_mail(now) if paces.ALL_MAIL in limits.limited else None
            if not due or limits.held_seconds or tokens == 0:
                time.sleep(min(PAUSE_SECONDS, left))
                continue
            if not self._goes_on(Batch(self._next(due), limits, self._until, tokens)):
                return False
        return is_work_due(SECONDS)

    def _next(self, due: list[int]) -> int:
        """Return the issue whose turn it is, so that a large one does not hold up a small one."""
        Sender._last_issue = next((issue_id for issue_id in due if issue_id > Sender._last_issue), due[0])
        return Sender._last_issue

    def _goes_on(self, batch: "Batch") -> bool:
        """Send the batch and tell whether the sender may go on; an issue that breaks is left alone for this time."""
        try:
            return batch.send()
        except Exception as error:
            if isinstance(error, Error) and is_away(error):
                raise
            log.exception("Issue %s can't be sent for now; the others go on", batch.issue_id)
            self._broken.add(batch.issue_id)
            return True


class Batch:
    """Claimed deliveries of one issue on their way."""

    def __init__(self, issue_id: int, limits: paces.Limits, until: float, tokens: int | None) -> None:
        self.issue_id = issue_id
        self._limits = limits
        self._until = until
        self._size = BATCH if tokens is None else min(BATCH, tokens)
        # What became of the last window; kept until it is stored.
        self._landed = landing.Landed()
        # Why nothing more can go now: the mail server or the database is away, or the issue is sent no more.
        self._is_over = False

    def send(self) -> bool:
        """Send the batch and tell whether the sender may go on."""
        press = press_of(self.issue_id)
        # A sender's place belongs to the connection: who had to open another has lost it, and makes way.
        held_by = connection.connection
        claimed = claim(self.issue_id, self._size)
        if not claimed:
            return True
        left = claimed
        try:
            left = self._awake(press, claimed)
            recipients = press.recipients(left)
            while left and not self._is_over and connection.connection is held_by and time.monotonic() < self._until:
                window, left = left[:WINDOW], left[WINDOW:]
                self._fly(self._written(press, recipients, self._turns(window)))
        finally:
            # Whatever broke, on the way to the next window or after this one: it is known what became of the last.
            self._land()
            self._return(left)
        return not self._is_over and connection.connection is held_by

    def _awake(self, press: Press, claims: Sequence[Claim]) -> list[Claim]:
        """Return those who may be written to at this hour; the others wait until their quiet hours end."""
        waits = waits_of_quiet(press.timing, claims)
        asleep = [claim_ for claim_ in claims if claim_.id in waits]
        put_back(asleep, [waits[claim_.id] for claim_ in asleep])
        return [claim_ for claim_ in claims if claim_.id not in waits]

    def _turns(self, window: Sequence[Claim]) -> list[Claim]:
        """Return those that may go now by the limits; the others wait again."""
        if not self._limits.limited and not self._limits.held:
            return list(window)
        turn = paces.take_turns(window, self._limits)
        over = [claim_ for claim_ in turn.waiting if claim_.domain in turn.troubled and landing.is_over(claim_)]
        # To try each once more would take as long again: a receiver in trouble is asked a hundred times an hour or so.
        store_unsent([landing.given_up(claim_, turn.troubled[claim_.domain]) for claim_ in over])
        put_back(turn.waiting, turn.waits, troubled=turn.troubled)
        return turn.may_go

    def _written(
        self, press: Press, recipients: dict[int, Recipient], claims: Sequence[Claim]
    ) -> list[tuple[Claim, Post]]:
        """Return the claims with their mails; one that can't be written is tried again later."""
        write = press.letter if postbox().takes_bytes else press.message
        written, unwritten = [], []
        for claim_ in claims:
            try:
                # Whose contact is gone is taken off when its window is marked.
                written.append((claim_, write(recipients[claim_.id])))
            except BadAddress as error:
                unwritten.append(Result(claim_, Delivery.State.FAILED, str(error)))
            except Exception as error:
                log.exception("The mail %s could not be written", claim_.id)
                outcome = Outcome(Fate.NOT_YET, f"It could not be written: {type(error).__name__}: {error}")
                unwritten.append(landing.result_of(claim_, outcome))
        store_unsent(unwritten)
        return written

    def _fly(self, written: Sequence[tuple[Claim, Post]]) -> None:
        """Store the window before, mark this one and hand it over."""
        begun = time.monotonic()
        claims = [claim_ for claim_, _ in written]
        try:
            marked = self._mark(claims)
        except Exception as error:
            # Perhaps it was marked and the answer got lost. Nothing of it went out.
            self._return(claims)
            if not (isinstance(error, Error) and is_away(error)):
                raise
            log.exception("The database was away while mails of issue %s were sent", self.issue_id)
            self._is_over = True
            return
        flying = [(claim_, post) for claim_, post in written if claim_.id in marked.in_flight]
        gone = {claim_.id for claim_, _ in flying} | marked.suppressed
        left = [claim_ for claim_ in claims if claim_.id not in gone]
        # Paused, cancelled, or held up for so long that others have it.
        self._is_over = bool(left) and not flying
        self._post(flying, until=begun + (FLIGHT - MARGIN).total_seconds())
        self._return(left)

    def _mark(self, claims: Sequence[Claim]) -> Marked:
        landed = self._landed
        with transaction.atomic() if landed.gone else nullcontext():
            landing.suppress(landed.gone)
            marked = store_and_mark(landed.results, claims)
        store_late(self.issue_id, marked.late)
        self._landed = landing.Landed()
        return marked

    def _post(self, flying: Sequence[tuple[Claim, Post]], until: float) -> None:
        """Hand the window over and keep what became of it; those not handed over wait again."""
        done = Round()
        claims = [claim_ for claim_, _ in flying]
        try:
            postbox().post([post for _, post in flying], until=until, done=done)
        except Exception as error:
            log.exception("Sending failed in an unexpected way")
            postbox().close()
            # What nobody expected may come of every mail: one is unknown, and the others wait.
            done.away = f"{type(error).__name__}: {error}"
            done.outcomes.append(Outcome(Fate.UNKNOWN, done.away))
        landed = self._landed = landing.landed(claims, done.outcomes)
        self._return(claims[len(done.outcomes) :])
        if done.away:
            self._is_over = True
            patiently(lambda: paces.hold(paces.ALL_MAIL, done.away, slows=False))
        if landed.busy:
            patiently(lambda: landing.hold_busy(landed.busy))
            self._limits = patiently(lambda: paces.limits(paces.database_now()))

    def _land(self) -> None:
        """Store what became of the last window."""
        landed = self._landed

        def land() -> None:
            with transaction.atomic():
                landing.suppress(landed.gone)
                late = store(landed.results)
            store_late(self.issue_id, late)

        if landed.results:
            patiently(land)

    def _return(self, claims: Sequence[Claim]) -> None:
        """Let claims that were not handed over wait again, also where they were called unknown meanwhile."""
        begun = time.monotonic()

        def give_back() -> None:
            held_up = Outcome(Fate.NOT_YET, NEVER_HANDED_OVER)
            lost = put_back(claims, since=begun)
            store_late(self.issue_id, [landing.result_of(claim_, held_up) for claim_ in lost])

        if claims:
            patiently(give_back)


def patiently(work: Callable[[], T]) -> T:
    """Do work at the database that must not be lost, again and again while the database is away for a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return work()
        except Error as error:
            if not is_away(error) or connection.in_atomic_block or time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(PAUSE_SECONDS)


def is_away(error: Error) -> bool:
    """Tell whether the database could not be asked, rather than refused what it was asked."""
    is_closed = connection.connection is not None and bool(connection.connection.closed)
    return is_closed or isinstance(error, OperationalError | InterfaceError)


def postbox() -> BulkPostbox:
    """Return this process's connection to the mail server, which stays open from one task to the next."""
    global _postbox
    if _postbox is None:
        _postbox = BulkPostbox()
    return _postbox


def forget_postbox() -> None:
    """Hang up and look at the settings anew."""
    global _postbox
    if _postbox is not None:
        _postbox.close()
    _postbox = None


def _work(within: float) -> list[tuple[int, bool]]:
    """Return the issues under way with mail due within so many seconds, and whether it is due now."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_WORK, [within])
        return [(issue_id, is_due) for issue_id, is_due in cursor.fetchall()]
