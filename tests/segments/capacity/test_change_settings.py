"""The settings of capacity: shown, tried, saved, and not over somebody else's change."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.test import Client

from accounts.models import User
from core.errors import Conflict, Invalid, NotAllowed
from segments.actions.capacity_terms import fingerprint, set_capacity_terms
from segments.capacity.inputs import EventPlan
from segments.forms.capacity import CapacityTermsForm
from segments.models import CapacitySettings, EventTerms, TierTerms
from segments.queries.capacity.effect import effect_of
from segments.queries.capacity.terms import terms_now

Login = Callable[[User], Client]
ADDRESS = "/capacity/settings/"


def filled(**changes: object) -> dict[str, str]:
    """Return the form as it is shown, with some fields changed."""
    terms = terms_now()
    form = CapacityTermsForm(None, terms=terms, seen=fingerprint(terms))
    return {field.name: str(changes.get(field.name, field.value())) for field in form}


def test_saved_settings_are_in_force_and_say_what_they_did(cast: SimpleNamespace, login: Login) -> None:
    sent = filled(utilisation_target=50, planned_high="4.25", renewal_high_hours=2, renewal_high_weeks=8)
    response = login(cast.manager).post(ADDRESS, sent, follow=True)
    assert "The next four weeks were" in response.content.decode()
    assert CapacitySettings.current().utilisation_target == 50
    assert TierTerms.objects.get(tier="high").planned_minutes == 255
    plan = EventTerms.objects.get(event="renewal", tier="high")
    assert (plan.minutes, plan.weeks) == (120, 8)
    assert TierTerms.objects.get(tier="high").portfolio_limit == 15


def test_form_sent_as_shown_changes_nothing(cast: SimpleNamespace, login: Login) -> None:
    TierTerms.current()
    TierTerms.objects.filter(tier="low").update(planned_minutes=100)
    before = terms_now()
    assert login(cast.manager).post(ADDRESS, filled()).status_code == 302
    assert terms_now() == before


def test_effect_is_shown_before_anything_is_saved(cast: SimpleNamespace, login: Login) -> None:
    before = terms_now()
    response = login(cast.manager).post(ADDRESS, filled(planned_high=16) | {"preview": "1"})
    page = response.content.decode()
    assert "Nothing is saved yet" in page
    assert 'value="16"' in page
    assert terms_now() == before
    effect = effect_of(cast.manager, before, replace(before, planned_minutes={**before.planned_minutes, "high": 960}))
    assert effect.after.team.near.promised == pytest.approx(2 * effect.before.team.near.promised)


def test_effect_of_other_weeks_is_that_of_saving_them(cast: SimpleNamespace) -> None:
    cast.acme.renews_on = effect_of(cast.manager, terms_now(), terms_now()).before.team.inputs.mondays[3]
    cast.acme.save()
    before = terms_now()
    after = replace(before, events={**before.events, ("renewal", "high"): EventPlan(600, 1)})
    promised = effect_of(cast.manager, before, after).after.team.weeks
    set_capacity_terms(actor=cast.manager, terms=after)
    now = effect_of(cast.manager, terms_now(), terms_now()).before.team.weeks
    assert [week.promised for week in promised] == [week.promised for week in now]
    assert promised[2].causes["renewal"] == 600


def test_change_in_between_is_not_overwritten(cast: SimpleNamespace, login: Login) -> None:
    sent = filled(planned_high=9)
    seen = sent["seen"]
    set_capacity_terms(actor=cast.administrator, terms=replace(terms_now(), utilisation_target=60))
    response = login(cast.manager).post(ADDRESS, sent)
    assert response.status_code == 422
    assert "Somebody changed the settings" in response.content.decode()
    assert CapacitySettings.current().utilisation_target == 60
    with pytest.raises(Conflict):
        set_capacity_terms(actor=cast.manager, terms=terms_now(), seen=seen)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("utilisation_target", "0"),
        ("utilisation_target", "101"),
        ("utilisation_target", ""),
        ("days_without_contact", "4000"),
        ("planned_high", "-1"),
        ("planned_high", "100000"),
        ("planned_low", "many"),
        ("renewal_low_weeks", "0"),
        ("onboarding_high_weeks", "53"),
        ("onboarding_high_hours", "1.234"),
    ],
)
def test_bad_value_is_told_and_nothing_lost(cast: SimpleNamespace, login: Login, field: str, value: str) -> None:
    before = terms_now()
    other = "planned_tech" if field != "planned_tech" else "planned_low"
    response = login(cast.manager).post(ADDRESS, filled(**{field: value, other: "3.5"}))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert 'value="3.5"' in response.content.decode()
    assert terms_now() == before


def test_action_refuses_what_makes_no_sense(cast: SimpleNamespace) -> None:
    terms = terms_now()
    for bad in (
        replace(terms, utilisation_target=0),
        replace(terms, planned_minutes={"huge": 1}),
        replace(terms, events={("party", "high"): EventPlan(1, 1)}),
        replace(terms, events={("renewal", "high"): EventPlan(1, 0)}),
    ):
        with pytest.raises(Invalid):
            set_capacity_terms(actor=cast.manager, terms=bad)
    with pytest.raises(NotAllowed):
        set_capacity_terms(actor=cast.csm, terms=terms)
    assert terms_now() == terms
