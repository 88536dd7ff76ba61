"""Forms of imports: the file, its layout, its columns."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat

from accounts.imports.fields import Field, Type
from accounts.models import ImportJob
from accounts.models.imports import ImportKind

ENCODINGS = [
    ("utf-8", "UTF-8"),
    ("utf-8-sig", "UTF-8 with a mark"),
    ("utf-16", "UTF-16"),
    ("cp1252", "Western (Windows-1252)"),
    ("latin-1", "Western (ISO 8859-1)"),
    ("cp1250", "Central European (Windows-1250)"),
    ("cp1251", "Cyrillic (Windows-1251)"),
    ("cp1253", "Greek (Windows-1253)"),
    ("cp1254", "Turkish (Windows-1254)"),
    ("mac_roman", "Western (old Mac)"),
    ("cp850", "Western (DOS)"),
    ("shift_jis", "Japanese (Shift JIS)"),
    ("gb18030", "Chinese (GB 18030)"),
]
DELIMITERS = [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Vertical bar")]
DATE_ORDERS = [
    ("dmy", "Day first: 31.12.2026"),
    ("mdy", "Month first: 12/31/2026"),
    ("ymd", "Year first: 2026-12-31"),
    ("unix", "Unix time: 1798675200"),
    ("serial", "Day number: 46387"),
]
DECIMAL_MARKS = [(".", "Point: 1,234.56"), (",", "Comma: 1.234,56")]


class UploadForm(forms.Form):
    """What a new import begins with."""

    kind = forms.ChoiceField(choices=ImportKind.choices, label="What the file holds")
    file = forms.FileField(
        label="File",
        help_text="CSV, TSV or an Excel workbook (.xlsx). The first row names the columns.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too large before it is stored."""
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            most = filesizeformat(settings.IMPORT_MAX_BYTES)
            raise forms.ValidationError(f"This file has {filesizeformat(file.size)}; at most {most} are accepted.")
        return file


class LayoutForm(forms.Form):
    """How the file is cut into rows and cells."""

    header_row = forms.IntegerField(min_value=1, max_value=50, label="Row with the column names")

    def __init__(self, job: ImportJob, data: Any = None) -> None:
        initial = {
            "header_row": job.options.get("header_row", 1),
            "encoding": job.encoding,
            "delimiter": job.delimiter,
            "sheet": job.sheet,
        }
        super().__init__(data, initial=initial)
        if job.sheet:
            sheets = job.options.get("sheets") or [job.sheet]
            self.fields["sheet"] = forms.ChoiceField(choices=[(name, name) for name in sheets])
        else:
            self.fields["encoding"] = forms.ChoiceField(choices=_with(ENCODINGS, job.encoding))
            # A tab is no space to be trimmed off.
            self.fields["delimiter"] = forms.ChoiceField(
                choices=_with(DELIMITERS, job.delimiter), label="Cells are separated by"
            )


