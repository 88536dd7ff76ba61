"""Whether the team can carry its customers: one answer from the figures, which the page puts into a sentence."""

from dataclasses import dataclass, field
from enum import StrEnum

from segments.capacity.figures import PersonCapacity, State, TeamCapacity, WeekCapacity


class Answer(StrEnum):
    """What the page says first, the worst that holds."""

    NOBODY = "nobody"
    NOTHING_PROMISED = "nothing"
    # More is promised over the quarter than there is.
    SHORT = "short"
    # The quarter is enough, some weeks are not.
    SHORT_WEEKS = "weeks"
    # The team's weeks are enough, some people's next four are not.
    UNEVEN = "uneven"
    TIGHT = "tight"
    YES = "yes"


TONES = {
    Answer.SHORT: "bad",
    Answer.SHORT_WEEKS: "warn",
    Answer.UNEVEN: "warn",
    Answer.TIGHT: "warn",
    Answer.YES: "good",
}


@dataclass(frozen=True)
class Verdict:
    """The answer with what it rests on."""

    answer: Answer
    short_weeks: tuple[WeekCapacity, ...] = ()
    # CSMs with more promised in the next four weeks than they have, the shortest of hours first.
    over: tuple[PersonCapacity, ...] = ()
    # Minutes that the others have left meanwhile.
    room: float = 0.0
    past_limits: tuple[PersonCapacity, ...] = field(default=())

    @property
    def tone(self) -> str:
        """Return how good that is: good, warn, bad or neutral."""
        return TONES.get(self.answer, "neutral")

    @property
    def first(self) -> WeekCapacity | None:
        """Return the first week that is too short."""
        return self.short_weeks[0] if self.short_weeks else None

    @property
    def worst(self) -> WeekCapacity | None:
        """Return the week in which most is missing."""
        return max(self.short_weeks, key=lambda week: week.short, default=None)

    @property
    def short(self) -> float:
        """Return the minutes that are missing in the weeks that are too short."""
        return sum(week.short for week in self.short_weeks)

    @property
    def over_minutes(self) -> float:
        """Return the minutes that overloaded CSMs are short of in the next four weeks."""
        return sum(one.near.short for one in self.over)


def verdict_of(team: TeamCapacity) -> Verdict:
    """Return whether the team can carry its customers."""
    over = sorted((one for one in team.people if one.near.state == State.OVER), key=lambda one: -one.near.short)
    short_weeks = tuple(week for week in team.weeks if week.state == State.OVER)
    return Verdict(
        answer=_answer(team, bool(short_weeks), bool(over)),
        short_weeks=short_weeks,
        over=tuple(over),
        room=sum(one.near.room for one in team.people),
        past_limits=tuple(one for one in team.people if one.is_past_a_limit),
    )


def _answer(team: TeamCapacity, has_short_week: bool, has_over: bool) -> Answer:
    if not team.people:
        return Answer.NOBODY
    if team.whole.promised == 0:
        return Answer.NOTHING_PROMISED
    if team.whole.state == State.OVER:
        return Answer.SHORT
    if has_short_week:
        return Answer.SHORT_WEEKS
    if has_over:
        return Answer.UNEVEN
    return Answer.TIGHT if team.whole.state == State.TIGHT else Answer.YES
