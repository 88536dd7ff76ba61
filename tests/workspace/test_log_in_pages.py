"""Logging in, the second factor and refusals show in the product's look and words, without inline code."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import mail
from django.template.loader import get_template
from django.test import Client

from accounts.models import User
from core import outbox
from tests.cast import PASSWORD
from tools.copy_vendor import FILES, icon_names
from workspace.navigation import entries

Login = Callable[[User], Client]

ENTRANCE = {
    "/accounts/login/": "Log in",
    "/accounts/login/code/": "Log in with a code",
    "/accounts/password/reset/": "Reset the password",
    "/accounts/password/reset/done/": "Look in your mail",
    "/accounts/password/reset/key/1-broken/": "This link does not work",
    "/accounts/password/reset/key/done/": "The password is changed",
    "/accounts/inactive/": "This login is closed",
    "/accounts/signup/": "By invitation only",
    "/accounts/3rdparty/login/cancelled/": "Not logged in",
    "/accounts/3rdparty/login/error/": "Single sign-on did not work",
}
OWN = {
    "/accounts/password/change/": "Change the password",
    "/accounts/3rdparty/": "Connected logins",
    "/accounts/2fa/": "Second factor",
    "/accounts/logout/": "Log out?",
    "/accounts/reauthenticate/": "Confirm that it is you",
}


def assert_dressed(html: str, heading: str) -> None:
    """Fail where the page is not in a shell of ours, has another heading, or inline code the policy refuses."""
    assert re.search(rf"<h1[^>]*>\s*{re.escape(heading)}", html)
    assert "css/app.css" in html
    assert not re.search(r"<style|\sstyle=|\son\w+=", html)
    assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))", html)


@pytest.mark.parametrize("path", ENTRANCE)
def test_entrance_page_is_dressed(path: str, db: None) -> None:
    assert_dressed(Client().get(path).content.decode(), ENTRANCE[path])


@pytest.mark.parametrize("path", OWN)
def test_page_about_the_own_login_is_dressed(path: str, cast: SimpleNamespace, login: Login) -> None:
    assert_dressed(login(cast.csm).get(path).content.decode(), OWN[path])


def test_contact_logs_out_without_seeing_the_workspace(cast: SimpleNamespace, login: Login) -> None:
    html = login(cast.acme_contact.user).get("/accounts/logout/").content.decode()
    assert "face-staff" not in html
    assert "/settings/" not in html


def test_wrong_password_is_told_and_the_address_kept(cast: SimpleNamespace) -> None:
    answer = Client().post("/accounts/login/", {"login": cast.csm.email, "password": "not this one"})
    html = answer.content.decode()
    assert "alert-danger" in html
    assert cast.csm.email in html


def test_contact_logs_in_with_the_code_from_the_mail(cast: SimpleNamespace) -> None:
    client = Client()
    page = client.post("/accounts/login/code/", {"email": "ann@acme.example"}, follow=True)
    assert_dressed(page.content.decode(), "Type the code to log in")
    outbox.drain()
    message = mail.outbox[0]
    assert message.subject == "Your code to log in"
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", message.body, re.MULTILINE)
    assert code
    answer = client.post("/accounts/login/code/confirm/", {"code": code.group()})
    assert answer.status_code == 302
    assert answer["Location"] == "/portal/"


def test_unknown_address_gets_the_same_page_and_an_explaining_mail(db: None) -> None:
    page = Client().post("/accounts/login/code/", {"email": "who@nowhere.example"}, follow=True)
    assert "who@nowhere.example" in page.content.decode()
    outbox.drain()
    assert "No login here has this address" in mail.outbox[0].body
    assert "signup" not in mail.outbox[0].body


def test_forgotten_password_is_reset_by_mail(cast: SimpleNamespace) -> None:
    client = Client()
    client.post("/accounts/password/reset/", {"email": cast.csm.email})
    outbox.drain()
    assert mail.outbox[0].subject == "Reset your password"
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)
    assert link
    form = client.get(link.group(1), follow=True)
    assert_dressed(form.content.decode(), "Choose a new password")
    path = form.redirect_chain[-1][0]
    new = "another horse battery"
    refused = client.post(path, {"password1": new, "password2": "differs"})
    assert "is-invalid" in refused.content.decode()
    done = client.post(path, {"password1": new, "password2": new}, follow=True)
    assert_dressed(done.content.decode(), "The password is changed")
    assert Client().login(email=cast.csm.email, password=new)
    outbox.drain()
    assert mail.outbox[-1].subject == "Your password was reset"
    assert "(UTC)" in mail.outbox[-1].body


def test_single_sign_on_is_offered_only_where_it_is_set_up(db: None, settings: Any) -> None:
    assert "Harbour login" not in Client().get("/accounts/login/").content.decode()
    app = {"provider_id": "oidc", "name": "Harbour login", "client_id": "a", "secret": "b"}
    app["settings"] = {"server_url": "https://login.example"}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    html = Client().get("/accounts/login/").content.decode()
    assert re.search(r'<form method="post" action="/accounts/oidc/oidc/login/[^"]*">.*Harbour login', html, re.DOTALL)


def second_factor(client: Client, user: User) -> None:
    """Set up an authenticator app as a person would."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    html = client.get("/accounts/2fa/totp/activate/").content.decode()
    assert_dressed(html, "Set up the authenticator app")
    secret = re.search(r'id="authenticator_secret"[^>]*>([A-Z2-7]+)<', html)
    assert secret
    code = current_code(secret.group(1))
    client.post("/accounts/2fa/totp/activate/", {"code": code})


