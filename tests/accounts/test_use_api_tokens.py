"""API tokens: made once shown, good for their scopes, until they expire or are revoked."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.actions.tokens import create_token
from accounts.models import ApiToken, User

URL = "/api/v1/customers/"


@pytest.fixture
def token(cast) -> str:
    return create_token(person=cast.administrator, name="Reports", scopes=["read"], days=30)[1]


def call(token: str, method: str = "get", **kwargs):
    return getattr(Client(), method)(URL, headers={"Authorization": f"Bearer {token}"}, **kwargs)


def test_token_acts_as_its_person(cast):
    _, text = create_token(person=cast.csm, name="Reports", scopes=["read"], days=30)
    answer = call(text)
    assert answer.status_code == 200
    assert [row["name"] for row in answer.json()["results"]] == ["Acme"]


def test_reading_token_does_not_write(token):
    answer = call(token, "post", data={"name": "New"}, content_type="application/json")
    assert answer.status_code == 403


def test_writing_token_writes(cast):
    _, text = create_token(person=cast.administrator, name="Sync", scopes=["write"], days=30)
    answer = call(text, "post", data={"name": "New"}, content_type="application/json")
    assert answer.status_code == 201
    assert call(text).status_code == 200


def test_expired_token_says_so_and_stays_listed(cast, token, login):
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    for _ in range(2):
        answer = call(token)
        assert answer.status_code == 401
        assert answer.json()["code"] == "token_expired"
    assert "Expired" in login(cast.administrator).get("/profile/tokens/").content.decode()


@pytest.mark.parametrize("text", ["x", "0" * 64, "é" * 64, "a b", "\udcff"])
def test_invented_token_is_refused(db, text):
    answer = Client().get(URL, headers={"Authorization": f"Bearer {text}".encode("utf-8", "replace").decode("latin-1")})
    assert answer.status_code == 401


def test_half_of_a_token_is_refused(token):
    answer = call(token[:20])
    assert answer.status_code == 401
    assert answer.json()["code"] == "token_unknown"


def test_deactivated_person_is_refused(cast, token):
    User.objects.filter(pk=cast.administrator.pk).update(is_active=False)
    answer = call(token)
    assert answer.status_code == 401
    assert answer.json()["code"] == "person_inactive"


def test_use_is_noted_at_most_once_a_minute(token, django_assert_num_queries):
    call(token)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    call(token)
    assert ApiToken.objects.get().last_used_at == first
    earlier = timezone.now() - timedelta(minutes=1)
    ApiToken.objects.update(last_used_at=earlier)
    call(token)
    assert ApiToken.objects.get().last_used_at > earlier


def test_token_is_not_kept_readable(cast, token):
    row = ApiToken.objects.values().get()
    assert token not in str(row)
    assert len(row["digest"]) == 128


def test_contacts_session_gets_nothing(cast, login):
    answer = login(cast.acme_contact.user).get(URL)
    assert answer.status_code == 403
    assert answer.json()["code"] == "not_allowed"


# --- the page -----------------------------------------------------------------------------------
def test_page_shows_a_new_token_once(cast, login):
    browser = login(cast.csm)
    answer = browser.post("/profile/tokens/", {"name": "Reports", "scope": "read", "days": "30"}, follow=True)
    page = answer.content.decode()
    token = ApiToken.objects.get()
    assert (token.user, token.scopes, token.name) == (cast.csm, ["read"], "Reports")
    shown = page.split('id="new-token"')[1].split('value="')[1].split('"')[0]
    assert call(shown).status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert 'id="new-token"' not in browser.get("/profile/tokens/").content.decode()


def test_page_revokes_own_tokens_only(cast, login, token):
    mine, _ = create_token(person=cast.csm, name="Mine", scopes=["read"], days=30)
    browser = login(cast.csm)
    browser.post("/profile/tokens/revoke/", {"token": ApiToken.objects.get(name="Reports").pk})
    assert call(token).status_code == 200
    browser.post("/profile/tokens/revoke/", {"token": mine.pk})
    assert not ApiToken.objects.filter(name="Mine").exists()


@pytest.mark.parametrize(
    "bad", [{"name": ""}, {"name": "x" * 121}, {"scope": "all"}, {"days": "100000"}, {"days": "-1"}, {"days": "x"}]
)
def test_bad_token_is_refused(cast, login, bad):
    answer = login(cast.csm).post("/profile/tokens/", {"name": "Reports", "scope": "read", "days": "30"} | bad)
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_person_without_a_role_gets_none(cast, login):
    assert login(cast.nobody).get("/profile/tokens/").status_code == 403


# --- the command --------------------------------------------------------------------------------
def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_api_token", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_command_prints_the_token_alone_on_its_last_line(cast):
    text = run("CSM@company.example").splitlines()[-1]
    assert call(text).status_code == 200
    assert ApiToken.objects.get().scopes == ["read", "write"]


def test_command_takes_scopes_name_and_days(cast):
    run(cast.csm.email, "--name", "Sync", "--scopes", "read", "--days", "2")
    token = ApiToken.objects.get()
    assert (token.name, token.scopes) == ("Sync", ["read"])
    assert token.expiry < timezone.now() + timedelta(days=2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("stranger@nowhere.example",),
        ("nobody@acme.example",),
        ("nobody@company.example",),
        ("csm@company.example", "--scopes", "all"),
        ("csm@company.example", "--days", "0"),
    ],
)
def test_command_refuses(cast, arguments):
    with pytest.raises(CommandError):
        run(*arguments)
    assert not ApiToken.objects.exists()
