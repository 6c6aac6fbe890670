"""The map of addresses: sign-in, the vendor's desk, and the portal. URLs follow the reader, not the app."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("instances/", include("licenses.portal.urls")),
    path("usage/", include("usage.portal.urls")),
    path("", include("billing.portal.urls")),
]