def current_code(secret: str) -> str:
    """Return the code that an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_authenticator_app_is_set_up_and_asked_for(cast: SimpleNamespace, login: Login) -> None:
    client = login(cast.csm)
    second_factor(client, cast.csm)
    for path, heading in {
        "/accounts/2fa/": "Second factor",
        "/accounts/2fa/recovery-codes/": "Recovery codes",
        "/accounts/2fa/recovery-codes/generate/": "Make recovery codes?",
        "/accounts/2fa/totp/deactivate/": "Turn off the authenticator app?",
        "/accounts/2fa/webauthn/": "Passkeys and security keys",
        "/accounts/2fa/webauthn/add/": "Add a passkey or security key",
    }.items():
        assert_dressed(client.get(path).content.decode(), heading)
    page = Client().post("/accounts/login/", {"login": cast.csm.email, "password": PASSWORD}, follow=True)
    assert_dressed(page.content.decode(), "One more step")


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "errors/csrf"])
def test_error_page_renders_without_any_context(name: str) -> None:
    html = get_template(f"{name}.html").render()
    assert "<h1>" in html
    assert "css/app.css" in html


def test_form_without_its_token_is_refused_with_a_page(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@b.example"})
    assert answer.status_code == 403
    assert_dressed(answer.content.decode(), "The form was open too long")


def test_every_icon_in_a_template_is_in_the_sprites_list() -> None:
    listed = set(icon_names())
    used = {entry.icon for face in ("staff", "portal") for entry in entries(face)}
    for path in settings.BASE_DIR.glob("templates/**/*.html"):
        source = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"""{% icon ["']([\w-]+)["']""", source))
        used |= set(re.findall(r"""\sicon=["']([\w-]+)["']""", source))
        used |= set(re.findall(r"""{% tag \S+ "\w+" "([\w-]+)" %}""", source))
    assert used <= listed


def test_every_static_file_that_a_template_names_is_there() -> None:
    named = set()
    for path in settings.BASE_DIR.glob("templates/**/*.html"):
        named |= set(re.findall(r"""{% static ["']([^"']+)["']""", path.read_text(encoding="utf-8")))
    copied = {f"vendor/{name}" for name in FILES.values()} | {"vendor/icons.svg"}
    assert not {name for name in named - copied if not finders.find(name)}
