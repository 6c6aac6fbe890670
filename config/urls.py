"""The map of addresses: sign-in, the vendor's desk, and the portal. URLs follow the reader, not the app."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from config.health import health

# The desk has no log-in of its own: whoever is not signed in goes through the one with rate limits and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("health/", health, name="health"),
    path("accounts/", include("allauth.urls")),
    path("admin/", include("billing.admin.urls")),
    path("admin/", admin.site.urls),
    path("instances/", include("licenses.portal.urls")),
    path("usage/", include("usage.portal.urls")),
    path("", include("billing.portal.urls")),
]
