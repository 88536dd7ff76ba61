"""The company's settings: who changes them, and what they refuse."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.actions.company import create_field, save_rate, update_field
from accounts.models import CompanySettings, CustomField, ExchangeRate
from core import outbox
from core.errors import Conflict
from tests.cast import make_customer, make_subscription

pytestmark = pytest.mark.django_db

COMPANY = {"name": "Initrode", "currency": "EUR", "time_zone": "Europe/Berlin", "language": "de", "csm_sees": "all"}


def test_an_administrator_changes_the_house_rules(cast, login):
    answer = login(cast.administrator).post("/settings/", COMPANY)
    assert answer.status_code == 302
    company = CompanySettings.current()
    assert (company.name, company.currency, company.csm_sees) == ("Initrode", "EUR", "all")


@pytest.mark.parametrize(
    ("field", "value"), [("currency", "Tulips"), ("currency", "XQQ"), ("time_zone", "Mars/Base"), ("name", " ")]
)
def test_a_wrong_setting_is_refused_and_the_typing_kept(cast, login, field, value):
    answer = login(cast.administrator).post("/settings/", {**COMPANY, field: value})
    assert answer.status_code == 422
    assert CompanySettings.current().name != "Initrode"


def test_the_currency_changes_only_with_rates(cast, login):
    make_subscription(cast.acme, 100, currency="USD")
    answer = login(cast.administrator).post("/settings/", COMPANY)
    assert answer.status_code == 422
    assert "exchange rates" in answer.content.decode()
    assert CompanySettings.current().currency == "USD"


def test_a_new_currency_turns_the_rates(cast, login):
    for currency, day, rate in (("EUR", 1, "1.25"), ("EUR", 20, "1.20"), ("GBP", 10, "1.50")):
        save_rate(actor=None, currency=currency, valid_from=date(2026, 1, day), rate=Decimal(rate))
    for currency in ("USD", "EUR", "GBP"):
        make_subscription(cast.acme, 100, currency=currency)
    cast.acme.refresh_from_db()
    assert cast.acme.mrr == 370
    assert login(cast.administrator).post("/settings/", COMPANY).status_code == 302
    turned = {(r.currency, r.valid_from.day): r.rate for r in ExchangeRate.objects.all()}
    assert turned == {
        ("USD", 1): Decimal("0.8"),
        ("USD", 20): Decimal("0.833333333333"),
        ("GBP", 1): Decimal("1.2"),
        ("GBP", 10): Decimal("1.2"),
        ("GBP", 20): Decimal("1.25"),
    }
    assert outbox.drain() > 0
    cast.acme.refresh_from_db()
    assert cast.acme.mrr == Decimal("308.3333")


def test_a_rate_is_added_replaced_and_deleted(cast, login):
    client = login(cast.administrator)
    for rate in ("1.10", "1.20"):
        body = {"currency": "eur", "valid_from": "2026-01-01", "rate": rate}
        assert client.post("/settings/rates/", body).status_code == 302
    kept = ExchangeRate.objects.get()
    assert (kept.currency, kept.rate) == ("EUR", Decimal("1.2"))
    assert client.post(f"/settings/rates/{kept.pk}/delete/").status_code == 302
    assert not ExchangeRate.objects.exists()


def test_a_rate_in_use_stays(cast, login):
    rate = save_rate(actor=None, currency="EUR", valid_from=date(2020, 1, 1), rate=Decimal("1.1"))
    make_subscription(cast.acme, 100, currency="EUR")
    answer = login(cast.administrator).post(f"/settings/rates/{rate.pk}/delete/", follow=True)
    assert "need a rate" in answer.content.decode()
    assert ExchangeRate.objects.filter(pk=rate.pk).exists()


@pytest.mark.parametrize("rate", ["0", "-1", "abc", "1e30"])
def test_a_rate_that_is_none_is_refused(cast, login, rate):
    answer = login(cast.administrator).post(
        "/settings/rates/", {"currency": "EUR", "valid_from": "2026-01-01", "rate": rate}
    )
    assert answer.status_code == 422
    assert not ExchangeRate.objects.exists()


def test_a_custom_field_is_added_and_its_key_made(cast, login):
    body = {"label": "Plan name", "type": "choice", "choices": "Gold\nSilver\n\nGold", "position": "1"}
    assert login(cast.administrator).post("/settings/fields/new/", body).status_code == 302
    field = CustomField.objects.get()
    assert (field.key, field.choices) == ("plan_name", ["Gold", "Silver"])
    again = login(cast.administrator).post("/settings/fields/new/", {**body, "label": "plan NAME"})
    assert again.status_code == 422


def test_a_choice_field_needs_choices(cast, login):
    answer = login(cast.administrator).post(
        "/settings/fields/new/", {"label": "Empty", "type": "choice", "position": "0"}
    )
    assert answer.status_code == 422


def test_a_key_never_names_one_of_the_product_s_own_facts(db):
    assert create_field(actor=None, label="Tier", type="text").key == "own_tier"
    assert create_field(actor=None, label="日本", type="text").key == "field"
    assert create_field(actor=None, label="中国", type="text").key == "field_2"


def test_a_type_with_values_and_a_held_choice_stay(db):
    field = create_field(actor=None, label="Plan", type="choice", choices=["Gold", "Silver"])
    make_customer("Initech", custom={"plan": "Gold"})
    with pytest.raises(Conflict):
        update_field(actor=None, field=field, changes={"type": "text"})
    with pytest.raises(Conflict):
        update_field(actor=None, field=field, changes={"choices": ["Silver"]})
    assert update_field(actor=None, field=field, changes={"choices": ["Gold", "Bronze"]}).choices == ["Gold", "Bronze"]


@pytest.mark.parametrize("path", ["", "rates/", "fields/", "fields/new/"])
def test_only_administrators_see_settings(cast, login, path):
    assert login(cast.administrator).get(f"/settings/{path}").status_code == 200
    assert login(cast.manager).get(f"/settings/{path}").status_code == 403
