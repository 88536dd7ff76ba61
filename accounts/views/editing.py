"""The steps that every page of editing has: check, save, or show again with all that was typed."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.forms.editing import EditForm
from accounts.forms.refusals import show_refusal
from core.errors import Conflict, NotFound, ProductError

Saved = TypeVar("Saved")
TEMPLATE = "accounts/customers/edit.html"


class Edit:
    """One page of editing, from the request to the page that shows it again."""

    def __init__(
        self,
        request: HttpRequest,
        form: forms.Form,
        *,
        title: str,
        cancel: str,
        crumbs: Sequence[tuple[str, str]] = (),
        why: forms.Form | None = None,
        template: str = TEMPLATE,
        save_label: str = "Save",
        **context: Any,
    ) -> None:
        self.request = request
        self.form = form
        self.template = template
        self.context = {
            "title": title,
            "cancel": cancel,
            "crumbs": list(crumbs),
            "why_form": why,
            "save_label": save_label,
            **context,
        }
        self.status = 200

    def save(
        self, action: Callable[[], Saved], *, fresh: Callable[[dict[str, Any] | None], forms.Form] | None = None
    ) -> Saved | None:
        """Return what the action saved, or nothing where the page is to be shown (again).

        `fresh` makes the form anew from what is stored; with it, a change by somebody else becomes a form that keeps
        what the person typed and shows what the other saved.
        """
        if self.request.method != "POST":
            return None
        self.status = 422
        if not self.form.is_valid():
            return None
        try:
            return action()
        except NotFound:
            raise
        except Conflict as error:
            self.status = error.status
            if error.code == "changed_since" and fresh is not None:
                self._show_conflict(error, fresh)
            else:
                show_refusal(self.form, error)
        except ProductError as error:
            self.status = error.status
            show_refusal(self.form, error)
        return None

    def page(self) -> HttpResponse:
        """Return the page with the form as it stands."""
        return render(self.request, self.template, {**self.context, "form": self.form}, status=self.status)

    def _show_conflict(self, error: Conflict, fresh: Callable[[dict[str, Any] | None], forms.Form]) -> None:
        now = fresh(None)
        plain = {name: value for name, value in now.initial.items() if name not in ("seen", "was")}
        data, others = cast(EditForm, self.form).catch_up(plain, now.initial["seen"])
        self.form = fresh(data)
        self.context |= {"conflict": error, "others": others}
