"""Which column is which field: by its name first, and by its values where the name says nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from accounts.imports.fields import Field, Type
from accounts.imports.guessing.profiles import Profile
from accounts.imports.headers import CENTS, Words, words_of

# Words that only say whose column it is, for each kind of import.
_OWNERS: dict[str, frozenset[str]] = {
    "customers": frozenset(("customer", "account", "company", "client", "organization", "properties", "crm")),
    "contacts": frozenset(("contact", "person", "people", "user", "properties", "crm")),
    "subscriptions": frozenset(("subscription", "contract", "plan", "items", "item", "data", "properties", "0")),
}
# Fields whose names are common words: the values must agree almost everywhere.
_DOUBTFUL = (Type.STAGE, Type.STATUS, Type.BILLING, Type.YES_NO, Type.CHOICE)
# What can be told by the values alone, and a name that ends in such a word.
_TELLING = (Type.EMAIL, Type.COUNTRY, Type.DOMAIN, Type.CURRENCY, Type.TIME_ZONE, Type.LANGUAGE)
_BARE = {("customer",), ("account",), ("client",), ("company",), ("organization",), ("user", "id")}

# “Annual revenue” is what a company earns itself; a change is no amount; and a date is no money.
_PAID = {"price", "fee", "charge", "charges", "amount", "cost", "payment", "spend", "subscription", "recurring"}
_NOT_WHAT_IS_PAID = {
    "change", "delta", "growth", "new", "expansion", "contraction", "churned", "lost", "previous", "prior", "percent",
    "date", "at", "on", "start", "end", "id", "type", "name", "count", "budget", "plan", "billing", "frequency",
}  # fmt: skip

BY_NAME, BY_PART, BY_END, BY_VALUES = 100.0, 80.0, 50.0, 30.0
NEARLY_BY_NAME = 85.0
UNIQUE = 0.9
FEW = 5
NEEDED_FIT = 0.6
NEEDED_FIT_IF_DOUBTFUL = 0.8
NEEDED_FIT_BY_VALUES = 0.95


@dataclass(frozen=True)
class Match:
    """That a column may be a field, with how sure that is."""

    score: float
    profile: Profile
    field: Field
    by_values: bool = False


def match_columns(kind: str, profiles: list[Profile], fields: Mapping[str, Field]) -> dict[str, Match]:
    """Return the best match by column name; no field twice."""
    matches = [match for profile in profiles for match in _matches(kind, profile, fields.values())]
    chosen = _best(matches, {})
    return _best(_by_values(kind, profiles, fields, chosen), chosen)


def _best(matches: Iterable[Match], chosen: dict[str, Match]) -> dict[str, Match]:
    taken = {match.field.name for match in chosen.values()}
    for match in sorted(matches, key=lambda match: (-match.score, match.profile.position)):
        if match.profile.name not in chosen and match.field.name not in taken:
            chosen[match.profile.name] = match
            taken.add(match.field.name)
    return chosen


def _matches(kind: str, profile: Profile, fields: Iterable[Field]) -> Iterable[Match]:
    words = words_of(profile.name)
    for field in fields:
        score = _name_score(kind, words, field)
        if not score or not _fits_bare_name(words, field, profile):
            continue
        fit = profile.fit(field)
        if not _fits(field, fit, len(profile.distinct)):
            continue
        if field.name == "external_id":
            if score < NEARLY_BY_NAME and profile.uniqueness < UNIQUE:
                continue
            score *= 0.7 + 0.3 * profile.uniqueness
        yield Match(score * max(fit, 0.1), profile, field)


def _fits(field: Field, fit: float, texts: int) -> bool:
    """Tell whether enough of the values agree; a clear name is believed against a few odd ones."""
    if field.type in _DOUBTFUL:
        return fit >= NEEDED_FIT_IF_DOUBTFUL
    return fit >= NEEDED_FIT or texts < FEW


def _name_score(kind: str, words: Words, field: Field) -> float:
    money = tuple(word for word in words if word not in CENTS and word != "in") if field.type == Type.MONEY else words
    parts = _without_owners(words, _OWNERS[kind])
    best = BY_END if _money_of(words) == field.name else 0.0
    together = "".join(words)
    for place, name in enumerate(field.names):
        if name in (words, money) or "".join(name) == together:
            best = max(best, BY_NAME - 0.3 * place)
        elif name in parts:
            best = max(best, BY_PART - 0.3 * place)
        elif field.type in _TELLING and len(words) > len(name) and words[-len(name) :] == name:
            best = max(best, BY_END - 0.3 * place)
    return best


def _money_of(words: Words) -> str:
    """Return the field of an amount whose name says how often it is paid, whatever else it says."""
    told = set(words)
    if told & _NOT_WHAT_IS_PAID:
        return ""
    for name, often in (("mrr", {"monthly", "month"}), ("arr", {"annual", "annually", "yearly", "year"})):
        if name in told or (told & often and told & _PAID):
            return name
    return ""


def _without_owners(words: Words, owners: frozenset[str]) -> list[Words]:
    """Return the words without one or more of the words in front that only say whose column it is."""
    parts = []
    for place, word in enumerate(words[:-1], start=1):
        if word not in owners:
            break
        parts.append(words[place:])
    return parts


def _fits_bare_name(words: Words, field: Field, profile: Profile) -> bool:
    """Tell ids from names under a heading such as “Customer”, which is said of both."""
    if words not in _BARE or not profile.distinct:
        return True
    if field.type == Type.KEY:
        return profile.looks_like_ids
    return not (field.type == Type.TEXT and profile.looks_like_ids)


def _by_values(
    kind: str, profiles: list[Profile], fields: Mapping[str, Field], chosen: Mapping[str, Match]
) -> Iterable[Match]:
    taken = {match.field.name for match in chosen.values()}
    free = [profile for profile in profiles if profile.name not in chosen and profile.filled]
    wanted = _told_by_values(kind, fields, taken)
    for profile in free:
        for field in wanted:
            if profile.fit(field) >= NEEDED_FIT_BY_VALUES and _says_enough(profile, field):
                yield Match(BY_VALUES * profile.fit(field), profile, field, by_values=True)
    # One column of unknown words is a text, not a table of customers.
    if kind == "customers" and len(profiles) > 1 and not taken & {"external_id", "name"}:
        for profile in free:
            if profile.rows >= FEW and profile.uniqueness == 1 and profile.looks_like_keys:
                yield Match(BY_VALUES / 2, profile, fields["external_id"], by_values=True)


def _told_by_values(kind: str, fields: Mapping[str, Field], taken: set[str]) -> list[Field]:
    names = {"customers": ("domain", "time_zone"), "contacts": ("email",), "subscriptions": ("currency", "billing")}
    return [fields[name] for name in names[kind] if name not in taken]


def _says_enough(profile: Profile, field: Field) -> bool:
    texts = list(profile.distinct)[:50]
    if field.type == Type.DOMAIN:
        return len(texts) > 1 and not any("@" in text for text in texts)
    if field.type == Type.TIME_ZONE:
        return any("/" in text for text in texts)
    if field.type == Type.CURRENCY:
        return all(len(text) == 3 and text.isalpha() for text in texts)
    if field.type == Type.BILLING:
        return not any(text.isdigit() for text in texts)
    return True
