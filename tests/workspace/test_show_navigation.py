"""The navigation offers each person the pages it may open and marks the one it is on."""

from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from accounts.models import User
from workspace.context import Shell
from workspace.navigation import active_url

STAFF_URLS = ["/", "/tiers/", "/tiers/moves/", "/customers/"]


def shell_for(user: User, path: str = "/") -> Shell:
    """Return the shell of a page as this person sees it."""
    request = RequestFactory().get(path)
    request.user = user
    return Shell(request)


@pytest.mark.parametrize(
    ("path", "active"),
    [
        ("/", "/"),
        ("/tiers/moves/7/", "/tiers/moves/"),
        ("/tiers/", "/tiers/"),
        ("/customers/3/", "/customers/"),
        ("/x/", None),
    ],
)
def test_longest_address_is_the_active_one(path: str, active: str | None) -> None:
    assert active_url(path, STAFF_URLS) == active


def test_administrator_sees_people_and_settings(cast: SimpleNamespace) -> None:
    assert {"/people/", "/settings/", "/imports/"} <= {item.url for item in shell_for(cast.administrator).nav}


def test_csm_sees_its_work_and_no_administration(cast: SimpleNamespace) -> None:
    nav = shell_for(cast.csm, "/customers/1/").nav
    assert {"/", "/portfolio/", "/customers/"} <= {item.url for item in nav}
    assert not {"/people/", "/settings/", "/imports/"} & {item.url for item in nav}
    assert [item.url for item in nav if item.active] == ["/customers/"]


def test_contact_sees_no_staff_navigation(cast: SimpleNamespace) -> None:
    shell = shell_for(cast.acme_contact.user)
    assert shell.nav == []
    assert shell.person is not None
    assert [link.url for link in shell.person.links] == ["/portal/profile/"]
    assert [item.url for item in shell.portal_nav] == [
        "/portal/",
        "/portal/hours/",
        "/portal/newsletters/",
        "/portal/company/",
        "/portal/profile/",
    ]


def test_person_is_shown_with_its_roles(cast: SimpleNamespace) -> None:
    person = shell_for(cast.manager).person
    assert person is not None
    assert person.roles == ["Manager"]
    assert [link.url for link in person.links] == ["/profile/", "/accounts/2fa/", "/accounts/password/change/"]
