"""Settings of a person's own machine: embedded servers where no address is given."""

from cs_platform.settings.base import *  # noqa: F403
from cs_platform.settings.base import BASE_DIR, STORAGES, env

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env("SECRET_KEY", default="local-only-key-that-production-settings-refuse")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres://postgres@/postgres?host=/tmp/cspg")}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
