"""Settings of a person's own machine: private servers under DATA_DIR where no address is given."""

from typing import Any

from cs_platform.embedded import postgres, valkey
from cs_platform.embedded.folder import DataFolder
from cs_platform.settings.base import *  # noqa: F403
from cs_platform.settings.base import DATA_DIR, EMAIL_PROVIDER, STORAGES, env, redis_cache

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env("SECRET_KEY", default="local-only-key-that-production-settings-refuse")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL")
    if env("DATABASE_URL", default="")
    else {"ENGINE": "cs_platform.embedded.database", **postgres.address(DataFolder(DATA_DIR))}
}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

REDIS_URL = env("REDIS_URL", default="")
EMBEDDED_BROKER = not REDIS_URL
CELERY_BROKER_URL = REDIS_URL or valkey.broker_url(DataFolder(DATA_DIR))
CACHES = {"default": redis_cache(REDIS_URL or valkey.cache_url(DataFolder(DATA_DIR)))}

# Static files come from where they are written: there is nothing to collect first.
STATIC_ROOT = None
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True

# Where `make run` catches mail; its pages are there in local settings alone and answer this machine alone.
MAIL_CATCHER_DIR = DATA_DIR / "mail"
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
if EMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{EMAIL_PROVIDER}.EmailBackend"
