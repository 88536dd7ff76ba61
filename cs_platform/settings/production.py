"""Settings of a real installation: everything comes from the environment, and what is unsafe does not start."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from cs_platform.settings.base import *  # noqa: F403
from cs_platform.settings.base import EMAIL_PROVIDER, env, redis_cache

SHORTEST_SECRET = 50
FEWEST_DIFFERENT_CHARACTERS = 5


def _required(name: str, example: str) -> str:
    """Return a variable's value; raise ImproperlyConfigured where there is none."""
    value = str(env(name, default="")).strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. Production needs it, for example {name}={example}")
    return value


def _checked_secret() -> str:
    """Return SECRET_KEY; raise ImproperlyConfigured for one that can be guessed."""
    secret = _required("SECRET_KEY", "<60 random characters>")
    if "local-only" in secret or "insecure" in secret or "change" in secret.lower():
        raise ImproperlyConfigured("SECRET_KEY is one that is written in public. Set a random one of your own.")
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_DIFFERENT_CHARACTERS:
        raise ImproperlyConfigured(f"SECRET_KEY is too weak: it needs at least {SHORTEST_SECRET} random characters.")
    return secret


if env.bool("DEBUG", default=False):
    raise ImproperlyConfigured("DEBUG is on. Production never shows its insides; unset DEBUG.")
DEBUG = False
SECRET_KEY = _checked_secret()
_required("ALLOWED_HOSTS", "success.example.com")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS allows every host. Name the ones that people use.")

PUBLIC_URL = (env("PUBLIC_URL", default="") or f"https://{ALLOWED_HOSTS[0].removeprefix('.')}").rstrip("/")

_required("DATABASE_URL", "postgres://user:password@host:5432/cs_platform")
DATABASES: dict[str, dict[str, Any]] = {"default": env.db_url("DATABASE_URL")}
if not DATABASES["default"]["ENGINE"].endswith("postgresql"):
    raise ImproperlyConfigured("DATABASE_URL is not a PostgreSQL address. PostgreSQL is the only database.")
DATABASES["default"] |= {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}
# A server that is gone is given up after seconds, and a connection that a firewall forgot is noticed.
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
)

REDIS_URL = _required("REDIS_URL", "redis://host:6379/0")
EMBEDDED_BROKER = False
CELERY_BROKER_URL = REDIS_URL
CACHES = {"default": redis_cache(REDIS_URL)}

if EMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{EMAIL_PROVIDER}.EmailBackend"
    # Without it anybody could report bounces and have addresses suppressed.
    if ":" not in _required("ANYMAIL_WEBHOOK_SECRET", "user:<40 random characters>"):
        raise ImproperlyConfigured("ANYMAIL_WEBHOOK_SECRET is a name and a password with a colon between them.")
else:
    _required("EMAIL_URL", "smtp://user:password@host:25")
    vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 20

# --- encrypted connections ----------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Only where a proxy in front always sets or removes this header; else anybody could claim to be encrypted.
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Attempts to log in are counted by the visitor's address, not by the proxy's.
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1)
