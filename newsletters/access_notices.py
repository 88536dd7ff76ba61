"""The only way to get at notices and products: what is not there, and for whom it is not, answers alike."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Contact, User
from accounts.permissions import require
from core.errors import NotFound
from newsletters.models import Delivery, Notice, Product


def notice_for(user: User, pk: int, action: str = "notice.edit") -> Notice:
    """Return the notice with its audience; raise NotAllowed for who may not do `action`, NotFound where none is."""
    require(user, action)
    found = Notice.objects.select_related("audience", "topic", "created_by", "published_by").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such notice.")
    return found


def products_within(user: User) -> QuerySet[Product]:
    """Return the company's products; raise NotAllowed for who may not set them up."""
    require(user, "newsletter.settings")
    return Product.objects.select_related("created_by")


def product_for(user: User, pk: int) -> Product:
    """Return the product; raise NotAllowed for who may not set it up, NotFound where there is none."""
    found = products_within(user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such product.")
    return found


def own_notice(contact: Contact, uid: UUID) -> Notice:
    """Return the published notice that the contact has; raise NotFound for any other."""
    mine = Delivery.objects.filter(contact=contact, notice__uid=uid, notice__state=Notice.State.PUBLISHED)
    delivery = mine.select_related("notice").first()
    if delivery is None or delivery.notice is None:
        raise NotFound("There is no such notice.")
    return delivery.notice
