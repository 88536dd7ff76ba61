"""Changes are read on plain values: what cannot be meant is refused with a sentence, all of it at once."""

import contextlib
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from segments.scenarios.changes import Changes, Hire, HoursChange, ThresholdKey, to_json
from segments.scenarios.reading import read_changes

LAST = date(2027, 2, 15)
THRESHOLD = {"rule": "Large", "field": "arr", "op": "gte"}


def leave(person: object = 7, starts: object = "2026-12-07") -> dict:
    return {"what": "leave", "person": person, "from": starts}


def hours(person: object = 7, starts: object = "2026-12-07", weekly: object = 1200) -> dict:
    return {"what": "hours", "person": person, "from": starts, "weekly_minutes": weekly}


def limit(person: object = 7, tier: object = "low", number: object = 60) -> dict:
    return {"what": "limit", "person": person, "tier": tier, "limit": number}


def test_everything_is_read():
    changes = read_changes(
        {
            "thresholds": [{**THRESHOLD, "value": 50_000}],
            "limits": {"high": 12, "low": ""},
            "planned_minutes": {"high": 600},
            "event_minutes": {"renewal": {"low": 45}},
            "utilisation_target": 80,
            "people": [leave(3), hours(4), limit(5)],
            "hires": [{"count": 2, "from": "2026-12-09", "weekly_minutes": 1800, "languages": ["de", "de"]}],
        },
        last_monday=LAST,
    )
    assert changes == Changes(
        thresholds={ThresholdKey("Large", "arr", "gte"): Decimal(50_000)},
        limits={"high": 12},
        planned_minutes={"high": 600},
        event_minutes={("renewal", "low"): 45},
        utilisation_target=80,
        own_limits={(5, "low"): 60},
        leaving={3: date(2026, 12, 7)},
        hours={4: HoursChange(date(2026, 12, 7), 1200)},
        # Whatever day of a week is given, it begins on the Monday.
        hires=(Hire(2, date(2026, 12, 7), 1800, "UTC", ("de",)),),
    )
    assert changes.people_ids == {3, 4, 5}
    assert read_changes(to_json(changes), last_monday=LAST) == changes


def test_nothing_is_no_change():
    assert read_changes({}).is_empty
    assert to_json(Changes()) == {}


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ([], "The changes of a scenario are an object."),
        ({"prices": 3}, "A scenario changes no “prices”."),
        ({"limits": {"tech": 3}}, "Choose high or low touch."),
        ({"limits": {"high": -1}}, "A limit is a whole number of customers from 0 to 100,000."),
        ({"limits": {"high": 10**30}}, "A limit is a whole number of customers from 0 to 100,000."),
        ({"limits": {"high": 2.5}}, "A limit is a whole number of customers from 0 to 100,000."),
        ({"limits": {"high": True}}, "A limit is a whole number of customers from 0 to 100,000."),
        ({"limits": [1]}, "Give the changes by name."),
        ({"planned_minutes": {"low": 10**9}}, "Hours from 0 to 744."),
        ({"event_minutes": {"party": {"high": 1}}}, "There is no such event."),
        ({"utilisation_target": 0}, "The target is a share of working time from 1 to 100 per cent."),
        ({"utilisation_target": 101}, "The target is a share of working time from 1 to 100 per cent."),
        ({"thresholds": [{**THRESHOLD, "value": "lots"}]}, "A threshold is a number."),
        ({"thresholds": [{**THRESHOLD, "value": "1e40"}]}, "This threshold is too large."),
        ({"thresholds": [{**THRESHOLD, "value": "NaN"}]}, "A threshold is a number."),
        ({"thresholds": [{"value": 3}]}, "Say which rule's threshold changes."),
        ({"thresholds": [{**THRESHOLD, "value": 1}, {**THRESHOLD, "value": 2}]}, "This threshold is changed twice."),
        ({"people": "all"}, "Give the changes as a list."),
        ({"people": [leave()] * 301}, "At most 300 changes of this kind."),
        ({"people": [{"person": 7}]}, "Say what changes: the person leaves, works other hours, or gets a limit."),
        ({"people": [leave(person="x")]}, "Choose a person."),
        ({"people": [leave(starts="soon")]}, "Choose a week."),
        ({"people": [leave(starts="2027-02-22")]}, "A scenario looks 13 weeks ahead; begin within them."),
        ({"people": [leave(), leave()]}, "The same person leaves twice."),
        ({"people": [hours(), hours()]}, "The same person changes hours twice."),
        ({"people": [hours(weekly=60 * 169)]}, "A working week has from 0 to 80 hours."),
        ({"people": [limit(), limit()]}, "The same person gets two limits in one tier."),
        ({"people": [hours(), leave()]}, "The same person leaves and works other hours after that."),
        ({"people": [leave(), limit()]}, "The same person leaves and gets a limit."),
        ({"hires": [{"count": 10_000, "from": "2026-12-07"}]}, "Hire from 1 to 100 people."),
        ({"hires": [{"count": 0, "from": "2026-12-07"}]}, "Hire from 1 to 100 people."),
        ({"hires": [{"count": 60, "from": "2026-12-07"}] * 2}, "A scenario hires at most 100 people."),
        ({"hires": [{"count": 1}]}, "Choose a week."),
        ({"hires": [{"from": "2026-12-07", "weekly_minutes": 0}]}, "Somebody new works from 1 to 80 hours a week."),
        ({"hires": [{"from": "2026-12-07", "time_zone": "Mars/Base"}]}, "There is no such time zone."),
        ({"hires": [{"from": "2026-12-07", "time_zone": "../../etc/passwd"}]}, "There is no such time zone."),
        (
            {"hires": [{"from": "2026-12-07", "languages": ["German"]}]},
            "Languages are given by their codes, as “de” or “pt-BR”.",
        ),
        ({"hires": [{"from": "2026-12-07", "name": "x" * 61}]}, "A name has at most 60 letters."),
        ({"hires": [{"from": "2026-12-07", "name": "a\x00b"}]}, "A name has at most 60 letters."),
    ],
)
def test_what_cannot_be_meant_is_refused(raw: object, sentence: str):
    with pytest.raises(Invalid) as refused:
        read_changes(raw, last_monday=LAST)
    assert refused.value.message == sentence


def test_somebody_may_work_less_until_leaving():
    changes = read_changes({"people": [hours(starts="2026-11-30"), leave(starts="2026-12-07")]}, last_monday=LAST)
    assert changes.people_ids == {7}


def test_all_problems_are_found_at_once():
    with pytest.raises(Invalid) as refused:
        read_changes({"limits": {"high": -1}, "utilisation_target": "x", "people": [leave(person=0)]})
    assert [one.path for one in refused.value.details["problems"]] == [
        "limits.high",
        "utilisation_target",
        "people[0]",
    ]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(
    ["thresholds", "limits", "planned_minutes", "event_minutes", "utilisation_target", "people", "hires", "x"]
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(keys, anything, max_size=3))
def test_whatever_is_sent_is_read_or_refused(raw: dict):
    changes = None
    with contextlib.suppress(Invalid):
        changes = read_changes(raw)
    assert changes is None or read_changes(to_json(changes)) == changes
