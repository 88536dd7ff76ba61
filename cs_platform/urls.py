"""Every address of the product."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("", include("workspace.urls.pages")),
    path("", include("workspace.urls.lists")),
    path("", include("accounts.urls.people")),
    path("settings/", include("accounts.urls.settings")),
    path("portal/", include("accounts.urls.portal")),
    path("portal/hours/", include("queues.urls.portal")),
    path("h/", include("queues.urls.links")),
    path("imports/", include("accounts.urls.imports")),
    path("customers/", include("accounts.urls.customers")),
    path("tiers/", include("segments.urls.tiers")),
    path("capacity/", include("segments.urls.capacity")),
    path("", include("segments.urls.limits")),
    path("queue/book/", include("queues.urls.booking")),
    path("queue/", include("queues.urls.board")),
    path("queue/hours/", include("queues.urls.hours")),
    path("", include("calendars.urls.pages")),
    path("settings/", include("calendars.urls.settings")),
    path("queue/settings/", include("queues.urls.setup")),
    path("capacity/one-to-many/", include("segments.urls.one_to_many")),
    path("capacity/scenarios/", include("segments.urls.scenarios")),
    path("capacity/rebalances/", include("segments.urls.rebalances")),
    path("", include("queues.urls.feeds")),
    path("queue/mails/", include("queues.urls.mails")),
    path("newsletters/", include("newsletters.urls.audience")),
    path("newsletters/", include("newsletters.urls.issues")),
    path("newsletters/", include("newsletters.urls.editing")),
    path("newsletters/proposals/", include("newsletters.urls.proposals")),
    path("newsletters/", include("newsletters.urls.topics")),
    path("newsletters/notices/", include("newsletters.urls.notices")),
    path("portal/notices/", include("newsletters.urls.portal_notices")),
    path("widget/", include("newsletters.urls.widget")),
    path("n/", include("newsletters.urls.links")),
    path("portal/newsletters/", include("newsletters.urls.portal")),
    path("archive/", include("newsletters.urls.archive")),
    path("anymail/", include("newsletters.urls.webhooks")),
    path("accounts/", include("accounts.urls.login")),
    path("api/v1/", include("cs_platform.api_urls")),
]

if settings.MAIL_CATCHER_DIR:
    urlpatterns.append(path("mail/", include("demo.mail_catcher")))
    urlpatterns.append(path("demo/product/", include("demo.product")))
