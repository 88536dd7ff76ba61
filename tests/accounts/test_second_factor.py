"""The second factor: asked for once set up, and required of staff where the company says so."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from accounts.models import CompanySettings
from tests.cast import PASSWORD


@pytest.fixture
def required(db):
    settings = CompanySettings.current()
    settings.require_second_factor = True
    settings.save()


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def set_up_app(browser: Client) -> str:
    """Set up an authenticator app as a person would; return its secret."""
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = browser.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'id="authenticator_secret"[^>]*>([A-Z2-7]+)<', page)[1]
    browser.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)})
    return secret


def test_password_alone_does_not_log_in_any_more(cast, login):
    secret = set_up_app(login(cast.csm))
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": cast.csm.email, "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in browser.session
    assert browser.get("/profile/")["Location"].startswith("/accounts/login/")
    browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "_auth_user_id" not in browser.session
    Authenticator.objects.update(last_used_at=None)
    cache.clear()  # the code that set the app up was used a moment ago and counts once
    browser.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    assert int(browser.session["_auth_user_id"]) == cast.csm.pk


def test_recovery_code_logs_in_once(cast, login):
    browser = login(cast.csm)
    set_up_app(browser)
    page = browser.get("/accounts/2fa/recovery-codes/").content.decode()
    recovery_code = re.search(r"\b\d{8}\b", page)[0]
    for expected in (True, False):
        other = Client()
        other.post("/accounts/login/", {"login": cast.csm.email, "password": PASSWORD})
        other.post("/accounts/2fa/authenticate/", {"code": recovery_code})
        assert ("_auth_user_id" in other.session) is expected


def test_secrets_are_kept_sealed(cast, login):
    secret = set_up_app(login(cast.csm))
    stored = [str(row.data) for row in Authenticator.objects.all()]
    assert len(stored) == 2
    assert not any(secret in data for data in stored)


def test_person_hears_of_a_new_factor(cast, login, posted, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(login(cast.csm))
    messages = posted()
    assert messages
    assert {message.to[0] for message in messages} == {cast.csm.email}


def test_staff_is_sent_to_set_one_up(cast, login, required):
    browser = login(cast.csm)
    for path in ("/profile/", "/profile/tokens/", "/people/"):
        assert browser.get(path)["Location"] == "/accounts/2fa/"
    page = browser.get("/accounts/2fa/").content.decode()
    assert "asks everybody for one" in page
    assert browser.post("/profile/", {"name": "X"}).status_code == 403
    assert browser.get("/profile/", headers={"HX-Request": "true"}).status_code == 403
    answer = browser.get("/api/v1/customers/")
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_missing")


def test_staff_goes_on_once_it_is_set_up(cast, login, required):
    browser = login(cast.csm)
    set_up_app(browser)
    assert browser.get("/profile/").status_code == 200


def test_staff_may_always_log_out(cast, login, required):
    browser = login(cast.csm)
    browser.post("/accounts/logout/")
    assert "_auth_user_id" not in browser.session


def test_contacts_need_none(cast, login, required):
    assert login(cast.acme_contact.user).get("/portal/").status_code == 200


def test_contact_may_not_set_one_up(cast, login):
    browser = login(cast.acme_contact.user)
    for path in ("/accounts/2fa/", "/accounts/2fa/webauthn/add/", "/accounts/password/set/"):
        assert browser.get(path)["Location"] == "/portal/"
        assert browser.post(path).status_code == 403
