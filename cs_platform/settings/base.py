"""Settings shared by every way of running the product; what differs comes from the environment."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

# The folder of the embedded servers and of everything that is not worth a commit.
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / ".data"))).expanduser().resolve()

DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
PORT = env.int("PORT", default=8000)


def redis_cache(url: str) -> dict[str, object]:
    """Return the cache's settings for a Redis at the address; what is kept there may be lost at any time."""
    return {
        "BACKEND": "cs_platform.cache.ForgettingRedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "cs_platform",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }


INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "django_filters",
    "anymail",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "core",
    "accounts",
    "calendars",
    "segments",
    "queues",
    "newsletters",
    "workspace",
    "demo",
]

MIDDLEWARE = [
    "cs_platform.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # A page is for whoever is logged in, unless it says otherwise.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.AuditContextMiddleware",
    "accounts.middleware.PersonTimeZoneMiddleware",
    "workspace.middleware.ReadingLocaleMiddleware",
    "accounts.middleware.AudienceMiddleware",
    "core.middleware.ProductErrorMiddleware",
]

ROOT_URLCONF = "cs_platform.urls"
WSGI_APPLICATION = "cs_platform.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "workspace.context.shell",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# Long enough for a mail that waits for its server to come back.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_FORMS = {"request_login_code": "accounts.forms.logins.ContactCodeForm"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# A person hears of a changed password and of a second factor added or taken away.
ACCOUNT_EMAIL_NOTIFICATIONS = True
# How many proxies in front add to X-Forwarded-For; limits by address count whom the last of them names.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
# Nobody signs up by themselves, so nobody holds another's address.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# One period of thirty seconds either way, for a phone whose clock is off.
MFA_TOTP_TOLERANCE = 1
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "CS Platform"

