"""Addresses: hosts' hours."""

from django.urls import URLPattern, URLResolver, path

from queues.views import hours

urlpatterns: list[URLPattern | URLResolver] = [
    path("", hours.host_hours, name="queue_hours"),
    path("<uuid:uid>/", hours.hour, name="queue_hour"),
    path("<uuid:uid>/notes/", hours.hour_notes, name="queue_hour_notes"),
    path("<uuid:uid>/close/", hours.hour_close, name="queue_hour_close"),
    path("<uuid:uid>/cancel/", hours.hour_cancel, name="queue_hour_cancel"),
    path("<uuid:uid>/move/", hours.hour_move, name="queue_hour_move"),
    path("<uuid:uid>/no-show/", hours.hour_no_show, name="queue_hour_no_show"),
    path("<uuid:uid>/reopen/", hours.hour_reopen, name="queue_hour_reopen"),
    path("<uuid:uid>/follow-up/", hours.hour_follow_up, name="queue_hour_follow_up"),
    path("<uuid:uid>/links/", hours.hour_link, name="queue_hour_link"),
    path("<uuid:uid>/files/", hours.hour_file, name="queue_hour_file"),
    path("<uuid:uid>/items/<int:pk>/", hours.hour_item_file, name="queue_hour_item_file"),
    path("<uuid:uid>/items/<int:pk>/remove/", hours.hour_item_remove, name="queue_hour_item_remove"),
]
