"""The forms of proposals."""

from typing import Any

from django import forms

from accounts.models import User
from accounts.permissions import may
from newsletters.models import Issue, Proposal, Topic
from newsletters.queries.proposals import issues_to_plan_in


class ProposalForm(forms.Form):
    """What is proposed."""

    title = forms.CharField(max_length=200, label="What about?", help_text="In a few words, as customers would say it.")
    body = forms.CharField(
        required=False,
        max_length=5000,
        label="Why, and what it should say",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    topic = forms.ModelChoiceField(
        queryset=Topic.objects.filter(is_open=True), required=False, empty_label="Not decided"
    )
    customers_may_vote = forms.BooleanField(
        required=False, label="Let customers vote on it in the portal", help_text="They see the title and the text."
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may(user, "newsletter.edit"):
            del self.fields["customers_may_vote"]

    @staticmethod
    def initial_of(proposal: Proposal) -> dict[str, Any]:
        """Return what the form shows first for this proposal."""
        return {name: getattr(proposal, name) for name in ProposalForm.base_fields}


class PlanForm(forms.Form):
    """In which issue a proposal is planned."""

    issue = forms.ModelChoiceField(queryset=Issue.objects.none(), empty_label="Choose an issue")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: forms.ModelChoiceField = self.fields["issue"]  # type: ignore[assignment]
        choice.queryset = issues_to_plan_in()


class DeclineForm(forms.Form):
    """Why a proposal is declined."""

    why = forms.CharField(
        max_length=300, label="Why", help_text="Whoever proposed it reads it, such as “Covered in September”."
    )
