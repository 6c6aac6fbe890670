"""Addresses of the desk's page of API keys."""

from django.urls import path

from ground.desk import desk_view
from licenses.admin import api_keys

app_name = "desk_keys"

urlpatterns = [
    path("api-keys/", desk_view(api_keys.api_keys), name="api_keys"),
    path("api-keys/<str:prefix>/revoke/", desk_view(api_keys.revoke), name="revoke_api_key"),
]
