"""The sample's customers, contacts and subscriptions as rows of three files, drawn from one seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from demo.sample import world

Row = dict[str, object]
NAME_ATTEMPTS = 12

# How customers spread over the stages; the rest is in adoption.
STAGES = (("lead", 0.03), ("trial", 0.06), ("onboarding", 0.07), ("renewal", 0.10), ("churned", 0.08))
# Monthly price of a seat in the sample's price list, in the subscription's currency.
SEAT_PRICES = {"Starter": 9, "Team": 19, "Business": 32, "Enterprise": 49}


@dataclass
class SampleCustomer:
    """One invented customer with all that belongs to it."""

    facts: Row
    stage: str
    contacts: list[Row] = field(default_factory=list)
    subscriptions: list[Row] = field(default_factory=list)


def sample_customers(count: int, seed: int, today: date) -> Iterator[SampleCustomer]:
    """Yield `count` customers, the same for the same seed and day; Acme and Globex come first."""
    dice = random.Random(seed)
    names: set[str] = set()
    for number in range(1, count + 1):
        yield _customer(number, dice, names, today)


def _customer(number: int, dice: random.Random, names: set[str], today: date) -> SampleCustomer:
    name = {1: "Acme", 2: "Globex"}.get(number) or _name(dice, names)
    place = world.PLACES[0] if number <= 2 else dice.choices(world.PLACES, [p.share for p in world.PLACES])[0]
    stage = "adoption" if number <= 2 else _stage(dice)
    seats = {1: 420, 2: 90}.get(number) or _seats(dice, stage)
    edition = "Business" if number <= 2 else _edition(dice, seats)
    signed_up = today - timedelta(days=_age_days(dice, stage))
    domain = f"{name.lower().replace(' ', '-')}.example"
    strategic = number > 2 and stage in ("adoption", "renewal") and dice.random() < 0.012
    facts: Row = {
        "external_id": f"C-{number:06d}",
        "name": name,
        "domain": domain,
        "country": place.country,
        "industry": dice.choice(world.INDUSTRIES),
        "language": place.language,
        "time_zone": dice.choice(place.time_zones),
        "is_brand": "yes" if number == 1 or (seats > 150 and dice.random() < 0.06) else "no",
        "is_strategic": "yes" if strategic else "no",
        "edition": edition,
        "seats": seats,
        "stage": stage,
        "tags": ", ".join(sorted(dice.sample(world.TAGS, dice.choice((0, 0, 1, 1, 2))))),
        "signed_up_on": signed_up.isoformat(),
        "crm_segment": dice.choice(("Direct", "Partner", "Inbound")),
        "health_score": dice.randint(25, 98) if stage in ("adoption", "renewal") else "",
    }
    customer = SampleCustomer(facts, stage)
    customer.contacts = list(_contacts(number, dice, place, domain, seats))
    customer.subscriptions = list(_subscriptions(number, dice, place, stage, edition, seats, signed_up, today))
    return customer


def _name(dice: random.Random, taken: set[str]) -> str:
    """Return a name that nobody has yet; only a very large company runs out of words and numbers its customers."""
    for attempt in range(NAME_ATTEMPTS):
        name = f"{dice.choice(world.NAME_STARTS)} {dice.choice(world.NAME_ENDS)}"
        if attempt > 1:
            name = f"{name} {dice.choice(world.NAME_TAILS)}"
        if name not in taken:
            break
    else:
        name = f"{name} {len(taken)}"
    taken.add(name)
    return name


def _stage(dice: random.Random) -> str:
    draw = dice.random()
    for stage, share in STAGES:
        if draw < share:
            return stage
        draw -= share
    return "adoption"


def _seats(dice: random.Random, stage: str) -> int:
    size = int(dice.lognormvariate(3.45, 1.05))
    return max(1, min(size, 40 if stage in ("lead", "trial") else 900))


def _edition(dice: random.Random, seats: int) -> str:
    step = 0 if seats < 10 else 1 if seats < 40 else 2 if seats < 150 else 3
    return world.EDITIONS[max(0, min(3, step + dice.choice((-1, 0, 0, 0, 1))))]


def _age_days(dice: random.Random, stage: str) -> int:
    ranges = {"lead": (0, 20), "trial": (1, 28), "onboarding": (5, 85), "adoption": (90, 1900), "renewal": (300, 1900)}
    return dice.randint(*ranges.get(stage, (200, 1900)))


def _contacts(number: int, dice: random.Random, place: world.Place, domain: str, seats: int) -> Iterator[Row]:
    fixed = {1: ("Connie", "Tacoma"), 2: ("Tac", "Gordon")}.get(number)
    for index in range(1 if seats < 8 else dice.randint(1, 4)):
        first, last = fixed if fixed and index == 0 else (dice.choice(place.first_names), dice.choice(place.last_names))
        yield {
            "external_id": f"P-{number:06d}-{index + 1}",
            "customer": f"C-{number:06d}",
            "first_name": first,
            "last_name": last,
            "email": f"contact@{domain}" if fixed and index == 0 else f"person{index + 1}@{domain}",
            "phone": f"+{dice.randint(1, 98)} 555 {dice.randint(1000, 9999)}",
            "job_title": dice.choice(world.JOB_TITLES),
            "language": place.language,
            "is_decision_maker": "yes" if index == 0 else "no",
        }


def _subscriptions(
    number: int,
    dice: random.Random,
    place: world.Place,
    stage: str,
    edition: str,
    seats: int,
    signed_up: date,
    today: date,
) -> Iterator[Row]:
    if stage == "lead":
        return
    if stage == "trial":
        yield _subscription(number, 1, place, edition, seats, 0, signed_up, signed_up + timedelta(days=30), trial=True)
        return
    terms = _terms(dice, stage, signed_up, today)
    for index, (start, end) in enumerate(terms, start=1):
        # Customers grow into their seats: earlier terms were smaller.
        share = 0.55 + 0.45 * index / len(terms)
        monthly = round(max(1, int(seats * share)) * SEAT_PRICES[edition] * dice.uniform(0.78, 1.0), 2)
        yield _subscription(number, index, place, edition, max(1, int(seats * share)), monthly, start, end)
    if seats > 60 and stage != "churned" and dice.random() < 0.35:
        start = max(signed_up, today - timedelta(days=dice.randint(20, 400)))
        add_on = round(seats * dice.uniform(2, 6), 2)
        yield _subscription(number, 90, place, "Insights add-on", seats, add_on, start, terms[-1][1])


def _terms(dice: random.Random, stage: str, signed_up: date, today: date) -> list[tuple[date, date | None]]:
    """Return the contract terms one after another: yearly ones, the last running unless the customer left."""
    if stage == "churned":
        left = max(signed_up + timedelta(days=60), today - timedelta(days=dice.randint(5, 500)))
        return [(signed_up, left)]
    end = today + timedelta(days=dice.randint(4, 88) if stage == "renewal" else dice.randint(95, 360))
    terms: list[tuple[date, date | None]] = []
    start = end
    while start > signed_up:
        begin = max(signed_up, start - timedelta(days=365))
        terms.insert(0, (begin, start))
        start = begin
    if dice.random() < 0.2 and stage != "renewal":
        terms[-1] = (terms[-1][0], None)
    return terms


def _subscription(
    number: int,
    index: int,
    place: world.Place,
    edition: str,
    seats: int,
    mrr: float,
    start: date,
    end: date | None,
    *,
    trial: bool = False,
) -> Row:
    return {
        "external_id": f"S-{number:06d}-{index}",
        "customer": f"C-{number:06d}",
        "edition": edition,
        "seats": seats,
        "billing": "monthly" if end is None else "annual",
        "currency": place.currency,
        "mrr": mrr,
        "starts_on": start.isoformat(),
        "ends_on": end.isoformat() if end else "",
        "is_trial": "yes" if trial else "no",
        "auto_renews": "yes" if end is None else "no",
    }
