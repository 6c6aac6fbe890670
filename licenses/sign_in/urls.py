"""Addresses of the account pages: of django-allauth's those that invited people need, and no others.

There is no page for further addresses: the vendor or an administrator says by which address a person is known, and a
provider's word about an address means that person.
"""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.socialaccount import views as providers
from django.urls import path, re_path
from django.views.generic import RedirectView

from licenses.sign_in import single_sign_on
from licenses.sign_in.views import Activate, AddKey, Authenticate, Deactivate, Prove, ProveByKey, RemoveKey

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", account.signup, name="account_signup"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", factors.index, name="mfa_index"),
    path("2fa/authenticate/", Authenticate.as_view(), name="mfa_authenticate"),
    path("2fa/reauthenticate/", Prove.as_view(), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", Activate.as_view(), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", Deactivate.as_view(), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/download/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    # Keys are listed on the page of the account.
    path("2fa/webauthn/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", AddKey.as_view(), name="mfa_add_webauthn"),
    path("2fa/webauthn/reauthenticate/", ProveByKey.as_view(), name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", RemoveKey.as_view(), name="mfa_remove_webauthn"),
    path("3rdparty/login/cancelled/", providers.login_cancelled, name="socialaccount_login_cancelled"),
    path("3rdparty/login/error/", providers.login_error, name="socialaccount_login_error"),
    path("oidc/<slug:provider_id>/login/", single_sign_on.login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", single_sign_on.callback, name="openid_connect_callback"),
]
