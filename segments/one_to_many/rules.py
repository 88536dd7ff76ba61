"""How much attention customers without a CSM lack, who could give it, and what follows; minutes are a quarter's."""

from dataclasses import dataclass
from enum import StrEnum

QUARTER_WEEKS = 13
# A webinar and a booked hour both last an hour: a seat in a webinar gives a customer an hour of attention.
HOUR = 60
# A person's quarter at full time, where nobody's calendar says otherwise: 40 hours a week, before the target.
FULL_TIME_MINUTES = QUARTER_WEEKS * 40 * HOUR
# A team keeps up where at most one customer in ten without a CSM is left alone.
MOST_LEFT_ALONE = 0.1
# Less work than half a person's does not make a team: somebody takes it on beside other work.
SHARE_THAT_MAKES_A_TEAM = 0.5


@dataclass(frozen=True)
class Terms:
    """What a customer without a CSM should get in a quarter, and what a webinar takes and gives.

    `webinar_share` is the per cent of the attention that a webinar gives as well as an hour of one's own.
    """

    attention_minutes: int
    webinar_seats: int
    webinar_minutes: int
    webinar_share: int


@dataclass(frozen=True)
class Plan:
    """A way to give the attention: hours of customers' own, and webinars with their preparation."""

    own_minutes: int
    webinars: int = 0
    webinar_work: int = 0

    @property
    def minutes(self) -> int:
        """Return the work of both."""
        return self.own_minutes + self.webinar_work


@dataclass(frozen=True)
class Team:
    """People with what they can still give in the quarter."""

    people: int = 0
    minutes: int = 0

    @property
    def per_person(self) -> int:
        """Return the minutes of one of them on average; 0 where there is nobody."""
        return self.minutes // self.people if self.people else 0


class Answer(StrEnum):
    """What to say first."""

    NO_CUSTOMERS = "no_customers"
    EVERYBODY_HAS_A_CSM = "everybody_has_a_csm"
    NOT_YET = "not_yet"
    KEEPS_UP = "keeps_up"
    HAVE_THE_HOURS = "have_the_hours"
    ENLARGE = "enlarge"
    YES = "yes"


def attention_of(customers: int, terms: Terms) -> int:
    """Return the minutes of attention that these customers should get."""
    return customers * terms.attention_minutes


def by_queue(attention: int) -> Plan:
    """Return the plan that gives every minute in hours of customers' own."""
    return Plan(own_minutes=attention)


def with_webinars(attention: int, terms: Terms) -> Plan:
    """Return the plan in which webinars give their share, and booked hours the rest.

    Webinars without a seat give nothing, so everything is left to booked hours.
    """
    shared = attention * terms.webinar_share // 100 if terms.webinar_seats > 0 else 0
    webinars = -(-shared // (HOUR * terms.webinar_seats)) if shared else 0
    return Plan(attention - shared, webinars, webinars * terms.webinar_minutes)


def lighter(one: Plan, other: Plan) -> Plan:
    """Return the plan with less work; the first where they take the same."""
    return other if other.minutes < one.minutes else one


def quarter_of(specialists: Team, csms: Team, target: int) -> int:
    """Return the minutes that one more specialist would have.

    As those there are; where there are none, a full time at the target (per cent).
    """
    return specialists.per_person or max(1, FULL_TIME_MINUTES * target // 100)


def people_for(minutes: int, per_person: int) -> int:
    """Return how many people this work takes, each with so many minutes."""
    return -(-minutes // max(1, per_person))


def answer(
    *,
    customers: int,
    without_csm: int,
    left_alone: int,
    attention: int,
    plan: Plan,
    specialists: Team,
    csm_spare: int,
    per_person: int,
) -> Answer:
    """Return the answer: whether what is left undone is more than CSMs can spare and worth people of its own."""
    if not customers:
        return Answer.NO_CUSTOMERS
    if not without_csm:
        return Answer.EVERYBODY_HAS_A_CSM
    if specialists.people:
        if left_alone <= without_csm * MOST_LEFT_ALONE:
            return Answer.KEEPS_UP
        return Answer.HAVE_THE_HOURS if plan.minutes <= specialists.minutes else Answer.ENLARGE
    is_small = attention - csm_spare < per_person * SHARE_THAT_MAKES_A_TEAM
    return Answer.NOT_YET if is_small else Answer.YES
