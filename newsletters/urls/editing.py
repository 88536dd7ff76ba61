"""Addresses of the editor of an issue."""

from django.urls import URLPattern, URLResolver, path

from newsletters.views import audience, blocks, content, preview, review, schedule

urlpatterns: list[URLPattern | URLResolver] = [
    path("<int:pk>/content/", content.content, name="newsletter_content"),
    path("<int:pk>/steps/", content.steps, name="newsletter_steps"),
    path("<int:pk>/details/", content.details, name="newsletter_details"),
    path("<int:pk>/blocks/new/", blocks.block_new, name="newsletter_block_new"),
    path("<int:pk>/blocks/<int:block_id>/", blocks.block_edit, name="newsletter_block"),
    path("<int:pk>/blocks/<int:block_id>/move/", blocks.block_move, name="newsletter_block_move"),
    path("<int:pk>/blocks/<int:block_id>/duplicate/", blocks.block_duplicate, name="newsletter_block_duplicate"),
    path("<int:pk>/blocks/<int:block_id>/remove/", blocks.block_remove, name="newsletter_block_remove"),
    path("<int:pk>/blocks/<int:block_id>/restore/", blocks.block_restore, name="newsletter_block_restore"),
    path("<int:pk>/preview/", preview.preview, name="newsletter_preview"),
    path("<int:pk>/preview/mail/", preview.preview_mail, name="newsletter_preview_mail"),
    path("<int:pk>/preview/contacts/", preview.preview_contacts, name="newsletter_preview_contacts"),
    path("<int:pk>/test/", preview.test_mail, name="newsletter_test"),
    path("<int:pk>/audience/", audience.audience, name="newsletter_audience"),
    path("<int:pk>/checks/", review.checks, name="newsletter_checks"),
    path("<int:pk>/approval/", review.approval, name="newsletter_approval"),
    path("<int:pk>/approval/ask/", review.ask, name="newsletter_ask"),
    path("<int:pk>/approval/decide/", review.decide, name="newsletter_decide"),
    path("<int:pk>/approval/withdraw/", review.withdraw, name="newsletter_withdraw"),
    path("<int:pk>/schedule/", schedule.schedule, name="newsletter_schedule"),
    path("<int:pk>/schedule/clocks/", schedule.examples, name="newsletter_clocks"),
    path("<int:pk>/unschedule/", schedule.unschedule, name="newsletter_unschedule"),
]
