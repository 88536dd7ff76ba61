"""The form of merging: for every field that differs the value that survives."""

from datetime import datetime
from typing import Any

from django import forms

from accounts.models import Customer
from accounts.queries.duplicates import Comparison

KEEP, MERGE = "keep", "merge"


class MergeForm(forms.Form):
    """One choice a differing field, named `take.<field>`, and why the two are one."""

    reason = forms.CharField(
        max_length=300, required=False, label="Why these two are one", help_text="Shown on the timeline."
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, *, rows: list[Comparison], keep: Customer, merge: Customer) -> None:
        super().__init__(data, initial={"seen": f"{keep.updated_at.isoformat()} {merge.updated_at.isoformat()}"})
        self._keep, self._merge = keep, merge
        self.rows = [row for row in rows if row.differs]
        self.alike = [row for row in rows if not row.differs and row.keep not in ("", "no")]
        for row in self.rows:
            self.fields[f"take.{row.name}"] = forms.ChoiceField(
                label=row.label,
                choices=[(KEEP, row.keep or "empty"), (MERGE, row.merge or "empty")],
                widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
                initial=MERGE if row.takes_merged else KEEP,
                required=False,
            )

    def table(self) -> list[tuple[Comparison, forms.BoundField]]:
        """Return each differing field with its choice."""
        return [(row, self[f"take.{row.name}"]) for row in self.rows]

    def take(self) -> list[str]:
        """Return the fields whose value comes from the merged customer."""
        return [row.name for row in self.rows if self.cleaned_data.get(f"take.{row.name}") == MERGE]

    def expected(self) -> dict[int, datetime]:
        """Return when each of the two was read that the person compared."""
        try:
            kept, merged = (datetime.fromisoformat(part) for part in self.cleaned_data["seen"].split())
        except ValueError:
            return {}
        return {self._keep.pk: kept, self._merge.pk: merged}
