"""Addresses of the links in mails."""

from django.urls import URLPattern, path

from newsletters.views import mail_links, pictures, tracked

urlpatterns: list[URLPattern] = [
    path("pictures/<uuid:uid>/", pictures.picture, name="newsletter_picture"),
    path("<str:token>/", mail_links.read, name="mail_read"),
    path("<str:token>/mail/", mail_links.framed_mail, name="mail_framed"),
    path("<str:token>/unsubscribe/", mail_links.unsubscribe, name="mail_unsubscribe"),
    path("<str:token>/undo/", mail_links.undo, name="mail_undo"),
    path("<str:token>/preferences/", mail_links.preferences, name="mail_preferences"),
    path("<str:token>/stop/", mail_links.stop, name="mail_stop"),
    path("<str:token>/to/<int:link>/", tracked.click, name="mail_click"),
    path("<str:token>/seen.gif", tracked.pixel, name="mail_pixel"),
]
