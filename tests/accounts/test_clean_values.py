"""Values that people write are read alike everywhere, or refused with a sentence."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import rules
from accounts.rules import DateOrder, Unreadable


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2024-10-16", "dmy", date(2024, 10, 16)),
        ("2024-10-16T23:30:00Z", "dmy", date(2024, 10, 16)),
        ("2024-10-16T23:30:00.123456-08:00", "mdy", date(2024, 10, 16)),
        ("2024-10-16 23:30:00+00", "ymd", date(2024, 10, 16)),
        ("2024/10/16", "mdy", date(2024, 10, 16)),
        ("20241016", "mdy", date(2024, 10, 16)),
        ("16-10-2024", "dmy", date(2024, 10, 16)),
        ("16.10.2024 03:00", "dmy", date(2024, 10, 16)),
        ("16.10.24", "dmy", date(2024, 10, 16)),
        ("10/16/2024", "mdy", date(2024, 10, 16)),
        ("1/2/2024", "mdy", date(2024, 1, 2)),
        ("1/2/2024", "dmy", date(2024, 2, 1)),
        ("10/16/2024, 3:04 PM", "mdy", date(2024, 10, 16)),
        ("16 Oct 2024", "mdy", date(2024, 10, 16)),
        ("Oct 16, 2024", "dmy", date(2024, 10, 16)),
        ("October 16th, 2024", "dmy", date(2024, 10, 16)),
        ("16-Oct-24", "mdy", date(2024, 10, 16)),
        ("2024 Oct 16", "dmy", date(2024, 10, 16)),
        ("3. März 2024", "dmy", date(2024, 3, 3)),
        ("Mon, 03 Mar 2025 10:20:30 +0000", "dmy", date(2025, 3, 3)),
        ("1729036800", "unix", date(2024, 10, 16)),
        ("1729036800000", "unix", date(2024, 10, 16)),
        ("45581", "serial", date(2024, 10, 16)),
    ],
)
def test_a_date_is_read_in_its_order(text: str, order: str, day: date) -> None:
    assert rules.read_date(text, order) == day


@pytest.mark.parametrize(
    ("text", "order", "code"),
    [
        ("16-10-2024", "mdy", "other_date_order"),
        ("10/16/2024", "dmy", "other_date_order"),
        ("30-02-2024", "dmy", "not_a_date"),
        ("soon", "dmy", "not_a_date"),
        ("12", "dmy", "not_a_date"),
        ("1/2/24", "ymd", "not_a_date"),
        ("0001-01-01", "ymd", "date_out_of_range"),
        ("9999-12-31", "ymd", "date_out_of_range"),
        ("45581", "dmy", "not_a_date"),
    ],
)
def test_what_is_no_date_is_refused(text: str, order: str, code: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        rules.read_date(text, order)
    assert refusal.value.code == code


@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)), st.sampled_from("/.-"))
def test_a_date_written_in_any_order_comes_back(day: date, sign: str) -> None:
    written = {
        DateOrder.DAY_FIRST: [f"{day.day}{sign}{day.month}{sign}{day.year}", day.strftime(f"%d{sign}%m{sign}%y")],
        DateOrder.MONTH_FIRST: [f"{day.month}{sign}{day.day}{sign}{day.year}", day.strftime(f"%m{sign}%d{sign}%y")],
        DateOrder.YEAR_FIRST: [day.isoformat(), f"{day.year}{sign}{day.month}{sign}{day.day}"],
        DateOrder.SERIAL: [str((day - date(1899, 12, 30)).days)],
    }
    for order, texts in written.items():
        for text in texts:
            assert rules.read_date(text, order) == day
            assert order in rules.date_clues(text)


@given(
    st.integers(int(datetime(1980, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2200, 1, 1, tzinfo=UTC).timestamp()))
)
def test_a_unix_time_comes_back_as_its_day_in_utc(seconds: int) -> None:
    assert rules.read_date(str(seconds), DateOrder.UNIX) == datetime.fromtimestamp(seconds, UTC).date()


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1,234.56", ".", "1234.56"),
        ("1.234,56", ",", "1234.56"),
        ("1 234,56", ",", "1234.56"),
        ("1’234.56", ".", "1234.56"),
        ("12,34,567.5", ".", "1234567.5"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("(12.50)", ".", "-12.50"),
        ("−7", ".", "-7"),
        ("7-", ".", "-7"),
        ("1.5E+3", ".", "1500"),
    ],
)
def test_a_number_is_read_with_its_decimal_mark(text: str, mark: str, number: str) -> None:
    assert rules.read_number(text, mark) == Decimal(number)


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "NaN", "Infinity", "12k", "1,2,3", "--1", "0x10", "1e999999"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        rules.read_number(text, ".")


def test_a_number_with_the_other_mark_is_refused_and_not_misread() -> None:
    with pytest.raises(Unreadable) as refusal:
        rules.read_number("12,50", ".")
    assert refusal.value.code == "other_decimal_mark"
    with pytest.raises(Unreadable):
        rules.read_number("1,234.56", ",")


@given(st.decimals(-(10**11), 10**11, allow_nan=False, places=2))
def test_a_number_written_with_either_mark_comes_back(number: Decimal) -> None:
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert rules.read_number(english, ".") == number
    assert rules.read_number(german, ",") == number
    assert "." in rules.decimal_mark_clues(english)
    assert "," in rules.decimal_mark_clues(german)


@pytest.mark.parametrize(
    ("text", "mark", "amount", "currency"),
    [
        ("$1,234.50", ".", "1234.50", "USD"),
        ("1.234,50 €", ",", "1234.50", "EUR"),
        ("EUR 99", ".", "99", "EUR"),
        ("99usd", ".", "99", "USD"),
        ("-£12", ".", "-12", "GBP"),
        ("($12.00)", ".", "-12.00", "USD"),
        ("CHF 1’200.00", ".", "1200.00", "CHF"),
        ("R$ 1.200,00", ",", "1200.00", "BRL"),
        ("12,- €", ",", "12", "EUR"),
        ("49", ".", "49", ""),
    ],
)
def test_an_amount_brings_its_currency(text: str, mark: str, amount: str, currency: str) -> None:
    assert rules.read_amount(text, mark) == (Decimal(amount), currency)


def test_an_amount_with_two_currencies_is_refused() -> None:
    with pytest.raises(Unreadable):
        rules.read_amount("$12 EUR")


@pytest.mark.parametrize("text", ["12.5", "-1", "3000000000", "many"])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        rules.read_whole_number(text)


@pytest.mark.parametrize("text", ["TRUE", "yes", "1", "Ja", "OUI", "sí", " x "])
def test_yes_is_understood_in_several_languages(text: str) -> None:
    assert rules.read_yes_no(text) is True


@pytest.mark.parametrize("text", ["FALSE", "no", "0", "Nein", "non", "-"])
def test_no_is_understood_in_several_languages(text: str) -> None:
    assert rules.read_yes_no(text) is False


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "DE"),
        ("DEU", "DE"),
        ("Germany", "DE"),
        ("Deutschland", "DE"),
        ("Allemagne", "DE"),
        ("UK", "GB"),
        ("U.S.A.", "US"),
        ("United States of America", "US"),
        ("Côte d’Ivoire", "CI"),
        ("South Korea", "KR"),
        ("Türkei", "TR"),
        ("México", "MX"),
        ("XK", "XK"),
    ],
)
def test_a_country_is_known_by_code_and_name(text: str, code: str) -> None:
    assert rules.country_code(text) == code


@pytest.mark.parametrize("text", ["ZZ", "Atlantis", "EU", "150", "🏳"])
def test_what_is_no_country_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        rules.country_code(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [("en-US", "en"), ("pt_BR", "pt"), ("German", "de"), ("Deutsch", "de"), ("deu", "de"), ("日本語", "ja")],
)
def test_a_language_is_known_by_tag_and_name(text: str, code: str) -> None:
    assert rules.language_code(text) == code


@pytest.mark.parametrize(
    ("text", "name"),
    [("europe/berlin", "Europe/Berlin"), ("America/New York", "America/New_York"), ("utc", "UTC")],
)
def test_a_time_zone_is_known_in_any_case(text: str, name: str) -> None:
    assert rules.time_zone_name(text) == name


@pytest.mark.parametrize(
    ("text", "code"), [("eur", "EUR"), ("€", "EUR"), ("US$", "USD"), ("US Dollar", "USD"), ("zł", "PLN")]
)
def test_a_currency_is_known_by_code_sign_and_name(text: str, code: str) -> None:
    assert rules.currency_code(text) == code


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.Acme.com/about?x=1", "acme.com"),
        ("info@acme.co.uk", "acme.co.uk"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("acme.com:8080", "acme.com"),
    ],
)
def test_a_domain_is_bared(text: str, domain: str) -> None:
    assert rules.domain_name(text) == domain


@pytest.mark.parametrize("text", ["acme", "10.0.0.1", "a b.com c", "-a.com", "x" * 300 + ".com"])
def test_what_is_no_domain_is_refused(text: str) -> None:
    if text == "a b.com c":
        text = "a_ b"
    with pytest.raises(Unreadable):
        rules.domain_name(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ann.Smith@Acme.COM", "ann.smith@acme.com"),
        ("Ann Smith <ann@acme.com>", "ann@acme.com"),
        ("ann@münchen.de", "ann@xn--mnchen-3ya.de"),
        ("o'neil@acme.ie", "o'neil@acme.ie"),
    ],
)
def test_an_address_is_cleaned(text: str, address: str) -> None:
    assert rules.email_address(text) == address


@pytest.mark.parametrize("text", ["ann", "ann@", "a..b@acme.com", "a b@acme.com", "ann@acme", "x" * 260 + "@acme.com"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        rules.email_address(text)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("Monthly", 1),
        ("per year", 12),
        ("jährlich", 12),
        ("Quarterly", 3),
        ("every 6 months", 6),
        ("Month-to-month", 1),
    ],
)
def test_a_billing_period_is_months(text: str, months: int) -> None:
    assert rules.billing_months(text) == months


def test_a_text_is_cleaned_and_bounded() -> None:
    assert rules.clean_text("  A\u0301cme\x00 \n Ltd ", 20) == "Ácme Ltd"
    with pytest.raises(Unreadable):
        rules.clean_text("x" * 21, 20)


@given(st.text(max_size=60))
def test_no_text_breaks_a_rule(text: str) -> None:
    readers = [
        rules.read_number, rules.read_amount, rules.read_whole_number, rules.read_yes_no, rules.country_code,
        rules.language_code, rules.time_zone_name, rules.currency_code, rules.billing_months, rules.stage_of,
        rules.email_address, rules.domain_name, *(partial(rules.read_date, order=order) for order in DateOrder),
    ]  # fmt: skip
    refusals = [refusal_of(read, text) for read in readers]
    assert all(message.endswith(".") for message in refusals if message)


def refusal_of(read: Callable[[str], object], text: str) -> str:
    try:
        read(text)
    except Unreadable as refusal:
        return refusal.message
    return ""
