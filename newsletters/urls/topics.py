"""Addresses of the topics, settings and figures, and of suppressed addresses."""

from django.urls import URLPattern, path

from newsletters.views import figures, settings, topics

urlpatterns: list[URLPattern] = [
    path("topics/", topics.topics, name="newsletter_topics"),
    path("topics/new/", topics.topic_new, name="newsletter_topic_new"),
    path("topics/<int:pk>/", figures.topic_figures, name="newsletter_topic"),
    path("topics/<int:pk>/edit/", topics.topic_edit, name="newsletter_topic_edit"),
    path("topics/<int:pk>/open/", topics.topic_open, name="newsletter_topic_open"),
    path("topics/<int:pk>/move/", topics.topic_move, name="newsletter_topic_move"),
    path("<int:pk>/figures/", figures.issue_figures, name="newsletter_figures"),
    path("<int:pk>/figures.csv", figures.issue_figures_file, name="newsletter_figures_file"),
    path("settings/", settings.newsletter_settings, name="newsletter_settings"),
    path("settings/pace/", settings.newsletter_pace, name="newsletter_pace"),
    path("settings/pace/<int:pk>/", settings.newsletter_speed_up, name="newsletter_speed_up"),
]
