"""Addresses of the desk's pages of licences and signing keys; lists of records are the admin site's."""

from django.urls import path

from ground.desk import desk_view
from licenses.admin import license, vendor_keys

app_name = "desk_licenses"

urlpatterns = [
    path("contracts/<str:public_id>/license/", desk_view(license.license_page), name="license"),
    path("contracts/<str:public_id>/license/issue/", desk_view(license.issue), name="issue_license"),
    path("contracts/<str:public_id>/license/revoke-key/", desk_view(license.revoke_key), name="revoke_instance_key"),
    path(
        "contracts/<str:public_id>/license/<str:license_id>/REVOCATIONS",
        desk_view(license.revocations),
        name="revocations",
    ),
    path("contracts/<str:public_id>/license/<str:license_id>/", desk_view(license.license_file), name="license_file"),
    path("signing-keys/", desk_view(vendor_keys.vendor_keys), name="vendor_keys"),
    path("signing-keys/<int:pk>/announce/", desk_view(vendor_keys.announce), name="announce_vendor_key"),
    path("signing-keys/<int:pk>/replace/", desk_view(vendor_keys.replace), name="replace_vendor_key"),
    path("signing-keys/<str:fingerprint>/revoke/", desk_view(vendor_keys.revoke), name="revoke_vendor_key"),
    path("signing-keys/<str:fingerprint>/VENDOR.pub", desk_view(vendor_keys.public_key), name="vendor_public_key"),
]
