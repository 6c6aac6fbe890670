"""Addresses of the portal pages whose facts belong to licenses."""

from django.urls import path

from licenses.portal import api_keys, license

app_name = "licenses"

urlpatterns = [
    path("license/", license.license_page, name="license"),
    path("license/<str:license_id>/", license.license_file, name="license_file"),
    path("license/<str:license_id>/REVOCATIONS", license.revocations, name="revocations"),
    path("license/<str:license_id>/VENDOR.pub", license.vendor_key, name="vendor_key"),
    path("keys/", api_keys.api_keys, name="api_keys"),
    path("keys/<str:prefix>/revoke/", api_keys.revoke, name="revoke_api_key"),
]
