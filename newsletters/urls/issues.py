"""Addresses of the issues."""

from django.urls import URLPattern, URLResolver, path

from newsletters.views import calendar, listing, progress

urlpatterns: list[URLPattern | URLResolver] = [
    path("", listing.issue_list, name="newsletters"),
    path("under-way/", listing.under_way, name="newsletters_under_way"),
    path("new/", listing.new, name="newsletter_new"),
    path("calendar/", calendar.calendar, name="newsletter_calendar"),
    path("<int:pk>/", progress.issue, name="newsletter"),
    path("<int:pk>/plan/", calendar.plan, name="newsletter_plan"),
    path("<int:pk>/delete/", listing.delete, name="newsletter_delete"),
    path("<int:pk>/progress/", progress.progress, name="newsletter_progress"),
    path("<int:pk>/progress/now/", progress.progress_now, name="newsletter_progress_now"),
    path("<int:pk>/pause/", progress.pause, name="newsletter_pause"),
    path("<int:pk>/resume/", progress.resume, name="newsletter_resume"),
    path("<int:pk>/cancel/", progress.cancel, name="newsletter_cancel"),
    path("<int:pk>/settle/", progress.settle, name="newsletter_settle"),
]
