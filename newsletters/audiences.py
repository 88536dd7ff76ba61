"""Whom an audience means: the contacts themselves, how many, who is left out and why, and all of it in words."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel.core import Locale, UnknownLocaleError
from django.db.models import Case, CharField, Count, F, Func, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import In

from accounts.models import CompanySettings, Contact, Customer, Tier
from newsletters.models import Audience, Channel, Topic
from newsletters.models.audiences import everybody
from newsletters.queries import wishes
from segments.conditions import sql, trees
from segments.conditions.fields import AUDIENCE_FIELDS
from segments.conditions.sentences import sentence as tree_in_words
from segments.conditions.trees import Node

# Why somebody of the audience gets nothing, in the order in which it is judged; the first that holds is told.
GONE = "No longer with the customer"
SUPPRESSED = "Their address gets no mail"
DECLINED = "Declined it"
NOT_ASKED = "Have not asked for this topic, which needs it"
TWICE = "Same address as another contact: gets it once"


@dataclass(frozen=True)
class AudienceContent:
    """What an audience says, also one that is not saved yet; topics, contacts and customers by id."""

    tiers: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    conditions: dict[str, Any] = field(default_factory=everybody)
    topics: list[int] = field(default_factory=list)
    decision_makers_only: bool = False
    only_picked: bool = False
    contacts: list[int] = field(default_factory=list)
    customers: list[int] = field(default_factory=list)


AnyAudience = Audience | AudienceContent


@dataclass(frozen=True)
class AudienceCount:
    """How many contacts get it, and how many of the audience do not, with why."""

    total: int
    excluded: list[tuple[str, int]]


def recipients(audience: AnyAudience, *, channel: str, topic: Topic | None, today: date) -> QuerySet[Contact]:
    """Return the contacts who get it: active, of customers that are not merged away, willing; one an address for mail.

    Those who are the same person at two customers are there once, as the older contact.
    """
    found = willing(audience, channel=channel, topic=topic, today=today)
    return found.order_by("email", "pk").distinct("email") if channel == Channel.MAIL else found


def willing(audience: AnyAudience, *, channel: str, topic: Topic | None, today: date) -> QuerySet[Contact]:
    """Return the contacts who get it, in which an address may be there twice: what takes each once need not sort."""
    found = chosen(audience, channel=channel, today=today).filter(is_active=True)
    for _, unwilling in _refusals(channel, topic):
        found = found.exclude(unwilling)
    return found


def chosen(audience: AnyAudience, *, channel: str, today: date) -> QuerySet[Contact]:
    """Return the contacts that the audience means, whether they want it or not."""
    content = content_of(audience)
    contacts = Contact.objects.filter(customer__merged_into=None)
    picked = Q(pk__in=content.contacts) | Q(customer__in=content.customers)
    if content.only_picked:
        return contacts.filter(picked)
    described = _described(content, channel, today)
    is_narrowed_and_picked = described and (content.contacts or content.customers)
    return contacts.filter(described | picked if is_narrowed_and_picked else described)


def tally(audience: AnyAudience, *, channel: str, topic: Topic | None, today: date) -> AudienceCount:
    """Return how many get it and how many do not, with why; one query."""
    reasons = [(GONE, Q(is_active=False)), *_refusals(channel, topic)]
    why = Case(*(When(holds, then=Value(words)) for words, holds in reasons), default=Value(""))
    rows = (
        chosen(audience, channel=channel, today=today)
        .annotate(why=why)
        .order_by()
        .values_list("why")
        .annotate(contacts=Count("pk"), addresses=Count("email", distinct=True))
    )
    counted = {words: (contacts, addresses) for words, contacts, addresses in rows}
    contacts, addresses = counted.pop("", (0, 0))
    excluded = [(words, counted[words][0]) for words, _ in reasons if words in counted]
    if channel != Channel.MAIL:
        return AudienceCount(contacts, excluded)
    if contacts > addresses:
        excluded.append((TWICE, contacts - addresses))
    return AudienceCount(addresses, excluded)


def sample(
    audience: AnyAudience,
    *,
    channel: str,
    topic: Topic | None,
    today: date,
    limit: int = 10,
    visible: QuerySet[Customer] | None = None,
) -> list[Contact]:
    """Return some who get it, each with the customer; `visible` narrows them to customers that a person may see."""
    found = willing(audience, channel=channel, topic=topic, today=today).select_related("customer")
    if visible is not None:
        found = found.filter(customer__in=visible)
    # Twice as many, because an address that is there twice is shown once.
    by_address = {contact.email: contact for contact in reversed(found.order_by("pk")[: 2 * limit])}
    return sorted(by_address.values(), key=lambda contact: contact.pk)[:limit]


def sentence(audience: AnyAudience) -> str:
    """Return the audience in words: "Contacts of high touch customers who speak German; and 2 picked by hand"."""
    content = content_of(audience)
    picks = []
    if contacts := len(content.contacts):
        picks.append(f"{contacts} {'contact' if contacts == 1 else 'contacts'} picked by hand")
    if customers := len(content.customers):
        picks.append(f"all contacts of {customers} picked {'customer' if customers == 1 else 'customers'}")
    parts = [] if content.only_picked else [_description(content)]
    if picks:
        parts.append(" and ".join(picks))
    said = "; besides ".join(parts) or "nobody yet"
    return said[:1].upper() + said[1:]


def content_of(audience: AnyAudience) -> AudienceContent:
    """Return what the audience says; two queries for a saved one."""
    if isinstance(audience, AudienceContent):
        return audience
    picks = list(audience.picks.order_by("pk").values_list("contact", "customer"))
    return AudienceContent(
        tiers=audience.tiers,
        languages=audience.languages,
        conditions=audience.conditions,
        topics=list(audience.topics.values_list("pk", flat=True)),
        decision_makers_only=audience.decision_makers_only,
        only_picked=audience.only_picked,
        contacts=[contact for contact, _ in picks if contact],
        customers=[customer for _, customer in picks if customer],
    )


def tree_of(audience: AnyAudience) -> Node:
    """Return the conditions; what asks about a field that is gone holds for nobody."""
    fields = sql.current_fields(AUDIENCE_FIELDS)
    return trees.parse(audience.conditions, fields, lenient=True, may_be_empty=True)


def _described(content: AudienceContent, channel: str, today: date) -> Q:
    found = Q()
    if content.tiers:
        found &= Q(customer__tier__in=content.tiers)
    if content.languages:
        found &= _speaks(content.languages)
    if content.decision_makers_only:
        found &= Q(is_decision_maker=True)
    tree = tree_of(content)
    if next(trees.conditions_in(tree), None) is not None:
        found &= Q(customer__in=Customer.objects.filter(sql.compile_tree(tree, today=today)))
    if content.topics:
        found &= Q(wishes.asked_for(Q(topic__in=content.topics), channel))
    return found


def _speaks(languages: list[str]) -> Q:
    """Return whether the contact's language, else its customer's, else the company's is among them.

    Where only "en" is asked for, "en-GB" is meant too.
    """
    spoken = Coalesce(
        NullIf(F("language"), Value("")),
        NullIf(F("customer__language"), Value("")),
        Value(CompanySettings.current().language),
    )
    main = Func(
        Func(spoken, Value("_"), Value("-"), function="replace"),
        Value("-"),
        Value(1),
        function="split_part",
        output_field=CharField(),
    )
    return Q(In(spoken, languages)) | Q(In(main, languages))


def _refusals(channel: str, topic: Topic | None) -> list[tuple[str, Q]]:
    """Return why a contact who is there gets nothing, each with what it holds for; suppression is about mail."""
    reasons = [(SUPPRESSED, Q(wishes.suppressed()))] if channel == Channel.MAIL else []
    reasons.append((DECLINED, Q(wishes.refuses(topic, channel))))
    if topic is not None and topic.needs_consent:
        reasons.append((NOT_ASKED, ~Q(wishes.asked_for(Q(topic=topic), channel))))
    return reasons


def _description(content: AudienceContent) -> str:
    who = "decision makers" if content.decision_makers_only else "contacts"
    tiers = [Tier(one).label.lower() for one in Tier.values if one in content.tiers]
    words = f"{who} of {_listed(tiers)} customers" if tiers else f"{who} of all customers"
    tree = tree_of(content)
    if next(trees.conditions_in(tree), None) is not None:
        said = tree_in_words(tree, currency=CompanySettings.current().currency)
        words += f" with {said[:1].lower() + said[1:] if said[1:2].islower() else said}"
    if content.languages:
        words += f", who speak {_listed([language_name(code) for code in content.languages])}"
    if content.topics:
        names = list(Topic.objects.filter(pk__in=content.topics).values_list("name", flat=True))
        words += f", who asked for {_listed(names or ['a topic that is gone'])}"
    return words


def language_name(code: str) -> str:
    """Return the language's name in English, or the code where it has none."""
    try:
        return Locale.parse(code, sep="-").get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
