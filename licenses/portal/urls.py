"""Addresses of the portal pages whose facts belong to licenses."""

from django.urls import path

from licenses.portal import api_keys

app_name = "licenses"

urlpatterns = [
    path("keys/", api_keys.api_keys, name="api_keys"),
    path("keys/<str:prefix>/revoke/", api_keys.revoke, name="revoke_api_key"),
]
