"""Who calls: a member of staff, or a contact that acts for its own company."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.access import contact_for, customer_for, portal_contacts
from accounts.api.base import refuse_unknown_fields
from accounts.authentication import StaffOrContactPermission
from accounts.models import Contact, Customer, User
from core.api import exception_handler
from core.errors import Invalid, NotAllowed, ProductError
from core.idempotency import Answer, answer_once, checked_key, fingerprint_of
from queues.queries.slots import Slot

KEY_HEADER = "Idempotency-Key"


@dataclass(frozen=True)
class Caller:
    """Somebody with a token; `contacts` are as whom a contact's login acts, none for staff."""

    user: User
    contacts: tuple[Contact, ...] = ()

    @property
    def is_staff(self) -> bool:
        """Tell whether it is a member of staff."""
        return not self.user.is_contact

    def contact_at(self, customer_id: int | None) -> Contact:
        """Return the contact at this customer, or the only one; raise NotAllowed for a customer that is not its own.

        Raises Invalid `customer_needed` where it is a contact of several customers and names none.
        """
        if customer_id is not None:
            found = next((one for one in self.contacts if one.customer_id == customer_id), None)
            if found is None:
                raise NotAllowed("Only staff names another customer.")
            return found
        if len(self.contacts) != 1:
            ids = ", ".join(str(one.customer_id) for one in self.contacts)
            raise Invalid(
                f"You are a contact of several customers; say which: {ids}.", code="customer_needed", field="customer"
            )
        return self.contacts[0]

    def for_whom(self, customer_id: int | None, contact_id: int | None = None) -> tuple[Customer, Contact | None]:
        """Return for which customer, and as or for which of its contacts, the caller books."""
        if not self.is_staff:
            if contact_id is not None:
                raise NotAllowed("Only staff names a contact.")
            contact = self.contact_at(customer_id)
            return contact.customer, contact
        if customer_id is None:
            raise Invalid("Say for which customer.", code="customer_needed", field="customer")
        customer = customer_for(self.user, customer_id, "booking.make")
        if contact_id is None:
            return customer, None
        contact = contact_for(self.user, contact_id, "booking.make")
        if contact.customer_id != customer.pk:
            raise Invalid("This contact is another customer's.", code="contact_elsewhere", field="contact")
        return customer, contact


class CallerViewSet(GenericViewSet):
    """Serves staff and contacts; what is asked twice with one Idempotency-Key is done once."""

    permission_classes = [StaffOrContactPermission]
    filterset_class = None

    @cached_property
    def caller(self) -> Caller:
        """Return who calls."""
        user = self.request.user
        if not isinstance(user, User):
            raise NotAllowed("Call with a token.")
        contacts = tuple(portal_contacts(user).order_by("customer__name", "id")) if user.is_contact else ()
        return Caller(user, contacts)

    def values_of(self, serializer_class: type[BaseSerializer]) -> dict[str, Any]:
        """Return the body as checked values; unknown fields are refused by name."""
        data = self.request.data
        serializer = serializer_class(data=data)
        refuse_unknown_fields(serializer, data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def answer(self, request: Request, act: Callable[[], Answer]) -> Response:
        """Return what `act` answers, or what it answered when the same caller sent this key with this body before."""
        key = request.headers.get(KEY_HEADER)
        if key is None:
            answer = _tried(act)
        else:
            answer = answer_once(
                actor=f"person:{request.user.pk}",
                key=checked_key(key),
                fingerprint=fingerprint_of(request.method, request.path, request.data),
                act=lambda: _tried(act),
            )
        headers = {"Idempotency-Replayed": "true"} if answer.is_repeated else {}
        return Response(answer.body, status=answer.status, headers=headers)


def _tried(act: Callable[[], Answer]) -> Answer:
    """Return the answer of `act`, or its refusal as an answer: an action that refuses has undone what it wrote."""
    try:
        return act()
    except (ProductError, APIException) as error:
        return _refusal(error)


def _refusal(error: ProductError | APIException) -> Answer:
    if isinstance(error, ProductError) and "nearest" in error.details:
        near: list[Slot] = error.details["nearest"]
        body = {"code": error.code, "message": error.message, "nearest": [slot.starts.isoformat() for slot in near]}
        return Answer(error.status, body)
    response = exception_handler(error, {})
    if response is None:
        raise error
    return Answer(response.status_code, response.data)
