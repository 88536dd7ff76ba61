"""What several pages of what-ifs show: figures beside today, changes in words, what was saved."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from babel.dates import format_date
from django.urls import reverse

from accounts.access import people_within
from accounts.models import CompanySettings, User
from accounts.permissions import may
from core.errors import Invalid
from core.reading import current_locale
from segments.forms.scenarios.changes import ChangesForms
from segments.models import Scenario
from segments.queries.scenarios import Comparison, Looked, compare
from segments.scenarios import comparing
from segments.scenarios.changes import Changes
from segments.scenarios.outcome import Outcome
from segments.scenarios.portfolios import NOBODY
from segments.scenarios.reading import read_changes
from segments.scenarios.sentences import Saying, Speaker

NOT_YOURS = "Changes about people who are not in your teams are left out here."
UNREADABLE = "Some of these changes cannot be read any more, so the scenario begins anew."
# Where changes are made for real, and what it takes to be let in.
REAL = {
    "rule_sets": "rules.view",
    "limits": "portfolio.view",
    "capacity_settings": "capacity.settings",
    "person": "team.view",
    "person_hours": "hours.edit",
    "person_limit": "limits.edit",
    "invite": "people.manage",
}


def figures_of(user: User, compared: Comparison) -> dict[str, Any]:
    """Return what the figures of one scenario beside today show."""
    looked, today = compared.scenarios[0], compared.today
    outcome, seen, speaker = looked.outcome, people_seen(user), speaker_here()
    is_changed = not looked.changes.is_empty
    shown = [(comparing.TODAY, today), *([("With these changes", outcome)] if is_changed else [])]
    return {
        "outcome": outcome,
        "today": today,
        "is_changed": is_changed,
        "gone": looked.gone,
        "headline": speaker.headline(outcome, today if is_changed else None),
        "moves": speaker.moves(outcome, today),
        "figures": _key_figures(outcome, today, speaker),
        "placed_today": _placed(today),
        "tiers": comparing.tier_lines(outcome, today),
        "people": comparing.person_lines(outcome, today, seen),
        "hidden_people": sum(1 for one in today.people if one.person_id not in seen),
        "teams": comparing.team_lines(outcome, today, seen),
        "left": [(tier, left) for tier, left in outcome.left.items() if left.total.customers],
        "chart": comparing.weeks_chart(shown, short_day),
        # A chart that takes another one's place has another name, or htmx would carry the styles of the old one over.
        "chart_id": f"weeks-{uuid4().hex[:8]}",
        "sayings": sayings_of(user, looked, compared, seen),
    }


def _key_figures(outcome: Outcome, today: Outcome, speaker: Speaker) -> list[tuple[str, comparing.Cell]]:
    lines = {line.label: line.cells[1] for line in comparing.side_by_side(today, [("", outcome)], speaker)}
    return [(label, lines[label]) for label in comparing.KEY_FIGURES]


def _placed(today: Outcome) -> int:
    """Return how many customers the next filling would place even without any change."""
    return sum(1 for one in (today.places or {}).values() if one.account.person is None and one.person != NOBODY)


def sayings_of(user: User, looked: Looked, compared: Comparison, seen: set[int]) -> list[tuple[Saying, str]]:
    """Return each change in words with the address where it is made for real, empty where the person may not."""
    names = compared.company.names

    def name_of(person: int) -> str:
        return names.get(person, "Somebody") if person in seen else "A CSM of another team"

    said = speaker_here().changes(looked.changes, compared.company, name_of)
    return [(saying, _address(user, saying, seen)) for saying in said]


def _address(user: User, saying: Saying, seen: set[int]) -> str:
    if saying.person is not None and saying.person not in seen:
        return ""
    return reverse(saying.address, args=saying.args) if may(user, REAL[saying.address]) else ""


def compared_anyway(scenarios: list[Changes]) -> tuple[Comparison, list[str]]:
    """Return what comes of saved scenarios; one whose threshold a rule does not take any more stands without it."""
    try:
        return compare(scenarios), []
    except Invalid as error:
        left = [replace(changes, thresholds={}) for changes in scenarios]
        return compare(left), [f"{error.message} Thresholds are left out."]


def worked_out(forms: ChangesForms, changes: Changes | None) -> Comparison | None:
    """Return what comes of the changes; None where they can't be worked out, which the forms say."""
    if changes is None:
        return None
    try:
        return compare([changes])
    except Invalid as error:
        forms.refuse(error)
        return None


def stored_changes(found: Scenario) -> tuple[Changes, list[str]]:
    """Return the changes as they were saved, and a sentence where they can't be read any more."""
    try:
        return read_changes(found.changes), []
    except Invalid:
        return Changes(), [UNREADABLE]


def people_seen(user: User) -> set[int]:
    """Return the ids of the people whose capacity the person sees."""
    return set(people_within(user, "capacity.view").values_list("pk", flat=True))


def speaker_here() -> Speaker:
    """Return who says figures in the reader's language and the company's currency."""
    return Speaker(current_locale(), CompanySettings.current().currency)


def short_day(day: Any) -> str:
    """Return a day without its year."""
    return format_date(day, "d MMM", locale=current_locale())


def crumbs_back() -> list[tuple[str, str]]:
    """Return the way back, for the head of a page about one scenario or several."""
    return [("What-if", reverse("scenarios"))]
