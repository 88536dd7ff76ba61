"""The suppressed addresses, as the list shows them."""

from django.db.models import QuerySet

from newsletters.models import Suppression

MAX_LENGTH = 254


def suppressions(*, text: str = "", reason: str = "") -> QuerySet[Suppression]:
    """Return the suppressed addresses with this text in them and of this reason; a whole address is found at once."""
    found = Suppression.objects.select_related("created_by", "delivery__issue")
    if reason in Suppression.Reason.values:
        found = found.filter(reason=reason)
    text = text.replace("\x00", "").strip().lower()[:MAX_LENGTH]
    return found.filter(address__contains=text) if text else found
