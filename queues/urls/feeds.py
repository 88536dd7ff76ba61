"""Addresses: private calendar feeds."""

from django.urls import URLPattern, URLResolver, path

from queues.views import feeds

urlpatterns: list[URLPattern | URLResolver] = [
    path("feeds/<str:token>.ics", feeds.calendar_feed, name="calendar_feed"),
    path("profile/calendars/", feeds.calendar_feeds, name="calendar_feeds"),
    path("profile/calendars/end/", feeds.calendar_feed_revoke, name="calendar_feed_revoke"),
    path("portal/calendars/", feeds.portal_feeds, name="portal_feeds"),
    path("portal/calendars/end/", feeds.portal_feed_revoke, name="portal_feed_revoke"),
]
