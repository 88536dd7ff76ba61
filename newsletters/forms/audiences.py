"""The form of an audience: who it is for by tier, topic, language and condition, and who is picked by hand."""

import json
import re
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.http import QueryDict

from accounts.access import contacts_within, visible_customers
from accounts.forms.choices import spoken_languages
from accounts.models import CompanySettings, Tier, User
from core.errors import Invalid
from newsletters.audiences import AnyAudience, AudienceContent, content_of, language_name
from newsletters.models import Channel, Topic
from newsletters.queries.languages import languages_in_use
from newsletters.queries.picks import contacts_by_address, picks_named
from segments.conditions import sql, trees
from segments.conditions.fields import AUDIENCE_FIELDS
from segments.conditions.trees import MAX_DEPTH
from segments.queries.condition_builder import fields_offered

PREFIX = "audience"
# More are better said as a condition; each one travels with the form.
MAX_PICKS = 1000
PICK = re.compile(r"(contact|customer):([0-9]{1,18})")
# What can be the code of a language that was offered a moment ago: "de", "pt-BR", "zh-Hant-TW".
LANGUAGE = re.compile(r"[A-Za-z0-9_-]{1,12}")


class PicksField(forms.MultipleChoiceField):
    """Contacts and customers by "contact:12" or "customer:5"; who they are is looked up where they are shown."""

    def valid_value(self, value: str) -> bool:
        """Tell whether the value can name somebody."""
        return PICK.fullmatch(value) is not None


