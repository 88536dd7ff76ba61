"""Settings of the tests: the local ones, quick where that changes nothing that is tested."""

from cs_platform.settings.local import *  # noqa: F403
from cs_platform.settings.local import DATABASES, LOGGING, REDIS_URL, env

DEBUG = False
# Nothing is lost that a test looks at: only the disk's answer is not waited for.
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
DATABASES["default"] |= {"CONN_MAX_AGE": 0}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# A test that needs a worker starts a broker of its own and gives its address; none may reach the one of `make run`.
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = False
EMBEDDED_BROKER = False
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LOGGING["root"]["level"] = env("LOG_LEVEL", default="WARNING")
