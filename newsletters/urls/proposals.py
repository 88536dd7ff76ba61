"""Addresses of the proposals."""

from django.urls import URLPattern, path

from newsletters.views import proposals

urlpatterns: list[URLPattern] = [
    path("", proposals.proposals, name="newsletter_proposals"),
    path("new/", proposals.proposal_new, name="newsletter_proposal_new"),
    path("<int:pk>/", proposals.proposal, name="newsletter_proposal"),
    path("<int:pk>/edit/", proposals.proposal_edit, name="newsletter_proposal_edit"),
    path("<int:pk>/vote/", proposals.proposal_vote, name="newsletter_proposal_vote"),
    path("<int:pk>/plan/", proposals.proposal_plan, name="newsletter_proposal_plan"),
    path("<int:pk>/decline/", proposals.proposal_decline, name="newsletter_proposal_decline"),
    path("<int:pk>/reopen/", proposals.proposal_reopen, name="newsletter_proposal_reopen"),
]
