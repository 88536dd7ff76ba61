"""Fixtures that many tests share: the cast and logged-in browsers of it."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings

from accounts.models import Role, User
from tests import cast as makers

# A slow machine makes a test late, not wrong.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def cast(db: None) -> SimpleNamespace:
    """Return one person a role, a manager with a team, two customers with a contact each, and an outsider.

    `csm` owns Acme (high touch) and is in the manager's team; `other_csm` owns Globex (low touch) and is in another.
    """
    people = {role.value: makers.make_person(f"{role.value}@company.example", role) for role in Role}
    other_csm = makers.make_person("other.csm@company.example", Role.CSM)
    nobody = makers.make_person("nobody@company.example")
    team = makers.make_team("Team North", manager=people["manager"], members=(people["csm"], people["am"]))
    other_team = makers.make_team("Team South", members=(other_csm,))
    acme = makers.make_customer("Acme", tier="high", external_id="acme", domain="acme.example", country="US")
    globex = makers.make_customer("Globex", tier="low", external_id="globex", domain="globex.example", country="DE")
    makers.assign(acme, people["csm"])
    makers.assign(globex, other_csm)
    return SimpleNamespace(
        **people,
        other_csm=other_csm,
        nobody=nobody,
        team=team,
        other_team=other_team,
        acme=acme,
        globex=globex,
        acme_contact=makers.make_contact(acme, "ann@acme.example", with_login=True),
        globex_contact=makers.make_contact(globex, "gil@globex.example", with_login=True),
    )


@pytest.fixture
def login() -> Callable[[User], Client]:
    """Return a function that gives a browser logged in as a person."""

    def as_person(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return as_person
