"""Addresses: working hours, absences, the team's calendar."""

from django.urls import URLPattern, URLResolver, path

from calendars.views import absences, calendar, hours

urlpatterns: list[URLPattern | URLResolver] = [
    path("hours/", hours.my_hours, name="my_hours"),
    path("hours/people/<int:pk>/", hours.person_hours, name="person_hours"),
    path("hours/people/<int:pk>/day/", hours.special_day, name="special_day"),
    path("hours/weeks/<int:pk>/delete/", hours.delete_pattern, name="delete_work_pattern"),
    path("hours/days/<int:pk>/delete/", hours.delete_special_day, name="delete_special_day"),
    path("absences/", absences.absences, name="absences"),
    path("absences/new/", absences.new, name="absence_new"),
    path("absences/<int:pk>/", absences.absence, name="absence"),
    path("absences/<int:pk>/cancel/", absences.cancel, name="cancel_absence"),
    path("calendar/", calendar.team_calendar, name="team_calendar"),
]