class AudienceForm(forms.Form):
    """Whom something is for. Every name starts with "audience-", so that it stands inside any other form."""

    tiers = forms.MultipleChoiceField(
        choices=Tier.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen means every tier.",
    )
    languages = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="The contact’s language, else its customer’s. None chosen means every language.",
    )
    topics = forms.ModelMultipleChoiceField(
        Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Asked for",
        help_text="Only contacts who asked for one of these topics. None chosen means everybody.",
    )
    decision_makers_only = forms.BooleanField(required=False, label="Decision makers only")
    conditions = forms.CharField(required=False, widget=forms.HiddenInput, max_length=100_000)
    picked = PicksField(required=False, widget=forms.CheckboxSelectMultiple, label="Picked by hand")
    addresses = forms.CharField(
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off", "spellcheck": "false"}),
        label="Pick by address",
        help_text="Mail addresses of contacts, one a line or separated by commas.",
    )
    only_picked = forms.BooleanField(
        required=False, label="Nobody but who is picked", help_text="Everything else above is then left aside."
    )

    def __init__(
        self,
        data: Any = None,
        *,
        user: User,
        audience: AnyAudience | None = None,
        channel: str = Channel.MAIL,
        topic: Topic | None = None,
    ) -> None:
        """Take the audience that it shows first, and for whom it counts: contacts who get the topic on the channel."""
        self.user, self.channel, self.topic = user, channel, topic
        start = content_of(audience or AudienceContent())
        super().__init__(data, prefix=PREFIX, initial=_initial(start))
        self._fields = sql.current_fields(AUDIENCE_FIELDS)
        chosen = [code for code in self._sent("languages", start.languages) if LANGUAGE.fullmatch(code)]
        self.fields["languages"].choices = _languages(chosen)  # type: ignore[attr-defined]
        known = set(start.topics)
        open_topics = Topic.objects.filter(is_open=True) | Topic.objects.filter(pk__in=known)
        self.fields["topics"].queryset = open_topics  # type: ignore[attr-defined]
        picked = self._sent("picked", self.initial["picked"])
        named = picks_named(user, *_ids(one for one in picked if PICK.fullmatch(one)))
        self.fields["picked"].choices = [(one.key, one) for one in named]  # type: ignore[attr-defined]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*self.fields)

    @property
    def builder(self) -> dict[str, Any]:
        """Return what the builder of conditions needs."""
        return {
            "fields": fields_offered(self._fields),
            "currency": CompanySettings.current().currency,
            "depth": MAX_DEPTH,
            "tiers": [],
        }

    def clean_conditions(self) -> dict[str, Any]:
        """Return the checked tree; a name that is gone or a missing value is said in words."""
        raw = self.cleaned_data["conditions"].strip()
        try:
            tree = json.loads(raw) if raw else {"all": []}
            return trees.to_json(trees.parse(tree, self._fields, may_be_empty=True))
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError("The conditions could not be read.", code="bad_json") from error
        except Invalid as error:
            raise forms.ValidationError(error.message, code="bad_condition") from error

    def clean(self) -> dict[str, Any]:
        """Add who is picked by address, and refuse what nobody has."""
        cleaned = super().clean() or {}
        contacts, customers = _ids(cleaned.get("picked", []))
        wanted = [one for one in re.split(r"[\s,;<>]+", cleaned.get("addresses", "")) if "@" in one]
        found = contacts_by_address(self.user, wanted) if wanted else {}
        unknown = [one for one in dict.fromkeys(wanted) if one.lower() not in found]
        if unknown:
            named = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
            self.add_error("addresses", f"No contact whom you may see has {named}.")
        contacts = list(dict.fromkeys([*contacts, *(pk for ids in found.values() for pk in ids)]))
        if len(contacts) + len(customers) > MAX_PICKS:
            self.add_error("addresses", f"Pick at most {MAX_PICKS:,} by hand; say the rest as a condition.")
        cleaned |= {"contacts": contacts, "customers": self._pickable_customers(customers)}
        cleaned["contacts"] = self._pickable_contacts(contacts)
        return cleaned

    def content(self) -> AudienceContent:
        """Return what the valid form says."""
        cleaned = self.cleaned_data
        return AudienceContent(
            tiers=[one for one in Tier.values if one in cleaned["tiers"]],
            languages=cleaned["languages"],
            conditions=cleaned["conditions"],
            topics=[topic.pk for topic in cleaned["topics"]],
            decision_makers_only=cleaned["decision_makers_only"],
            only_picked=cleaned["only_picked"],
            contacts=cleaned["contacts"],
            customers=cleaned["customers"],
        )

    def _sent(self, name: str, initial: list[str]) -> list[str]:
        return list(cast(QueryDict, self.data).getlist(self.add_prefix(name))) if self.is_bound else initial

    def _pickable_contacts(self, ids: list[int]) -> list[int]:
        seen = set(contacts_within(self.user).filter(pk__in=ids).values_list("pk", flat=True))
        return [pk for pk in ids if pk in seen or f"contact:{pk}" in self.initial["picked"]]

    def _pickable_customers(self, ids: list[int]) -> list[int]:
        seen = set(visible_customers(self.user).filter(pk__in=ids).values_list("pk", flat=True))
        return [pk for pk in ids if pk in seen or f"customer:{pk}" in self.initial["picked"]]


def _initial(content: AudienceContent) -> dict[str, Any]:
    return {
        "tiers": content.tiers,
        "languages": content.languages,
        "topics": content.topics,
        "decision_makers_only": content.decision_makers_only,
        "conditions": json.dumps(content.conditions),
        "only_picked": content.only_picked,
        "picked": [*(f"customer:{pk}" for pk in content.customers), *(f"contact:{pk}" for pk in content.contacts)],
    }


def _ids(keys: Any) -> tuple[list[int], list[int]]:
    """Return the ids of the contacts and of the customers among the keys."""
    found: dict[str, list[int]] = {"contact": [], "customer": []}
    for kind, _, number in (key.partition(":") for key in keys):
        found[kind].append(int(number))
    return found["contact"], found["customer"]


def _languages(chosen: list[str]) -> list[tuple[str, str]]:
    """Return the languages that contacts or customers have, and those chosen, by name."""
    names = dict(spoken_languages())
    codes = {*languages_in_use(), *chosen}
    return sorted(((code, names.get(code) or language_name(code)) for code in codes), key=lambda one: one[1])
