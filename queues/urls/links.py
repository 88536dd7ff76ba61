"""Addresses in mails: each carries a signature for one purpose, and needs no login."""

from django.urls import URLPattern, URLResolver, path

from queues.views.portal import mail_links as views

urlpatterns: list[URLPattern | URLResolver] = [
    path("book/<str:token>/", views.book_choose, name="link_book"),
    path("book/<str:token>/booked/<uuid:uid>/", views.booked, name="link_booked"),
    path("book/<str:token>/booked/<uuid:uid>/hour.ics", views.booked_file, name="link_booked_file"),
    path("book/<str:token>/<slug:slug>/", views.book_pick, name="link_book_pick"),
    path("book/<str:token>/<slug:slug>/waiting/", views.book_wait, name="link_book_wait"),
    path("book/<str:token>/<slug:slug>/<uuid:uid>/", views.book_details, name="link_book_details"),
    path("change/<str:token>/", views.change, name="link_change"),
    path("cancel/<str:token>/", views.cancel, name="link_cancel"),
    path("offer/<str:token>/", views.offer, name="link_offer"),
    path("rate/<str:token>/", views.rate, name="link_rate"),
]
