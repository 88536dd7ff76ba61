"""Production settings start only when what they are given is safe."""

import runpy
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests import programs

SAFE = {
    "SECRET_KEY": "kM3x9Qv7Lz2Rf8Tn4Wb6Yc1Hd5Jg0Sp_aUeXiOoVrNqZtKwBmCyDhFjG",
    "ALLOWED_HOSTS": "success.example.com",
    "DATABASE_URL": "postgres://someone:secret@db.example.com:5432/cs_platform",
    "REDIS_URL": "redis://redis.example.com:6379/0",
    "EMAIL_URL": "smtp://mail.example.com:25",
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that loads the production settings in a given environment."""

    def with_environment(**changes: str | None) -> dict[str, Any]:
        for name, value in {**dict.fromkeys(programs.NOT_INHERITED), **SAFE, **changes}.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        # What all settings share was read before, in the environment of the tests.
        monkeypatch.delitem(sys.modules, "cs_platform.settings.base", raising=False)
        return runpy.run_module("cs_platform.settings.production")

    return with_environment


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "  "}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "short"}, "too weak"),
        ({"SECRET_KEY": "ab" * 40}, "too weak"),
        ({"SECRET_KEY": "local-only-key-that-production-settings-refuse-to-take"}, "written in public"),
        ({"SECRET_KEY": "django-insecure-" + "kM3x9Qv7Lz2Rf8Tn4Wb6Yc1Hd5Jg0Sp"}, "written in public"),
        ({"DEBUG": "1"}, "DEBUG is on"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS is not set"),
        ({"ALLOWED_HOSTS": "*"}, "allows every host"),
        ({"DATABASE_URL": None}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "sqlite:///db.sqlite3"}, "not a PostgreSQL address"),
        ({"REDIS_URL": None}, "REDIS_URL is not set"),
        ({"EMAIL_URL": None}, "EMAIL_URL is not set"),
        ({"NEWSLETTER_SENDERS": "0"}, "no newsletter would ever go out"),
        ({"EMAIL_PROVIDER": "mailgum"}, "no provider that django-anymail knows"),
        ({"EMAIL_PROVIDER": "../mailgun"}, "no provider that django-anymail knows"),
        ({"EMAIL_PROVIDER": "mailgun"}, "ANYMAIL_WEBHOOK_SECRET is not set"),
        ({"EMAIL_PROVIDER": "mailgun", "ANYMAIL_WEBHOOK_SECRET": "a-password-alone"}, "with a colon between them"),
    ],
)
def test_unsafe_settings_are_refused(load: Any, changes: dict[str, str | None], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        load(**changes)


def test_safe_settings_are_taken(load: Any) -> None:
    settings = load()
    assert settings["DEBUG"] is False
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert settings["SECURE_SSL_REDIRECT"]
    assert settings["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert "SECURE_PROXY_SSL_HEADER" not in settings
    assert settings["MAIL_CATCHER_DIR"] is None


def test_a_provider_stands_in_for_a_mail_server(load: Any) -> None:
    secret = "reports:a-password"
    settings = load(
        EMAIL_PROVIDER="Mailgun", EMAIL_URL=None, ANYMAIL_WEBHOOK_SECRET=secret, ANYMAIL_MAILGUN_API_KEY="key"
    )
    assert settings["EMAIL_BACKEND"] == "anymail.backends.mailgun.EmailBackend"
    assert settings["ANYMAIL"] == {"WEBHOOK_SECRET": secret, "MAILGUN_API_KEY": "key"}


def test_a_proxys_header_is_believed_only_when_asked_for(load: Any) -> None:
    settings = load(BEHIND_TLS_PROXY="1")
    assert settings["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.servers
def test_the_deployment_check_finds_nothing() -> None:
    env = programs.environment(DJANGO_SETTINGS_MODULE="cs_platform.settings.production", **SAFE)
    done = programs.run_python("manage.py", "check", "--deploy", "--fail-level", "DEBUG", env=env)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.servers
def test_a_refusal_is_one_sentence_and_no_start() -> None:
    env = programs.environment(DJANGO_SETTINGS_MODULE="cs_platform.settings.production", **SAFE) | {"SECRET_KEY": "x"}
    done = programs.run_python("manage.py", "migrate", env=env)
    assert done.returncode != 0
    assert "SECRET_KEY is too weak: it needs at least 50 random characters." in done.stderr.splitlines()[-1]
