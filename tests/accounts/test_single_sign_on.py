"""Single sign-on with OpenID Connect, against a real provider on loopback."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as django_settings
from django.test import Client

from accounts.models import User
from tests.accounts.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.cast import PASSWORD

LOGIN = "/accounts/oidc/oidc/login/"


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    with Provider() as running:
        app = {
            "provider_id": "oidc",
            "name": "Company login",
            "client_id": CLIENT_ID,
            "secret": CLIENT_SECRET,
            "settings": {"server_url": running.issuer},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
        yield running


def sign_on(browser: Client):
    """Go to the provider and back as a browser does; return the last answer of ours."""
    away = browser.post(LOGIN)
    assert away.status_code == 302, away.content
    opener = urllib.request.build_opener(NoRedirects)
    try:
        opener.open(away["Location"])
    except urllib.error.HTTPError as answer:
        back = answer.headers["Location"]
    return browser.get(back.removeprefix("http://testserver"))


def is_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_staff_signs_on(cast, provider):
    browser = Client()
    answer = sign_on(browser)
    assert answer["Location"] == "/"
    assert int(browser.session["_auth_user_id"]) == cast.csm.pk
    assert {"/.well-known/openid-configuration", "/authorize", "/token", "/userinfo"} <= set(provider.asked)
    # Its password is still its own.
    assert User.objects.get(pk=cast.csm.pk).check_password(PASSWORD)


def test_page_offers_it(cast, provider):
    assert "Company login" in Client().get("/accounts/login/").content.decode()


def test_person_stays_the_same_when_the_address_changes_there(cast, provider):
    sign_on(Client())
    provider.person["email"] = "cleo.married@company.example"
    browser = Client()
    sign_on(browser)
    assert int(browser.session["_auth_user_id"]) == cast.csm.pk
    assert SocialAccount.objects.count() == 1


@pytest.mark.parametrize(
    "said",
    [
        {"email": "stranger@nowhere.example"},
        {"email_verified": False},
        {"email": "ann@acme.example"},
        {"email": ""},
    ],
)
def test_others_are_sent_back(cast, provider, said):
    provider.person |= said
    before = User.objects.count()
    browser = Client()
    answer = sign_on(browser)
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/"
    assert "Ask an administrator" in browser.get("/accounts/login/").content.decode()
    assert not is_in(browser)
    assert User.objects.count() == before
    assert not SocialAccount.objects.exists()


def test_who_has_left_is_refused(cast, provider):
    sign_on(Client())
    User.objects.filter(pk=cast.csm.pk).update(is_active=False)
    browser = Client()
    answer = sign_on(browser)
    assert answer["Location"] == "/accounts/inactive/"
    assert not is_in(browser)


def test_answer_that_was_not_asked_for_is_refused(cast, provider):
    browser = Client()
    answer = browser.get("/accounts/oidc/oidc/login/callback/?code=x&state=y")
    assert answer.status_code in (200, 401, 403)
    assert not is_in(browser)


def test_wrong_secret_is_refused(cast, provider, settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["secret"] = "wrong"
    browser = Client()
    assert "did not work" in sign_on(browser).content.decode()
    assert not is_in(browser)


def test_provider_that_is_down_is_told(cast, settings, provider):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:1"
    answer = Client().post(LOGIN)
    assert answer.status_code == 502
    assert "did not work" in answer.content.decode()


def test_second_factor_set_up_here_is_asked_for(cast, provider):
    TOTP.activate(cast.csm, generate_totp_secret())
    browser = Client()
    answer = sign_on(browser)
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_in(browser)


def test_settings_switch_it_on() -> None:
    """The environment's three names are enough, and the browser may follow the form to the provider."""
    program = """
import json
from cs_platform.settings import base
print(json.dumps([base.SOCIALACCOUNT_PROVIDERS, base.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"]]))
"""
    names = {
        "OIDC_ISSUER": "https://login.company.example/realm",
        "OIDC_CLIENT_ID": "a",
        "OIDC_CLIENT_SECRET": "b",
    }
    out = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | names,
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    providers, form_action = json.loads(out)
    [app] = providers["openid_connect"]["APPS"]
    assert app["settings"]["server_url"] == "https://login.company.example/realm"
    assert "https://login.company.example" in form_action
