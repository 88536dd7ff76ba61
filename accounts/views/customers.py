"""Pages that make and change a customer."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import customer_for
from accounts.actions.customers import create_customer, update_customer
from accounts.custom_fields import active_fields
from accounts.forms.customers import CustomerForm, WhyForm
from accounts.models import Customer, CustomField, User
from accounts.permissions import require, staff_of
from accounts.queries.customers import customer_named, suggestions
from accounts.views.editing import Edit


@require_http_methods(["GET", "POST"])
def customer_new(request: HttpRequest) -> HttpResponse:
    """Make a customer."""
    viewer = staff_of(request)
    require(viewer, "customer.create")
    form = CustomerForm(request.POST or None, fields=active_fields())
    edit = Edit(request, form, title="Add a customer", crumbs=[("Customers", "/customers/")], cancel="/customers/")
    made = edit.save(lambda: create_customer(actor=viewer, **_facts(viewer, form)))
    if made is None:
        return edit.page()
    messages.success(request, f"{made} was added.")
    return _after_making(viewer, made)


@require_http_methods(["GET", "POST"])
def customer_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a customer's facts."""
    viewer = staff_of(request)
    customer = customer_for(viewer, pk, "customer.edit")
    fields = active_fields()
    form, why = _form(request.POST or None, customer, fields), WhyForm(request.POST or None)

    def save() -> Customer:
        return update_customer(
            actor=viewer,
            customer=customer,
            changes=_facts(viewer, form),
            why=why.cleaned_data["why"] if why.is_valid() else "",
            expected_updated_at=form.seen_at,
        )

    def fresh(data: dict[str, Any] | None) -> CustomerForm:
        return _form(data, Customer.objects.select_related("parent").get(pk=customer.pk), fields)

    edit = Edit(request, form, title=f"Edit {customer}", crumbs=crumbs_of(customer), cancel=page_of(customer), why=why)
    saved = edit.save(save, fresh=fresh)
    if saved is None:
        return edit.page()
    messages.success(request, f"{saved} is saved.")
    return redirect(page_of(saved))


@require_GET
def customer_suggest(request: HttpRequest) -> HttpResponse:
    """Answer with a few customers whose name contains what was typed, as options of a list."""
    viewer = staff_of(request)
    words = request.GET.get("parent") or request.GET.get("q") or ""
    return render(request, "accounts/customers/_options.html", {"customers": suggestions(viewer, words[:255])})


def page_of(customer: Customer) -> str:
    """Return the address of the customer's own page."""
    return reverse("customer", args=[customer.pk])


def crumbs_of(customer: Customer) -> list[tuple[str, str]]:
    """Return the way to the customer's own page."""
    return [("Customers", "/customers/"), (customer.name, page_of(customer))]


def _form(data: Any, customer: Customer, fields: list[CustomField]) -> CustomerForm:
    initial = CustomerForm.initial_of(customer, fields)
    return CustomerForm(data, initial=initial, fields=fields, seen=customer.updated_at)


def _facts(viewer: User, form: CustomerForm) -> dict[str, Any]:
    facts = form.facts()
    if "parent" in facts:
        words = facts["parent"].strip()
        facts["parent"] = customer_named(viewer, words, field="parent") if words else None
    return facts


def _after_making(viewer: User, customer: Customer) -> HttpResponse:
    """Lead to the new customer, where its maker may see it; an SDR sees only what it is assigned to."""
    from accounts.access import visible_customers

    seen = visible_customers(viewer).filter(pk=customer.pk).exists()
    return redirect(page_of(customer) if seen else "/customers/")
