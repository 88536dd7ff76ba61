"""Makers of rebalancing problems, small ones by hand and random ones."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from segments.rebalancing import Csm, Customer, Problem, Rails

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LANGUAGES = ("", "en", "de", "ja")
ZONES = ("", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")


def csm(pk: int, name: str, limit: int | None, *languages: str, **fields: Any) -> Csm:
    """Return a CSM in Berlin with this limit in both tiers."""
    fields = {"time_zone": "Europe/Berlin", "limits": {"high": limit, "low": limit}, **fields}
    return Csm(pk=pk, name=name, languages=languages or ("en",), **fields)


def customers(owner: int | None, count: int, *, first: int, **fields: Any) -> list[Customer]:
    """Return customers of one CSM, alike but for their ids, who came a year ago and renew in half a year."""
    fields = {
        "tier": "high",
        "language": "en",
        "time_zone": "Europe/Berlin",
        "arr": 10_000.0,
        "held_since": TODAY - timedelta(days=365),
        "renews_on": TODAY + timedelta(days=180),
        **fields,
    }
    return [Customer(pk=first + n, name=f"Customer {first + n}", csm=owner, **fields) for n in range(count)]


def problem(csms: list[Csm], *groups: list[Customer], **rails: Any) -> Problem:
    """Return the problem of these CSMs and customers today."""
    return Problem(tuple(csms), tuple(one for group in groups for one in group), Rails(**rails), TODAY, NOON)


@st.composite
def problems(
    draw: st.DrawFn, *, most_csms: int = 4, most_customers: int = 7, tiers: tuple[str, ...] = ("high",)
) -> Problem:
    """Return a random problem: tight limits, every rail, customers without a CSM, people who take none."""
    csms = [
        Csm(
            pk=number + 1,
            name=f"CSM {number + 1}",
            languages=tuple(draw(st.sets(st.sampled_from(LANGUAGES[1:]), min_size=1, max_size=2))),
            time_zone=draw(st.sampled_from(ZONES[1:])),
            limits={tier: draw(st.one_of(st.none(), st.integers(0, 4))) for tier in tiers},
            takes_none=draw(st.sampled_from(["", "", "", "is away"])),
        )
        for number in range(draw(st.integers(1, most_csms)))
    ]
    owners = st.sampled_from([None, *(one.pk for one in csms), *(one.pk for one in csms)])
    held = [
        Customer(
            pk=100 + number,
            tier=draw(st.sampled_from(tiers)),
            csm=draw(owners),
            language=draw(st.sampled_from(LANGUAGES)),
            time_zone=draw(st.sampled_from(ZONES)),
            arr=draw(st.sampled_from([0.0, 1_000.0, 50_000.0])),
            renews_on=draw(st.sampled_from([None, TODAY + timedelta(days=30), TODAY + timedelta(days=90)])),
            held_since=TODAY - timedelta(days=draw(st.integers(0, 3_000))),
            is_pinned=draw(st.integers(0, 9)) == 0,
            is_let_past=draw(st.integers(0, 9)) == 0,
            is_changing=draw(st.integers(0, 9)) == 0,
            moved_lately=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, most_customers)))
    ]
    rails = Rails(
        renewal_days=draw(st.sampled_from([0, 60])),
        keep_language=draw(st.booleans()),
        zone=draw(st.sampled_from(["", "now", "within"])),
        zone_hours=draw(st.sampled_from([0.0, 1.0, 6.0])),
        pinned_stay=draw(st.booleans()),
        let_past_stay=draw(st.booleans()),
        place_unassigned=True,
        even_out=draw(st.booleans()),
        tiers=tiers,
    )
    return Problem(tuple(csms), tuple(held), rails, TODAY, NOON)
