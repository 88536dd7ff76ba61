"""What a widget does: begin a session with an identity, and say what its contact saw, read and dismissed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Contact
from core.errors import Conflict, NotFound
from core.transactions import repeated_transaction
from newsletters.models import Delivery, Notice, Product, UsedIdentity
from newsletters.widget.identity import read_identity
from newsletters.widget.sessions import LASTS_SECONDS, require_origin, session_token

# How exact "last used" is; a busy product must not cost a write a session.
USE_NOTED_EVERY = timedelta(minutes=1)
# What each step includes: who reads or dismisses a notice has seen it.
STEPS = {"seen": ("seen_at",), "read": ("seen_at", "read_at"), "dismissed": ("seen_at", "dismissed_at")}


@dataclass(frozen=True)
class OpenedSession:
    """A session's token, as whom it asks, and for how many seconds it is good."""

    product: Product
    contact: Contact
    token: str
    seconds: int = LASTS_SECONDS


@repeated_transaction
def open_session(*, identity: str, origin: str) -> OpenedSession:
    """Return a session for whom the identity vouches; the same identity opens no second one.

    Raises as `read_identity` does, NotAllowed for an origin that the product does not allow, Conflict where the
    identity was used before.
    """
    found = read_identity(identity)
    require_origin(found.product, origin)
    try:
        UsedIdentity.objects.bulk_create(
            [UsedIdentity(product=found.product, jti=found.jti, expires_at=found.expires_at)]
        )
    except IntegrityError as error:
        raise Conflict("This identity was used before; make a new one.", code="identity_used") from error
    _note_use(found.product)
    return OpenedSession(found.product, found.contact, session_token(found.product, found.contact, origin))


@repeated_transaction
def note_step(*, contact_id: int, notice: UUID, step: str, now: datetime | None = None) -> bool:
    """Return whether this is the first time that the contact saw, read or dismissed the notice; each is kept once.

    Raises NotFound for a notice that the contact does not have.
    """
    now = now or timezone.now()
    fields = STEPS.get(step)
    if fields is None:
        raise NotFound("A notice is seen, read or dismissed.")
    # By the notice's id and no join: what two tabs tell at once is then judged by the row as the first one left it.
    mine = Delivery.objects.filter(contact=contact_id, notice=Subquery(Notice.objects.filter(uid=notice).values("pk")))
    changed = mine.filter(**{fields[-1]: None}).update(**{name: Coalesce(F(name), now) for name in fields})
    if not changed and not mine.exists():
        raise NotFound("There is no such notice.")
    return bool(changed)


def forget_identities(*, now: datetime | None = None) -> int:
    """Return how many used identities were forgotten because they are over and would be refused anyway."""
    return UsedIdentity.objects.filter(expires_at__lt=now or timezone.now()).delete()[0]


def _note_use(product: Product) -> None:
    now = timezone.now()
    if product.last_used_at is None or product.last_used_at <= now - USE_NOTED_EVERY:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        Product.objects.filter(unnoted, pk=product.pk).update(last_used_at=now)