class ColumnsForm(forms.Form):
    """Which column goes into which field, how it is read, and what happens to doubtful cells."""

    empty_cells = forms.ChoiceField(
        choices=[("keep", "leave what is there"), ("clear", "empty the field")],
        label="An empty cell should",
    )
    bad_values = forms.ChoiceField(
        choices=[("reject", "keep its row out"), ("blank", "be left out, and the row come in")],
        label="A cell that cannot be read should",
        help_text="Rows whose ID cannot be read always stay out.",
    )

    def __init__(self, job: ImportJob, fields: Mapping[str, Field], company_currency: str, data: Any = None) -> None:
        self.job = job
        options = job.options
        super().__init__(
            data,
            initial={
                "empty_cells": options.get("empty_cells", "keep"),
                "bad_values": options.get("bad_values", "reject"),
                "currency": options.get("currency", ""),
                "end_is_last_day": "yes" if options.get("end_is_last_day") else "no",
            },
        )
        if job.kind == ImportKind.SUBSCRIPTIONS:
            self._add_subscription_options(company_currency)
        choices = [("", "Leave out"), *((field.name, field.label) for field in fields.values())]
        for number, column in enumerate(job.header):
            self._add_column(number, column, choices, fields.get(job.mapping.get(column, "")))

    def rows(self) -> list[dict[str, Any]]:
        """Return what the table of columns shows, one row a column."""
        notes: dict[str, list[str]] = {}
        for note in self.job.options.get("notes", []):
            notes.setdefault(note["column"], []).append(note["text"])
        examples = self.job.options.get("examples", {})
        return [
            {
                "column": column,
                "examples": examples.get(column, []),
                "field": self[f"field-{number}"],
                "formats": [self[name] for name in (f"date-{number}", f"mark-{number}") if name in self.fields],
                "minor": self[f"minor-{number}"] if f"minor-{number}" in self.fields else None,
                "notes": notes.get(column, []),
                "is_mapped": column in self.job.mapping,
            }
            for number, column in enumerate(self.job.header)
        ]

    def mapping(self) -> dict[str, str]:
        """Return column to field as chosen."""
        chosen = {column: self.cleaned_data[f"field-{number}"] for number, column in enumerate(self.job.header)}
        return {column: name for column, name in chosen.items() if name}

    def options(self) -> dict[str, Any]:
        """Return the options as chosen; formats of columns that were not shown stay as they were guessed."""
        data, now = self.cleaned_data, self.job.options
        dates, marks = dict(now.get("date_order", {})), dict(now.get("decimal_mark", {}))
        minor = set(now.get("minor_units", []))
        for number, column in enumerate(self.job.header):
            if data.get(f"date-{number}"):
                dates[column] = data[f"date-{number}"]
            if data.get(f"mark-{number}"):
                marks[column] = data[f"mark-{number}"]
            if f"minor-{number}" in self.fields:
                minor = minor | {column} if data[f"minor-{number}"] else minor - {column}
        return {
            "date_order": dates,
            "decimal_mark": marks,
            "minor_units": sorted(minor),
            "empty_cells": data["empty_cells"],
            "bad_values": data["bad_values"],
            "currency": data.get("currency", ""),
            "end_is_last_day": data.get("end_is_last_day") == "yes",
        }

    def _add_subscription_options(self, company_currency: str) -> None:
        self.fields["empty_cells"].help_text = "An empty end of a subscription always means that it runs on."
        self.fields["bad_values"].help_text = "Rows whose ID, start or amount cannot be read always stay out."
        self.fields["currency"] = forms.CharField(
            max_length=3,
            required=False,
            label="Currency where the file names none",
            help_text=f"A code such as EUR; empty: the company’s own, {company_currency}.",
        )
        self.fields["end_is_last_day"] = forms.ChoiceField(
            choices=[("no", "the first day no longer paid for"), ("yes", "the last day paid for")],
            label="The end of a subscription is",
        )

    def _add_column(self, number: int, column: str, choices: list[tuple[str, str]], field: Field | None) -> None:
        options, name = self.job.options, f"“{column}”"
        self.fields[f"field-{number}"] = _select(
            choices, f"Field for {name}", self.job.mapping.get(column, ""), required=False
        )
        if field is not None and field.has_dates:
            order = options.get("date_order", {}).get(column, "ymd")
            self.fields[f"date-{number}"] = _select(DATE_ORDERS, f"Order of the dates in {name}", order)
        if field is not None and field.has_numbers:
            mark = options.get("decimal_mark", {}).get(column, ".")
            self.fields[f"mark-{number}"] = _select(DECIMAL_MARKS, f"Decimal mark in {name}", mark)
        if field is not None and field.type == Type.MONEY:
            self.fields[f"minor-{number}"] = forms.BooleanField(
                required=False,
                initial=column in options.get("minor_units", []),
                label="in cents",
                widget=forms.CheckboxInput(attrs={"class": "form-check-input", "aria-label": f"{name} is in cents"}),
            )


def _select(choices: list[tuple[str, str]], label: str, initial: str, *, required: bool = True) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select", "aria-label": label})
    return forms.ChoiceField(choices=choices, label=label, initial=initial, required=required, widget=widget)


def _with(choices: list[tuple[str, str]], value: str) -> list[tuple[str, str]]:
    return choices if value in dict(choices) else [(value, value), *choices]
