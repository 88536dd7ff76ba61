"""Pages of a customer's contacts."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import contact_for, customer_for
from accounts.actions.contacts import create_contact, update_contact
from accounts.forms.customers import ContactForm, WhyForm
from accounts.models import Contact
from accounts.permissions import staff_of
from accounts.views.customers import crumbs_of, page_of
from accounts.views.editing import Edit


@require_http_methods(["GET", "POST"])
def contact_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a contact to a customer."""
    viewer = staff_of(request)
    customer = customer_for(viewer, pk, "contact.edit")
    form = ContactForm(request.POST or None)
    edit = Edit(request, form, title="Add a contact", crumbs=crumbs_of(customer), cancel=page_of(customer))
    made = edit.save(lambda: create_contact(actor=viewer, customer=customer, **form.changes()))
    if made is None:
        return edit.page()
    messages.success(request, f"{made.name} was added.")
    return redirect(page_of(customer))


@require_http_methods(["GET", "POST"])
def contact_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a contact."""
    viewer = staff_of(request)
    contact = contact_for(viewer, pk, "contact.edit")
    customer = contact.customer
    form, why = _form(request.POST or None, contact), WhyForm(request.POST or None)

    def save() -> Contact:
        return update_contact(
            actor=viewer,
            contact=contact,
            changes=form.changes(),
            why=why.cleaned_data["why"] if why.is_valid() else "",
            expected_updated_at=form.seen_at,
        )

    edit = Edit(
        request,
        form,
        title=f"Edit {contact.name}",
        crumbs=crumbs_of(customer),
        cancel=page_of(customer),
        why=why,
        below="accounts/customers/_contact_state.html",
        contact=contact,
    )
    saved = edit.save(save, fresh=lambda data: _form(data, Contact.objects.get(pk=contact.pk)))
    if saved is None:
        return edit.page()
    messages.success(request, f"{saved.name} is saved.")
    return redirect(page_of(customer))


@require_POST
def contact_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a contact left the customer, or is back."""
    viewer = staff_of(request)
    contact = contact_for(viewer, pk, "contact.edit")
    active = request.POST.get("active") == "yes"
    why = WhyForm(request.POST)
    update_contact(
        actor=viewer,
        contact=contact,
        changes={"is_active": active},
        why=why.cleaned_data["why"] if why.is_valid() else "",
    )
    messages.success(request, f"{contact.name} is {'back' if active else 'marked as gone'}.")
    return redirect(page_of(contact.customer))


def _form(data: Any, contact: Contact) -> ContactForm:
    return ContactForm(data, initial=ContactForm.initial_of(contact), seen=contact.updated_at)
