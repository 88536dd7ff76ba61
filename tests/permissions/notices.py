"""Notices of the permission table: a draft, one that a contact has, a product."""

from types import SimpleNamespace
from typing import Any

from newsletters.models import Notice, Product
from tests.newsletters.makers import make_notice
from tests.newsletters.notices.making import give_notice, make_product


def a_notice(cast: SimpleNamespace) -> Notice:
    """Return the draft of a notice."""
    return Notice.objects.filter(state="draft").first() or make_notice()


def notice_of_acme(cast: SimpleNamespace) -> str:
    """Return the address of a notice that Acme's contact has."""
    return str(give_notice(cast.acme_contact, link_url="https://help.company.example/").uid)


def a_product(cast: SimpleNamespace) -> Product:
    """Return one of the company's products."""
    return Product.objects.first() or make_product()[0]


NOTICES: dict[str, Any] = {"notice": a_notice, "notice_of_acme": notice_of_acme, "notice_product": a_product}
