"""Pages of a customer's subscriptions."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import customer_for, subscription_for
from accounts.actions.subscriptions import create_subscription, end_subscription, update_subscription
from accounts.figures import company_today
from accounts.forms.customers import EndSubscriptionForm, SubscriptionForm, WhyForm
from accounts.models import Subscription
from accounts.permissions import staff_of
from accounts.queries.customers import countable_currencies
from accounts.views.customers import crumbs_of, page_of
from accounts.views.editing import Edit


@require_http_methods(["GET", "POST"])
def subscription_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a subscription to a customer."""
    viewer = staff_of(request)
    customer = customer_for(viewer, pk, "subscription.edit")
    form = SubscriptionForm(request.POST or None, currencies=countable_currencies())
    edit = Edit(request, form, title="Add a subscription", crumbs=crumbs_of(customer), cancel=page_of(customer))
    made = edit.save(lambda: create_subscription(actor=viewer, customer=customer, **form.changes()))
    if made is None:
        return edit.page()
    messages.success(request, "The subscription was added.")
    return redirect(page_of(customer))


@require_http_methods(["GET", "POST"])
def subscription_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a subscription."""
    viewer = staff_of(request)
    subscription = subscription_for(viewer, pk, "subscription.edit")
    customer = subscription.customer
    form, why = _form(request.POST or None, subscription), WhyForm(request.POST or None)

    def save() -> Subscription:
        return update_subscription(
            actor=viewer,
            subscription=subscription,
            changes=form.changes(),
            why=why.cleaned_data["why"] if why.is_valid() else "",
            expected_updated_at=form.seen_at,
        )

    edit = Edit(
        request,
        form,
        title=f"Edit {subscription.edition or 'a subscription'}",
        crumbs=crumbs_of(customer),
        cancel=page_of(customer),
        why=why,
        below="accounts/customers/_subscription_end.html",
        subscription=subscription,
    )
    saved = edit.save(save, fresh=lambda data: _form(data, Subscription.objects.get(pk=subscription.pk)))
    if saved is None:
        return edit.page()
    messages.success(request, "The subscription is saved.")
    return redirect(page_of(customer))


@require_http_methods(["GET", "POST"])
def subscription_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a subscription on a day."""
    viewer = staff_of(request)
    subscription = subscription_for(viewer, pk, "subscription.edit")
    customer = subscription.customer
    form = _end_form(request.POST or None, subscription)
    edit = Edit(
        request,
        form,
        title=f"End {subscription.edition or 'the subscription'}",
        crumbs=[*crumbs_of(customer), ("Subscription", reverse("subscription_edit", args=[subscription.pk]))],
        cancel=page_of(customer),
        save_label="End it",
    )
    saved = edit.save(
        lambda: end_subscription(
            actor=viewer,
            subscription=subscription,
            ends_on=form.cleaned_data["ends_on"],
            why=form.cleaned_data["why"],
            expected_updated_at=form.seen_at,
        ),
        fresh=lambda data: _end_form(data, Subscription.objects.get(pk=subscription.pk)),
    )
    if saved is None:
        return edit.page()
    messages.success(request, f"The subscription ends on {saved.ends_on}.")
    return redirect(page_of(customer))


def _form(data: Any, subscription: Subscription) -> SubscriptionForm:
    return SubscriptionForm(
        data,
        initial=SubscriptionForm.initial_of(subscription),
        currencies=countable_currencies(),
        seen=subscription.updated_at,
    )


def _end_form(data: Any, subscription: Subscription) -> EndSubscriptionForm:
    initial = EndSubscriptionForm.initial_of(subscription, company_today())
    return EndSubscriptionForm(data, initial=initial, seen=subscription.updated_at)
