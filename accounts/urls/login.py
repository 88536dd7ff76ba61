"""Addresses: logging in and out, passwords, second factors and single sign-on.

The pages are allauth's. Those for changing one's own address are left out: it is an administrator, or the customer's
contact list, that says who somebody is.
"""

from allauth.account import views
from allauth.socialaccount import views as social_views
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.views import single_sign_on

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", views.login, name="account_login"),
    path("login/code/", views.request_login_code, name="account_request_login_code"),
    path("login/code/confirm/", views.confirm_login_code, name="account_confirm_login_code"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("2fa/", include("allauth.mfa.urls")),
    path("3rdparty/", social_views.connections, name="socialaccount_connections"),
    path("3rdparty/signup/", social_views.signup, name="socialaccount_signup"),
    path("3rdparty/login/cancelled/", social_views.login_cancelled, name="socialaccount_login_cancelled"),
    path("3rdparty/login/error/", login_not_required(social_views.login_error), name="socialaccount_login_error"),
    path("oidc/<str:provider_id>/login/", single_sign_on.leave, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", single_sign_on.come_back, name="openid_connect_callback"),
]
