"""Which customers look like one, and which do not."""

from types import SimpleNamespace

import pytest
from django.db import connection

from accounts.actions.duplicates import dismiss_duplicate, find_duplicates
from accounts.models import DuplicatePair
from core import outbox
from tests.cast import make_customer


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("ACME Inc.", "acme"),
        ("Acme, Incorporated", "acme"),
        ("Müller & Söhne GmbH & Co. KG", "muller sohne"),
        ("Société Générale S.A.", "societe generale"),
        ("Enel S.p.A.", "enel"),
        ("Østerlund A/S", "osterlund"),
        ("O'Reilly Media", "oreilly media"),
        ("Ромашка ООО", "ромашка"),
        ("株式会社トヨタ", "株式会社トヨタ"),
        ("AG", "ag"),
        ("Co", "co"),
        ("!!!", ""),
    ],
)
def test_plain_name(db: None, name: str, plain: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_plain_name(%s)", [name])
        assert cursor.fetchone() == (plain,)


@pytest.mark.parametrize(
    ("one", "two", "reason"),
    [
        ({"name": "Initech Ltd"}, {"name": "INITECH, Limited"}, "Same name"),
        ({"name": "A", "domain": "initech.example"}, {"name": "B", "domain": "initech.example"}, "Same domain"),
        ({"name": "Stark Industries"}, {"name": "Stark Industires"}, "Names alike"),
        ({"name": "Wayne Enterprises"}, {"name": "Qayne Enterprises"}, "Names alike"),
    ],
)
def test_pair_is_found_once(db: None, one: dict[str, str], two: dict[str, str], reason: str) -> None:
    first, second = make_customer(**one), make_customer(**two)
    for number in range(20):
        make_customer(f"Unrelated {chr(97 + number) * 5}")
    assert find_duplicates() == 1
    pair = DuplicatePair.objects.get()
    assert (pair.first, pair.second, pair.state) == (first, second, "open")
    assert pair.reason.startswith(reason)
    assert 0.3 < pair.score < 1
    assert find_duplicates() == 0


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"name": "Company_1"}, {"name": "Company_11"}),
        ({"name": "Shop 24"}, {"name": "Shop 42"}),
        ({"name": "Alpha", "domain": "gmail.com"}, {"name": "Beta", "domain": "gmail.com"}),
        ({"name": "Alpha", "domain": ""}, {"name": "Beta", "domain": ""}),
        ({"name": "!!!"}, {"name": "???"}),
    ],
)
def test_pair_is_not_suggested(db: None, one: dict[str, str], two: dict[str, str]) -> None:
    make_customer(**one)
    make_customer(**two)
    assert find_duplicates() == 0


def test_family_merged_and_dismissed_are_left_out(cast: SimpleNamespace) -> None:
    make_customer("Acme Inc", parent=cast.acme)
    make_customer("Globex Ltd", merged_into=cast.globex)
    twin = make_customer("Umbrella GmbH")
    make_customer("Umbrella AG")
    assert find_duplicates() == 1
    dismiss_duplicate(actor=cast.manager, pair=DuplicatePair.objects.get(first=twin))
    assert find_duplicates() == 0
    assert DuplicatePair.objects.get().decided_by == cast.manager


def test_what_many_share_is_no_sign(db: None) -> None:
    for number in range(9):
        make_customer("Burger House", domain="burgerhouse.example", external_id=str(number))
    assert find_duplicates() == 0


def test_an_import_may_ask_for_it(db: None) -> None:
    make_customer("Umbrella GmbH")
    make_customer("Umbrella AG")
    outbox.enqueue("accounts.find_duplicates", {}, key="all")
    outbox.enqueue("accounts.find_duplicates", {}, key="all")
    assert outbox.drain() == 1
    assert DuplicatePair.objects.count() == 1