# Single sign-on appears when all three are set; the provider's discovery document gives the rest.
OIDC_ISSUER = env("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env("OIDC_NAME", default="Single sign-on")
OIDC_ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(OIDC_ISSUER))
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": OIDC_NAME,
                    "client_id": OIDC_CLIENT_ID,
                    "secret": OIDC_CLIENT_SECRET,
                    "settings": {"server_url": OIDC_ISSUER},
                }
            ],
            "OAUTH_PKCE_ENABLED": True,
        }
    }
    if OIDC_ISSUER and OIDC_CLIENT_ID and OIDC_CLIENT_SECRET
    else {}
)
# The address in links of mails that go out behind no page.
PUBLIC_URL = env("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="CS Platform <no-reply@localhost>")
SERVER_EMAIL = env("SERVER_EMAIL", default=DEFAULT_FROM_EMAIL)
# A mail provider of django-anymail ("mailgun", "postmark", …) instead of EMAIL_URL; what it needs, such as its key,
# comes from variables that begin with ANYMAIL_.
EMAIL_PROVIDER: str = env("EMAIL_PROVIDER", default="").strip().lower()
if EMAIL_PROVIDER and not (EMAIL_PROVIDER.isidentifier() and find_spec(f"anymail.backends.{EMAIL_PROVIDER}")):
    raise ImproperlyConfigured(
        f"EMAIL_PROVIDER={EMAIL_PROVIDER} is no provider that django-anymail knows, such as mailgun or postmark."
    )
ANYMAIL: dict[str, Any] = {
    name.removeprefix("ANYMAIL_"): value for name, value in os.environ.items() if name.startswith("ANYMAIL_") and value
}
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_LOGIN_ON_GET = False

# --- time, language, static ---------------------------------------------------------------------
LANGUAGE_CODE = "en"
# The words are English for everybody; figures and dates follow the person (core.reading).
LANGUAGES = [("en", "English")]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT: Path | None = Path(env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- pages' safety ------------------------------------------------------------------------------
# Nothing inline and nothing from another origin; Tabler draws its small icons as data: images.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        # Browsers hold a form to this even where the answer leads on, as the button of single sign-on does.
        "form-action": [SELF, *([OIDC_ORIGIN] if SOCIALACCOUNT_PROVIDERS else [])],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.views.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.ScopedPermission"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "core.pagination.IdCursorPagination",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "core.api.exception_handler",
    "PAGE_SIZE": 100,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CS Platform API",
    "VERSION": "1",
    "DESCRIPTION": "Customers, contacts, subscriptions, portfolios, touch tiers, the queue with its bookings, "
    "newsletters and notices.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {"TierEnum": "accounts.models.Tier", "IssueStateEnum": "newsletters.models.Issue.State"},
}
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105 - a model
# Its own token table, which ours replaces, is not made: nothing would ever empty it.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_MODEL": "accounts.ApiToken", "TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Bearer"}

# The folder of a mail catcher whose messages can be read at /mail/; real installations have none.
MAIL_CATCHER_DIR: Path | None = None

# --- audit --------------------------------------------------------------------------------------
# Statement triggers cost one pass a statement instead of one call a row.
PGHISTORY_LEVEL = "STATEMENT"

# --- background work ----------------------------------------------------------------------------
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A poke that finds the broker dead gives up at once, the sweep below does the work later; a worker waits for ever.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_connect_timeout": 2, "max_retries": 0}
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_IMPORTS = ["cs_platform.tasks", "newsletters.notice_tasks"]
# The settings of LOGGING below hold in workers too.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Bulk mail has workers of its own, so that nothing else ever waits behind a newsletter.
CELERY_TASK_ROUTES = {
    "newsletters.tasks.send_batches": {"queue": "bulk"},
    "newsletters.tasks.freeze": {"queue": "bulk"},
    "newsletters.tasks.cancel_rest": {"queue": "bulk"},
    "newsletters.tasks.apply_winner_to": {"queue": "bulk"},
}
# How many processes send newsletters at once, whatever the number of workers.
NEWSLETTER_SENDERS = env.int("NEWSLETTER_SENDERS", default=2)
if NEWSLETTER_SENDERS < 1:
    raise ImproperlyConfigured("NEWSLETTER_SENDERS is less than 1: no newsletter would ever go out.")
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    # A heartbeat that waited is no heartbeat: it expires.
    "worker-heartbeat": {"task": "cs_platform.tasks.beat_heart", "schedule": 15.0, "options": {"expires": 15}},
    "outbox-sweep": {"task": "core.tasks.drain_outbox", "schedule": 10.0},
    "requests-forget": {"task": "core.tasks.forget_old_requests", "schedule": crontab(hour=4, minute=41)},
    "imports-resume": {"task": "accounts.tasks.resume_stale_imports", "schedule": 30.0},
    "workspace-jobs-resume": {"task": "workspace.tasks.resume_jobs", "schedule": 60.0},
    "workspace-exports-forget": {"task": "workspace.tasks.forget_old_exports", "schedule": crontab(hour=4, minute=17)},
    "figures-refresh": {"task": "accounts.tasks.refresh_due_figures", "schedule": crontab(minute=7)},
    "tiers-nightly": {"task": "segments.tasks.reassign_tiers", "schedule": crontab(hour=2, minute=30)},
    "waiting-lists-sweep": {"task": "queues.tasks.sweep_waiting_lists", "schedule": 60.0, "options": {"expires": 60}},
    # What a lost poke left, reminders whose moment has come, and mails whose sender died.
    "booking-mails": {"task": "queues.tasks.send_mails", "schedule": 15.0, "options": {"expires": 15}},
    # Due issues, senders for what is under way, and what dead senders left; a tick that came late is none.
    "newsletters": {"task": "newsletters.tasks.look_after_issues", "schedule": 5.0, "options": {"expires": 5}},
    "rebalances-resume": {"task": "segments.tasks.resume_rebalances", "schedule": 30.0},
    # Every hour, as the company's day begins by its own clock; a day that has its rows is left alone.
    "capacity-snapshots": {"task": "segments.tasks.take_capacity_snapshots", "schedule": crontab(minute=4)},
    # Contacts that have joined an audience since get what is published for it, too.
    "notices-freshen": {"task": "newsletters.tasks.freshen_notices", "schedule": 600.0, "options": {"expires": 600}},
    "identities-forget": {"task": "newsletters.tasks.forget_identities", "schedule": crontab(minute=23)},
    "provider-reports-forget": {
        "task": "newsletters.tasks.forget_provider_reports",
        "schedule": crontab(hour=4, minute=53),
    },
    # Every hour, as Monday morning comes by the company's own clock; who has the digest is left alone.
    "newsletter-digests": {"task": "newsletters.tasks.send_digests", "schedule": crontab(minute=9)},
    "newsletter-proposals": {"task": "newsletters.tasks.freshen_proposals", "schedule": crontab(minute=23)},
    "pins-expire": {"task": "segments.tasks.end_due_pins", "schedule": crontab(minute=12)},
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        # A line for every task of every tick says nothing; what fails is a warning or worse.
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}

# --- imports ------------------------------------------------------------------------------------
# The largest file that is accepted, as it is uploaded and, for a workbook, unpacked; bytes and rows.
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=200 * 1024 * 1024)
IMPORT_MAX_UNPACKED_BYTES = env.int("IMPORT_MAX_UNPACKED_BYTES", default=300 * 1024 * 1024)
IMPORT_MAX_ROWS = env.int("IMPORT_MAX_ROWS", default=2_000_000)
# A worker says that it lives with every chunk; silent for so long, it is taken for dead, and another one goes on.
IMPORT_STALE_SECONDS = env.int("IMPORT_STALE_SECONDS", default=60)

# --- notices in the company's products ----------------------------------------------------------
# How many requests a minute one contact's widgets, and all widgets of one product together, may make.
NOTICES_PER_CONTACT = env.int("NOTICES_PER_CONTACT", default=120)
NOTICES_PER_PRODUCT = env.int("NOTICES_PER_PRODUCT", default=60_000)
# How many forged identities a minute are looked at for one address: each costs a look for the product and its secret.
NOTICES_FORGED_PER_ADDRESS = env.int("NOTICES_FORGED_PER_ADDRESS", default=60)
