"""Addresses: a contact's hours in the customers' portal."""

from django.urls import URLPattern, URLResolver, path

from queues.views.portal import mine

urlpatterns: list[URLPattern | URLResolver] = [
    path("", mine.my_hours, name="portal_hours"),
    path("book/", mine.choose_queue, name="portal_hours_book"),
    path("book/<slug:slug>/", mine.pick, name="portal_hours_pick"),
    path("book/<slug:slug>/waiting/", mine.wait, name="portal_hours_wait"),
    path("book/<slug:slug>/<uuid:uid>/", mine.details, name="portal_hours_details"),
    path("waiting/<uuid:uid>/leave/", mine.leave, name="portal_hours_leave"),
    path("offers/<uuid:uid>/", mine.offer, name="portal_hours_offer"),
    path("<uuid:uid>/", mine.hour, name="portal_hour"),
    path("<uuid:uid>/hour.ics", mine.calendar_file, name="portal_hour_file"),
    path("<uuid:uid>/files/<int:pk>/", mine.follow_up_file, name="portal_hour_follow_up"),
    path("<uuid:uid>/move/", mine.move, name="portal_hour_move"),
    path("<uuid:uid>/cancel/", mine.cancel, name="portal_hour_cancel"),
    path("<uuid:uid>/rate/", mine.rate, name="portal_hour_rate"),
]
