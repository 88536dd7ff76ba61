"""Logging in, the second factor, single sign-on: the pages of the libraries that do it."""

from tests.permissions.line import Line
from tests.permissions.subjects import ANONYMOUS, CONTACTS, EVERYBODY, STAFF

LINES = [
    # --- logging in: whoever is in already is sent on -----------------------------------------------
    Line("account_login", "GET POST PUT", {ANONYMOUS}, "open", ok=(200,), refused=302),
    Line("account_request_login_code", "GET POST PUT", {ANONYMOUS}, "open", ok=(200,), refused=302),
    Line("account_confirm_login_code", "GET POST PUT", EVERYBODY, "open", ok=(302,)),
    Line("account_logout", "GET", STAFF | CONTACTS, "open", refused=302),
    Line("account_logout", "POST", EVERYBODY, "open", ok=(302,)),
    Line("account_inactive", "GET", EVERYBODY, "open"),
    Line("account_signup", "GET POST PUT", {ANONYMOUS}, "open", ok=(200,), refused=302),
    Line("account_reset_password", "GET POST PUT", EVERYBODY, "open", ok=(200,)),
    Line("account_reset_password_done", "GET", EVERYBODY, "open"),
    Line(
        "account_reset_password_from_key",
        "GET POST PUT",
        EVERYBODY,
        "open",
        ok=(200,),
        address={"uidb36": "=1", "key": "=no-such-key"},
    ),
    Line("account_reset_password_from_key_done", "GET", EVERYBODY, "open"),
    Line("account_reauthenticate", "GET POST PUT", STAFF, ok=(200, 302)),
    Line("account_change_password", "GET POST PUT", STAFF),
    Line("account_set_password", "GET POST PUT", STAFF, ok=(302,)),
    # --- the second factor --------------------------------------------------------------------------
    Line("mfa_index", "GET", STAFF),
    Line("mfa_authenticate", "GET POST", EVERYBODY, "open", ok=(302,)),
    Line("mfa_reauthenticate", "GET POST PUT", STAFF, ok=(200, 302)),
    Line("mfa_activate_totp", "GET POST PUT", STAFF, ok=(200, 302)),
    Line("mfa_deactivate_totp", "GET POST PUT", STAFF, ok=(200, 302, 404)),
    Line("mfa_view_recovery_codes", "GET", STAFF, ok=(200, 302, 404)),
    Line("mfa_generate_recovery_codes", "GET POST PUT", STAFF, ok=(200, 302)),
    Line("mfa_download_recovery_codes", "GET", STAFF, ok=(200, 302, 404)),
    Line("mfa_list_webauthn", "GET", STAFF, ok=(200, 302)),
    Line("mfa_add_webauthn", "GET POST PUT", STAFF, ok=(200, 302)),
    Line("mfa_reauthenticate_webauthn", "GET POST PUT", STAFF, ok=(200, 302, 404)),
    Line("mfa_remove_webauthn", "GET POST", STAFF, ok=(302, 404), address={"pk": "=1"}),
    Line("mfa_edit_webauthn", "GET POST PUT", STAFF, ok=(302, 404), address={"pk": "=1"}),
    Line("mfa_login_webauthn", "GET POST PUT", EVERYBODY, "open", ok=(200, 302)),
    # --- single sign-on, which is not set up here ---------------------------------------------------
    Line("socialaccount_connections", "GET POST PUT", STAFF),
    Line("socialaccount_signup", "GET POST PUT", EVERYBODY, "open", ok=(302,)),
    Line("socialaccount_login_cancelled", "GET", EVERYBODY, "open"),
    Line("socialaccount_login_error", "GET", EVERYBODY, "open", ok=(401,)),
    Line("openid_connect_login", "GET POST", EVERYBODY, "open", ok=(404,), address={"provider_id": "=oidc"}),
    Line("openid_connect_callback", "GET", EVERYBODY, "open", ok=(404,), address={"provider_id": "=oidc"}),
]
