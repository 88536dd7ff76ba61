"""Forms of an issue: begin one, its details, its day, its approval."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Count, QuerySet

from accounts.forms.choices import spoken_languages
from accounts.models import User
from newsletters.actions.issues import FACTS, proposals_to_take
from newsletters.models import Issue, NewsletterSettings, Proposal, Topic
from newsletters.queries.calendar import YEARS

MOST_OFFERED = 30


def open_topics(also: int | None = None) -> QuerySet[Topic]:
    """Return the topics that take new issues, and the one that an issue has already."""
    wanted = Topic.objects.filter(is_open=True)
    return wanted if also is None else wanted | Topic.objects.filter(pk=also)


class DateInput(forms.DateInput):
    """A day, by the browser's own calendar."""

    input_type = "date"

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%Y-%m-%d", **options)


class DayField(forms.DateField):
    """A day of the years that the editorial calendar shows: those at the end of all dates have none on other clocks."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", DateInput)
        super().__init__(**options)

    def validate(self, value: date | None) -> None:
        """Refuse a day that nobody means."""
        super().validate(value)
        if value is not None and value.year not in YEARS:
            raise forms.ValidationError(f"Choose a day between {YEARS[0]} and {YEARS[-1]}.", code="no_such_year")


class ProposalsField(forms.ModelMultipleChoiceField):
    """Proposals with their votes."""

    def label_from_instance(self, proposal: Proposal) -> str:
        """Return the title and who wants it."""
        votes = getattr(proposal, "vote_count", 0)
        return f"{proposal.title} ({votes} vote{'' if votes == 1 else 's'})" if votes else proposal.title


class NewIssueForm(forms.Form):
    """How a new issue begins."""

    title = forms.CharField(
        max_length=200, help_text="For the team and the archive. It is the subject too, until you write another."
    )
    topic = forms.ModelChoiceField(
        queryset=Topic.objects.none(), empty_label="Choose a topic", help_text="Contacts who declined it don’t get it."
    )
    planned_on = DayField(required=False, label="Planned for", help_text="Its day in the calendar. You can move it.")
    proposals = ProposalsField(
        queryset=Proposal.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Begin with proposals",
        help_text="Each becomes a block of text to write on.",
    )
    copy_of = forms.ModelChoiceField(
        queryset=Issue.objects.none(),
        required=False,
        empty_label="Nothing: begin with an empty page",
        label="Begin with a copy of",
        help_text="Its content, details and audience. Its approval and its time are not copied.",
    )

    def __init__(self, *args: Any, chosen: int | None = None, copied: Issue | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "topic", open_topics())
        offered = proposals_to_take().annotate(vote_count=Count("votes")).order_by("-vote_count", "-created_at")
        offered_ids = list(offered.values_list("pk", flat=True)[:MOST_OFFERED])
        if chosen is not None:
            offered_ids.append(chosen)
        _choices(self, "proposals", offered.filter(pk__in=offered_ids))
        latest = list(Issue.objects.order_by("-created_at", "-pk").values_list("pk", flat=True)[:50])
        if copied is not None:
            latest.append(copied.pk)
        _choices(self, "copy_of", Issue.objects.filter(pk__in=latest).order_by("-created_at", "-pk"))
        if not offered_ids and not self.is_bound:
            del self.fields["proposals"]

    def clean(self) -> dict[str, Any]:
        """Refuse two beginnings at once."""
        cleaned = super().clean() or {}
        if cleaned.get("copy_of") and cleaned.get("proposals"):
            self.add_error("copy_of", "Begin either with proposals or with a copy.")
        return cleaned


class DetailsForm(forms.Form):
    """What stands around the content: subject, sender, topic."""

    subject = forms.CharField(
        max_length=200, required=False, help_text="What it is about, in a few words. 40 to 60 letters show on a phone."
    )
    preheader = forms.CharField(
        max_length=200,
        required=False,
        label="Preview line",
        help_text="What mail programs show behind the subject. Empty: the beginning of the content.",
    )
    subject_b = forms.CharField(
        max_length=200,
        required=False,
        label="Second subject",
        help_text="Leave it empty unless you want to try two subjects against each other.",
    )
    ab_percent = forms.IntegerField(
        min_value=2, max_value=100, label="Tried on", help_text="Per cent of the recipients, half each."
    )
    ab_hours = forms.IntegerField(
        min_value=1, max_value=72, label="For", help_text="Hours. Then all others get the better one."
    )
    ab_by = forms.ChoiceField(choices=Issue.Winner.choices, label="The better one has more")
    sender_name = forms.CharField(max_length=120, required=False)
    reply_to = forms.EmailField(required=False, label="Answers go to")
    topic = forms.ModelChoiceField(queryset=Topic.objects.none(), empty_label=None)
    language = forms.ChoiceField(choices=spoken_languages, help_text="Screen readers speak it in this language.")
    title = forms.CharField(max_length=200, label="Title for the team and the archive")
    in_archive = forms.BooleanField(required=False, label="Show it in the archive once it is sent")
    mark = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, issue: Issue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "topic", open_topics(issue.topic_id))
        house = NewsletterSettings.current()
        self.fields["sender_name"].help_text = f"Empty: {house.sender_name or 'the company’s name'}."
        self.fields["reply_to"].help_text = f"Empty: {house.reply_to or 'the address it is sent from'}."
        for name in ("subject", "preheader", "subject_b"):
            self.fields[name].widget.attrs["data-takes-variables"] = "yes"

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the action takes."""
        return {name: self.cleaned_data[name] for name in FACTS}

    @staticmethod
    def initial_of(issue: Issue) -> dict[str, Any]:
        """Return what the form shows first for this issue."""
        return {name: getattr(issue, name) for name in FACTS}


class PlanForm(forms.Form):
    """Its day in the editorial calendar."""

    planned_on = DayField(
        required=False,
        widget=DateInput(attrs={"data-autofocus": "yes"}),
        label="Planned for",
        help_text="Empty: no day.",
    )


class FilterForm(forms.Form):
    """What narrows the list of issues."""

    q = forms.CharField(required=False, max_length=200)
    topic = forms.ModelChoiceField(queryset=Topic.objects.all(), required=False, empty_label="All topics")
    mine = forms.BooleanField(required=False)


class AskForm(forms.Form):
    """Whom to ask for approval."""

    reviewer = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        empty_label="Whoever may approve",
        help_text="Gets a mail. Everybody who may approve can still decide.",
    )
    note = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What to look at in particular.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "reviewer", people)


class DecideForm(forms.Form):
    """What a second person says."""

    comment = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed to send it back: what should change.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


def _choices(form: forms.Form, name: str, rows: QuerySet) -> None:
    chooser: forms.ModelChoiceField = form.fields[name]  # type: ignore[assignment]
    chooser.queryset = rows
