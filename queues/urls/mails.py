"""Addresses: mails about hours that wait for a decision."""

from django.urls import URLPattern, URLResolver, path

from queues.views import mails

urlpatterns: list[URLPattern | URLResolver] = [
    path("", mails.mails, name="queue_mails"),
    path("<int:pk>/arrived/", mails.mail_arrived, name="queue_mail_arrived"),
    path("<int:pk>/again/", mails.mail_again, name="queue_mail_again"),
    path("<int:pk>/give-up/", mails.mail_give_up, name="queue_mail_give_up"),
]
