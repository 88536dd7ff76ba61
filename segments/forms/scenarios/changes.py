"""A what-if's changes as one form, and what it is called."""

from django import forms
from django.forms.formsets import BaseFormSet
from django.http import QueryDict

from core.errors import Invalid, ProductError
from segments.capacity.inputs import mondays
from segments.drafts import Problem
from segments.forms.scenarios.hours import AN_HOUR
from segments.forms.scenarios.rows import (
    MOST_HIRE_ROWS,
    MOST_PEOPLE_ROWS,
    HireRows,
    PeopleRows,
    hires_initial,
    people_initial,
)
from segments.forms.scenarios.terms import TermsForm
from segments.queries.scenarios import Basis
from segments.scenarios.changes import FULL_WEEK_MINUTES, WEEKS, Changes
from segments.scenarios.reading import read_changes


class AboutForm(forms.Form):
    """What a scenario is called, and who sees it."""

    name = forms.CharField(max_length=80, label="Name")
    note = forms.CharField(max_length=300, required=False, label="Note")
    is_shared = forms.BooleanField(required=False, label="Other managers may look at it and copy it")


class ChangesForms:
    """All forms of a scenario's changes, read as one."""

    def __init__(
        self, data: QueryDict | None, basis: Basis, changes: Changes, *, may_be_unfinished: bool = False
    ) -> None:
        """Show these changes, or read what was sent; rows that lack something may be let pass."""
        given = {"basis": basis}
        self._basis = basis
        self.problems: list[str] = []
        self.terms = TermsForm(data, basis, changes)
        self.people: BaseFormSet = PeopleRows(
            data,
            prefix="people",
            initial=list(people_initial(changes, basis)),
            form_kwargs={**given, "may_be_unfinished": may_be_unfinished},
        )
        self.hires: BaseFormSet = HireRows(
            data, prefix="hires", initial=list(hires_initial(changes, basis)), form_kwargs=given
        )

        # An empty row to begin with; behind rows that are filled, a button adds one.
        for rows in (self.people, self.hires):
            rows.extra = 0 if rows.initial else 1

    @property
    def shows_people(self) -> bool:
        """Tell whether there are changes of people to be seen."""
        return len(self.people.forms) > 1 or any(form["what"].value() for form in self.people.forms)

    @property
    def shows_hires(self) -> bool:
        """Tell whether there are new CSMs to be seen."""
        return len(self.hires.forms) > 1 or any(form["count"].value() for form in self.hires.forms)

    def read(self) -> Changes | None:
        """Return the changes; None where something can't be meant, which the fields and `problems` say."""
        if not all([self.terms.is_valid(), self.people.is_valid(), self.hires.is_valid()]):
            self.problems += [*self.people.non_form_errors(), *self.hires.non_form_errors()]
            return None
        people = [(form, row) for form in self.people.forms if (row := form.raw())]
        hires = [(form, row) for form in self.hires.forms if (row := form.raw())]
        raw = self.terms.raw() | {"people": [row for _, row in people], "hires": [row for _, row in hires]}
        try:
            return read_changes(raw, last_monday=mondays(self._basis.first_monday, WEEKS)[-1])
        except Invalid as error:
            rows = {f"people[{n}]": form for n, (form, _) in enumerate(people)}
            rows |= {f"hires[{n}]": form for n, (form, _) in enumerate(hires)}
            for problem in error.details["problems"]:
                self._tell(problem, rows)
            return None

    def refuse(self, error: ProductError) -> None:
        """Show a refusal that came of working the changes out, or of saving them."""
        self.problems.append(error.message)

    def all_problems(self) -> list[str]:
        """Return every problem in a line, each with the name of its field."""
        found = list(self.problems)
        for form in (self.terms, *self.people.forms, *self.hires.forms):
            for name, errors in form.errors.items():
                label = f"{form.fields[name].label}: " if name in form.fields else ""
                found += [f"{label}{error}" for error in errors]
        return found

    def _tell(self, problem: Problem, rows: dict[str, forms.Form]) -> None:
        place, _, field = problem.path.partition(".")
        form = rows.get(place)
        if form is None:
            self.problems.append(problem.message)
        else:
            form.add_error(field if field in form.fields else None, problem.message)


def with_another_row(sent: QueryDict, kind: str, basis: Basis) -> QueryDict:
    """Return what was sent with one more empty row of people or hires."""
    data = sent.copy()
    most = MOST_HIRE_ROWS if kind == "hires" else MOST_PEOPLE_ROWS
    text = data.get(f"{kind}-TOTAL_FORMS", "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if count < most:
        data[f"{kind}-TOTAL_FORMS"] = str(count + 1)
        if kind == "hires":
            data[f"{kind}-{count}-weekly_hours"] = str(FULL_WEEK_MINUTES // AN_HOUR)
            data[f"{kind}-{count}-time_zone"] = basis.time_zone
    return data
