"""Invitations: the one way by which new staff come in."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import mail
from accounts.actions.logins import trust_address
from accounts.actions.people import become_staff, clean_email
from accounts.actions.roles import known_roles, set_roles
from accounts.models import CompanySettings, Invitation, Role, Team, User
from core.errors import Conflict, Invalid, NotFound

LIFETIME = timedelta(days=7)


@transaction.atomic
def invite(*, actor: User, email: str, roles: Iterable[str], name: str = "", team: Team | None = None) -> Invitation:
    """Return the invitation whose link is on its way by mail; it is good once, for seven days.

    Raises Conflict where the address is staff already or has an invitation that still holds.
    """
    email = clean_email(email)
    wanted = known_roles(roles)
    if not wanted:
        raise Invalid("Choose at least one role.", field="roles")
    known = User.objects.filter(email=email, kind=User.Kind.STAFF).first()
    if known is not None:
        state = "works here already" if known.is_active else "worked here before; reactivate this person instead"
        raise Conflict(f"{known} {state}.", code="already_staff", field="email")
    now = timezone.now()
    Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None, expires_at__lte=now).update(
        revoked_at=now
    )
    token = _new_token()
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                email=email,
                name=name.strip(),
                roles=sorted(wanted),
                team=team,
                token_digest=_digest(token),
                invited_by=actor,
                expires_at=now + LIFETIME,
            )
    except IntegrityError as error:
        raise Conflict(
            "This address has an invitation already; send that one again.", code="already_invited", field="email"
        ) from error
    _send(invitation, token)
    return invitation


@transaction.atomic
def resend_invitation(*, actor: User, invitation: Invitation) -> Invitation:
    """Return the invitation with a new link and seven more days; the old link is worth nothing any more."""
    invitation = _lock(invitation.pk)
    _require_unused(invitation)
    token = _new_token()
    invitation.token_digest = _digest(token)
    invitation.expires_at = timezone.now() + LIFETIME
    invitation.invited_by = actor
    invitation.save(update_fields=["token_digest", "expires_at", "invited_by"])
    _send(invitation, token)
    return invitation


@transaction.atomic
def revoke_invitation(*, actor: User, invitation: Invitation) -> Invitation:
    """Return the invitation, whose link is worth nothing any more."""
    invitation = _lock(invitation.pk)
    _require_unused(invitation)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    return invitation


def invitation_behind(token: str) -> Invitation:
    """Return the invitation that the link opens.

    Raises NotFound for a link that is none of ours, Conflict for one that is used, revoked or expired.
    """
    try:
        _signer().unsign(token)
    except BadSignature as error:
        raise NotFound("There is no such invitation.") from error
    invitation = Invitation.objects.select_related("invited_by", "team").filter(token_digest=_digest(token)).first()
    if invitation is None:
        raise NotFound("There is no such invitation.")
    _require_unused(invitation)
    if invitation.expires_at <= timezone.now():
        raise Conflict("This invitation has expired. Ask for a new one.", code="invitation_expired")
    return invitation


@transaction.atomic
def accept_invitation(*, token: str, name: str, password: str, time_zone: str = "UTC", language: str = "en") -> User:
    """Return the new member of staff with the roles and the team of the invitation.

    Raises NotFound and Conflict as `invitation_behind` does, Invalid for a password that is too weak.
    """
    # Looked at again under the lock: a second click waits here and then finds the invitation used.
    _lock(invitation_behind(token).pk)
    invitation = invitation_behind(token)
    person = User.objects.select_for_update().filter(email=invitation.email).first() or User(email=invitation.email)
    if person.pk and not person.is_contact:
        raise Conflict("Somebody with this address works here already.", code="already_staff")
    become_staff(person)
    person.name, person.time_zone, person.language = name.strip(), time_zone, language
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
    person.set_password(password)
    person.team = invitation.team
    person.is_active = True
    person.save()
    trust_address(person)
    set_roles(actor=invitation.invited_by, person=person, roles=invitation.roles)
    invitation.accepted_at, invitation.accepted_by = timezone.now(), person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return person


def _send(invitation: Invitation, token: str) -> None:
    context = {
        "name": invitation.name,
        "inviter": invitation.invited_by,
        "company": CompanySettings.current().name,
        "roles": ", ".join(Role(role).label for role in invitation.roles),
        "link": settings.PUBLIC_URL + reverse("invitation_accept", args=[token]),
        "expires_at": invitation.expires_at,
    }
    mail.post(invitation.email, "invitation", context, good_until=invitation.expires_at)


def _lock(pk: int) -> Invitation:
    return Invitation.objects.select_for_update().get(pk=pk)


def _require_unused(invitation: Invitation) -> None:
    if invitation.accepted_at:
        raise Conflict("This invitation has been used. Log in instead.", code="invitation_used")
    if invitation.revoked_at:
        raise Conflict("This invitation was taken back. Ask for a new one.", code="invitation_revoked")


def _new_token() -> str:
    return _signer().sign(secrets.token_urlsafe(24))


def _signer() -> Signer:
    return Signer(sep=".", salt="accounts.invitation")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
