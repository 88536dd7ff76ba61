"""Calendar files are what RFC 5545 and 5546 say, whatever words are in them, and stay byte for byte what they were."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path

import icalendar
import ics
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.ical import (
    CalendarFile,
    Happening,
    Party,
    feed,
    invitation,
    organizer_from,
    published,
    uid_of,
)
from calendars.rules.spans import Span
from tests.calendars.client import CalendarClient

GOLDEN = Path(__file__).parent / "golden"
NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)

HAPPENING = Happening(
    uid=uid_of("5d0c0a3e-7c3d-4d0e-9a39-0f4d6a1b7c55"),
    sequence=0,
    span=Span(NINE, NINE + HOUR),
    summary="Reports; with Zoë Åkesson, the 5,000 rows\\month",
    stamp=datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
    created_at=datetime(2026, 11, 22, 8, 29, 59, 123456, tzinfo=UTC),
    changed_at=datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
    description="We can't export more than 5,000 rows.\n\nMeet here: https://meet.example/zoë?a=1;b=2",
    location="https://meet.example/zoe",
    url="https://success.example/portal/hours/5d0c0a3e/",
    organizer=Party("Example Ltd, Customer Success", "hours@company.example"),
    attendees=(
        Party("Ann “Annie” O'Neil; Head of Operations: everything", "ann@acme.example"),
        Party("王小明 (Zoë Åkesson)", "zoe@company.example", has_accepted=False),
    ),
)
MOVED = replace(
    HAPPENING,
    sequence=1,
    span=Span(NINE + timedelta(days=1), NINE + timedelta(days=1, hours=1)),
    stamp=HAPPENING.stamp + HOUR,
    changed_at=HAPPENING.changed_at + HOUR,
)
CANCELLED = replace(MOVED, sequence=2, stamp=MOVED.stamp + HOUR, changed_at=MOVED.changed_at + HOUR, is_cancelled=True)
AWAY = replace(
    HAPPENING,
    uid=uid_of("absence-7"),
    summary="Vacation",
    description="",
    location="",
    url="",
    days=(date(2026, 12, 24), date(2027, 1, 2)),
)

FILES = {
    "request": invitation(HAPPENING),
    "reschedule": invitation(MOVED),
    "cancel": invitation(CANCELLED),
    "publish": published(HAPPENING),
    "feed": feed([MOVED, AWAY], name="Hours of Zoë", refresh=HOUR),
}


def lines_of(file: CalendarFile) -> list[str]:
    """Return the unfolded lines, split as the RFC says and not as Python splits."""
    return file.text.replace("\r\n ", "").split("\r\n")


@pytest.mark.parametrize("name", FILES)
def test_stays_byte_for_byte_as_it_was(name: str) -> None:
    assert FILES[name].content == (GOLDEN / f"{name}.ics").read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_a_second_parser_accepts_it(name: str) -> None:
    calendar = ics.Calendar(FILES[name].text)
    event = next(event for event in calendar.events if event.uid == HAPPENING.uid)
    source = CANCELLED if name == "cancel" else MOVED if name in {"reschedule", "feed"} else HAPPENING
    assert (event.begin.datetime, event.end.datetime) == (source.span.starts, source.span.ends)
    assert (event.name, event.description) == (HAPPENING.summary, HAPPENING.description)
    assert event.status == ("CANCELLED" if name == "cancel" else "CONFIRMED")
    expected = {"request": "REQUEST", "reschedule": "REQUEST", "cancel": "CANCEL", "publish": "PUBLISH", "feed": None}
    assert calendar.method == expected[name] == (FILES[name].method and FILES[name].method.value)


@pytest.mark.parametrize("name", FILES)
def test_lines_are_folded_at_75_octets_and_end_in_cr_lf(name: str) -> None:
    content = FILES[name].content
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        # No character is torn in two.
        line.decode()


def test_an_invitation_has_what_rfc_5546_wants() -> None:
    lines = lines_of(FILES["request"])
    for expected in [
        "VERSION:2.0",
        "METHOD:REQUEST",
        f"UID:{HAPPENING.uid}",
        "SEQUENCE:0",
        "DTSTAMP:20261122T083000Z",
        "CREATED:20261122T082959Z",
        "LAST-MODIFIED:20261122T083000Z",
        "DTSTART:20261201T090000Z",
        "DTEND:20261201T100000Z",
        "STATUS:CONFIRMED",
        r"SUMMARY:Reports\; with Zoë Åkesson\, the 5\,000 rows\\month",
        'ORGANIZER;CN="Example Ltd, Customer Success":mailto:hours@company.example',
        "URL:https://success.example/portal/hours/5d0c0a3e/",
    ]:
        assert lines.count(expected) == 1, expected
    attendees = [line for line in lines if line.startswith("ATTENDEE;")]
    assert [line.rpartition(":mailto:")[2] for line in attendees] == ["ann@acme.example", "zoe@company.example"]
    assert [line.count("PARTSTAT=ACCEPTED") for line in attendees] == [1, 0]
    assert [line.count("PARTSTAT=NEEDS-ACTION") for line in attendees] == [0, 1]
    assert all("RSVP=FALSE" in line for line in attendees)


def test_a_published_file_and_a_feed_ask_nobody_to_answer() -> None:
    assert "ATTENDEE" not in FILES["publish"].text
    assert "ORGANIZER" in FILES["publish"].text
    assert "ATTENDEE" not in FILES["feed"].text
    assert "METHOD" not in FILES["feed"].text


def test_whole_days_have_no_hours() -> None:
    lines = lines_of(FILES["feed"])
    assert "DTSTART;VALUE=DATE:20261224" in lines
    assert "DTEND;VALUE=DATE:20270102" in lines


def test_an_invitation_of_nobody_is_refused() -> None:
    for lacking in (replace(HAPPENING, attendees=()), replace(HAPPENING, organizer=None)):
        with pytest.raises(ValueError, match="organizer and attendees"):
            invitation(lacking)


@pytest.mark.parametrize(
    ("address", "name", "expected"),
    [
        ("CS Platform <no-reply@localhost>", "", Party("CS Platform", "no-reply@localhost")),
        ("CS Platform <no-reply@localhost>", "Example Ltd", Party("Example Ltd", "no-reply@localhost")),
        ("no-reply@localhost", "", Party("no-reply@localhost", "no-reply@localhost")),
    ],
)
def test_the_organizer_is_who_sends(address: str, name: str, expected: Party) -> None:
    assert organizer_from(address, name) == expected


@pytest.mark.parametrize("order", list(permutations(["request", "reschedule", "cancel"])))
def test_a_client_ends_without_the_event_in_whatever_order_mails_arrive(order: tuple[str, ...]) -> None:
    client = CalendarClient()
    for name in order:
        client.apply(FILES[name].text)
    assert client.events == []


@pytest.mark.parametrize("order", [("request", "reschedule"), ("reschedule", "request")])
def test_a_client_ends_with_the_moved_event(order: tuple[str, ...]) -> None:
    client = CalendarClient()
    for name in (*order, "request"):
        client.apply(FILES[name].text)
    assert client.events == [(MOVED.span.starts, MOVED.span.ends)]


def test_without_a_higher_sequence_the_client_would_keep_the_old_time() -> None:
    """The control: a reschedule that keeps its SEQUENCE loses to what the calendar has."""
    client = CalendarClient()
    client.apply(invitation(MOVED).text)
    client.apply(invitation(replace(MOVED, sequence=0, span=HAPPENING.span)).text)
    assert client.events == [(MOVED.span.starts, MOVED.span.ends)]


WORDS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('\r\n\x0b\x0c\x1c\x85\u2028;:,\\"^ \t')),
    max_size=60,
).map(lambda text: text + "\r\nATTENDEE:mailto:evil@x.example\nEND:VEVENT\r\nBEGIN:VALARM")


@settings(max_examples=60, deadline=None)
@given(summary=WORDS, description=WORDS, location=WORDS, url=WORDS, name=WORDS, email=WORDS)
def test_no_words_can_add_a_line(
    summary: str, description: str, location: str, url: str, name: str, email: str
) -> None:
    file = invitation(
        replace(
            HAPPENING,
            summary=summary,
            description=description,
            location=location,
            url=f"https://x.example/{url}",
            organizer=Party(name, "hours@company.example"),
            attendees=(Party(name, f"a{email}"),),
        )
    )
    names = [line.partition(":")[0].partition(";")[0] for line in lines_of(file)]
    expected = [line.partition(":")[0].partition(";")[0] for line in lines_of(FILES["request"])]
    # One attendee less than in the golden file.
    expected.remove("ATTENDEE")
    assert names == expected
    # Neither do parsers that split lines wherever Python does.
    [event] = icalendar.Calendar.from_ical(file.content).walk("VEVENT")
    assert event.subcomponents == []
    assert event["sequence"] == 0
    assert [event.uid for event in ics.Calendar(file.text).events] == [HAPPENING.uid]
