"""Teams: their names and who manages them."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from accounts.models import Team, User
from core.errors import Conflict, Invalid


def create_team(*, actor: User, name: str, managers: Iterable[User] = ()) -> Team:
    """Return a new team; raise Conflict where the name is taken."""
    return _save(Team(), name, managers)


def update_team(*, actor: User, team: Team, name: str, managers: Iterable[User]) -> Team:
    """Return the team with this name and exactly these managers."""
    return _save(team, name, managers)


@transaction.atomic
def delete_team(*, actor: User, team: Team) -> None:
    """Delete the team; raise Conflict while people belong to it."""
    members = User.objects.filter(team=team, is_active=True).count()
    if members:
        raise Conflict(f"{members} people belong to {team}; move them first.", code="team_has_members", count=members)
    team.delete()


@transaction.atomic
def _save(team: Team, name: str, managers: Iterable[User]) -> Team:
    chosen = list(managers)
    if any(person.is_contact or not person.is_active for person in chosen):
        raise Invalid("A manager is an active member of staff.", field="managers")
    team.name = name.strip()
    if not team.name:
        raise Invalid("A name is needed.", field="name")
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise Conflict("Another team has this name.", code="name_taken", field="name") from error
    team.managers.set(chosen)
    return team
