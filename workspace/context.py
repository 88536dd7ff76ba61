"""What the shells around every page need to know about the person and the company."""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import CompanySettings, Role, User
from accounts.permissions import may, roles_of
from accounts.portal import contact_of
from core.reading import current_locale
from newsletters.actions.portal_notices import show_notices
from newsletters.queries.notices import ShownNotice
from workspace.navigation import NavItem, nav_for

PRODUCT_NAME = "CS Platform"


@dataclass(frozen=True)
class MenuLink:
    """One line of the person's own menu."""

    label: str
    url: str
    icon: str


@dataclass(frozen=True)
class Person:
    """Who is logged in, as the menu shows it."""

    name: str
    email: str
    roles: list[str]
    links: list[MenuLink]
    log_out_url: str


class Shell:
    """The frame around one page. Every part is read when a template asks for it, so fragments pay for nothing."""

    product_name = PRODUCT_NAME

    def __init__(self, request: HttpRequest) -> None:
        self._path = request.path
        self._request = request
        user = getattr(request, "user", None)
        self._user = user if isinstance(user, User) and user.is_authenticated else None

    @cached_property
    def _company(self) -> CompanySettings:
        return CompanySettings.current()

    @property
    def company_name(self) -> str:
        """Return the name of the company that runs the product."""
        return self._company.name

    @property
    def currency(self) -> str:
        """Return the ISO 4217 code of the company's own currency."""
        return self._company.currency

    @property
    def locale(self) -> str:
        """Return the locale of figures and dates as browsers name it: de-AT."""
        return str(current_locale()).replace("_", "-")

    @property
    def face_template(self) -> str:
        """Return the shell for pages that staff and contacts share."""
        if self._user is None:
            return "base_entrance.html"
        return "base_staff.html" if self._user.kind == User.Kind.STAFF else "base_portal.html"

    @cached_property
    def nav(self) -> list[NavItem]:
        """Return the staff workspace's navigation; empty for everybody else."""
        if self._user is None or self._user.kind != User.Kind.STAFF:
            return []
        return nav_for(self._user, self._path, "staff", may)

    @cached_property
    def portal_nav(self) -> list[NavItem]:
        """Return the portal's navigation; empty for everybody but contacts."""
        if self._user is None or self._user.kind != User.Kind.CONTACT:
            return []
        return nav_for(self._user, self._path, "portal", may)

    @cached_property
    def notices(self) -> list[ShownNotice]:
        """Return what the portal shows the contact at the top of its pages, which is then kept as seen."""
        if not getattr(self._request, "portal_contacts", None):
            return []
        return show_notices(contact_id=contact_of(self._request).pk)

    @cached_property
    def person(self) -> Person | None:
        """Return who is logged in."""
        if self._user is None:
            return None
        held = roles_of(self._user)
        return Person(
            name=str(self._user),
            email=self._user.email,
            roles=[role.label for role in Role if role.value in held],
            links=_menu_links(self._user),
            log_out_url=reverse("account_logout"),
        )


def _menu_links(user: User) -> list[MenuLink]:
    if user.kind != User.Kind.STAFF:
        return [MenuLink("Your profile", reverse("portal_profile"), "user-circle")]
    links = [
        MenuLink("Your profile", reverse("profile"), "user-circle"),
        MenuLink("Second factor and passkeys", reverse("mfa_index"), "shield-lock"),
        MenuLink("Password", reverse("account_change_password"), "key"),
    ]
    if settings.SOCIALACCOUNT_PROVIDERS:
        links.append(MenuLink("Connected logins", reverse("socialaccount_connections"), "plug"))
    return links


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Return the template variable `shell`."""
    return {"shell": Shell(request)}
