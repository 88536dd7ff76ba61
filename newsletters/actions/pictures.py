"""Storing the pictures of issues."""

from accounts.models import User
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from newsletters.models import Issue, Picture
from newsletters.rules.images import Image

# Together; what an issue no longer shows stays, because mails that were sent still do.
MOST_PICTURES = 100


@repeated_transaction
def add_picture(*, issue: Issue, image: Image, actor: User | None) -> Picture:
    """Return the stored picture; raise Invalid where the issue has too many, Conflict where it is on its way."""
    locked = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    if locked.state in (*Issue.UNDER_WAY, *Issue.ENDED):
        raise Conflict("It is being sent or was sent, so nothing in it changes any more.", code="issue_under_way")
    if locked.pictures.count() >= MOST_PICTURES:
        raise Invalid(f"An issue has at most {MOST_PICTURES} pictures.", code="too_many_pictures")
    return Picture.objects.create(
        issue=locked,
        content_type=image.content_type,
        width=image.width,
        height=image.height,
        data=image.data,
        uploaded_by=actor,
    )
