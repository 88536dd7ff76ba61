"""Addresses: people, invitations, teams, roles, own profile and API tokens."""

from django.urls import URLPattern, URLResolver, path

from accounts.views import invitations, people, profile, teams

urlpatterns: list[URLPattern | URLResolver] = [
    path("people/", people.people_list, name="people"),
    path("people/invite/", invitations.invite, name="invite"),
    path("people/invitations/<int:pk>/resend/", invitations.invitation_resend, name="invitation_resend"),
    path("people/invitations/<int:pk>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("people/teams/", teams.team_list, name="teams"),
    path("people/teams/new/", teams.team_new, name="team_new"),
    path("people/teams/<int:pk>/", teams.team_edit, name="team_edit"),
    path("people/teams/<int:pk>/delete/", teams.team_delete, name="team_delete"),
    path("people/<int:pk>/", people.person_page, name="person"),
    path("people/<int:pk>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:pk>/roles/", people.person_roles, name="person_roles"),
    path("people/<int:pk>/deactivate/", people.person_deactivate, name="person_deactivate"),
    path("people/<int:pk>/reactivate/", people.person_reactivate, name="person_reactivate"),
    path("join/<str:token>/", invitations.invitation_accept, name="invitation_accept"),
    path("profile/", profile.profile, name="profile"),
    path("profile/tokens/", profile.tokens, name="api_tokens"),
    path("profile/tokens/revoke/", profile.token_revoke, name="api_token_revoke"),
]
