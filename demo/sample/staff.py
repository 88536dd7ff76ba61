"""The sample company's staff: the fixed logins, and as many more CSMs as its customers need."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from accounts.actions.company import create_field, save_rate, update_company
from accounts.actions.people import add_person, create_administrator, update_person
from accounts.actions.teams import create_team, update_team
from accounts.models import CustomField, Role, Team, User
from demo.logins import DOMAIN, STAFF, STAFF_PASSWORD
from demo.sample import world
from demo.sample.work import Work

# So many that most can keep what they promise, and some can't.
CUSTOMERS_PER_CSM = 95
LEAST_CSMS = 12

REGIONS = {
    "Americas": (
        ("America/New_York", "US"),
        ("America/Chicago", "US"),
        ("America/Los_Angeles", "US"),
        ("America/Sao_Paulo", "BR"),
    ),
    "Europe": (("Europe/London", "GB"), ("Europe/Berlin", "DE"), ("Europe/Paris", "FR"), ("Europe/Madrid", "ES")),
    "Asia Pacific": (
        ("Asia/Kolkata", "IN"),
        ("Australia/Sydney", "AU"),
        ("Asia/Tokyo", "JP"),
        ("Asia/Kathmandu", "NP"),
    ),
}
LANGUAGES = {
    "BR": ("pt", "en", "es"),
    "DE": ("de", "en"),
    "FR": ("fr", "en"),
    "ES": ("es", "en"),
    "JP": ("ja", "en"),
    "US": ("en", "es"),
}


@dataclass(frozen=True)
class StaffMember:
    """One member of staff to be added."""

    email: str
    name: str
    roles: tuple[str, ...]
    team: str
    time_zone: str = "Europe/London"
    country: str = "GB"
    languages: tuple[str, ...] = ("en", "de")
    job_title: str = ""
    manages: tuple[str, ...] = field(default=())


def staff(customers: int, seed: int) -> Iterator[StaffMember]:
    """Yield everybody who works at a company of this many customers, the same for the same seed."""
    yield from _fixed()
    dice = random.Random(seed + 1)
    places = [(team, zone, country) for team, zones in REGIONS.items() for zone, country in zones]
    for number in range(2, max(LEAST_CSMS, customers // CUSTOMERS_PER_CSM) + 1):
        team, zone, country = places[number % len(places)]
        place = next(p for p in world.PLACES if p.country == country)
        name = f"{dice.choice(place.first_names)} {dice.choice(place.last_names)}"
        yield StaffMember(
            f"csm{number}@{DOMAIN}",
            name,
            (Role.CSM,),
            team,
            zone,
            country,
            LANGUAGES.get(country, ("en",)),
            "Customer success manager",
        )
    yield StaffMember(
        f"manager2@{DOMAIN}",
        "Tomas Ferreira",
        (Role.MANAGER,),
        "Americas",
        "America/New_York",
        "US",
        ("en", "pt"),
        "Head of customer success",
        ("Americas",),
    )
    yield StaffMember(
        f"manager3@{DOMAIN}",
        "Mei Sato",
        (Role.MANAGER,),
        "Asia Pacific",
        "Asia/Tokyo",
        "JP",
        ("ja", "en"),
        "Head of customer success",
        ("Asia Pacific",),
    )
    yield StaffMember(
        f"specialist2@{DOMAIN}",
        "Anjali Rao",
        (Role.SPECIALIST, Role.CSM),
        "One-to-many",
        "Asia/Kolkata",
        "IN",
        ("en",),
        "One-to-many specialist",
    )
    yield StaffMember(
        f"am2@{DOMAIN}",
        "Joel Harper",
        (Role.AM, Role.RENEWAL_MANAGER),
        "Americas",
        "America/Chicago",
        "US",
        ("en",),
        "Account manager",
    )


def _fixed() -> Iterator[StaffMember]:
    titles = {
        "csm": "Customer success manager",
        "manager": "Head of customer success",
        "specialist": "One-to-many specialist",
    }
    for login in STAFF:
        key = login.email.split("@")[0]
        manages = (*REGIONS, "One-to-many", "Revenue") if key == "manager" else ()
        team = {"csm": "Europe", "manager": "Europe", "specialist": "One-to-many"}.get(key, "Revenue")
        yield StaffMember(login.email, login.name, login.roles, team, job_title=titles.get(key, ""), manages=manages)


def set_house_rules(work: Work) -> None:
    """Name the company and its currency, with the rates and custom fields that its customers need."""
    update_company(actor=None, changes={"name": "Larkspur Software", "currency": "USD", "time_zone": "Europe/Berlin"})
    for currency, rate in (("EUR", "1.09"), ("GBP", "1.27")):
        save_rate(actor=None, currency=currency, valid_from=work.today - timedelta(days=2500), rate=Decimal(rate))
    if not CustomField.objects.exists():
        create_field(actor=None, label="CRM segment", type="choice", choices=["Direct", "Partner", "Inbound"])
        create_field(actor=None, label="Health score", type="number")


def add_staff(work: Work) -> None:
    """Add everybody who is not there yet, in their teams, and give the teams their managers."""
    people = list(staff(work.count, work.seed))
    administrator = _administrator(people[0])
    for name in dict.fromkeys(member.team for member in people):
        if not Team.objects.filter(name=name).exists():
            create_team(actor=administrator, name=name)
    for member in people:
        if not User.objects.filter(email=member.email).exists():
            _add(administrator, member)
    for team in Team.objects.all():
        managers = [member.email for member in people if team.name in member.manages]
        update_team(actor=administrator, team=team, name=team.name, managers=User.objects.filter(email__in=managers))
    update_person(actor=administrator, person=administrator, changes={"team": Team.objects.get(name=people[0].team)})


def _administrator(member: StaffMember) -> User:
    """Return who adds all the others: the first of the staff."""
    found = User.objects.filter(email=member.email).first()
    return found or create_administrator(email=member.email, name=member.name, password=STAFF_PASSWORD)


def _add(administrator: User, member: StaffMember) -> None:
    add_person(
        actor=administrator,
        email=member.email,
        name=member.name,
        roles=member.roles,
        password=STAFF_PASSWORD,
        team=Team.objects.get(name=member.team),
        job_title=member.job_title,
        time_zone=member.time_zone,
        country=member.country,
        spoken_languages=list(member.languages),
    )
