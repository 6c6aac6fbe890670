"""The map of addresses: sign-in, the vendor's desk, and the portal. URLs follow the reader, not the app."""

from allauth.account.decorators import secure_admin_login
from django.apps import apps
from django.contrib import admin
from django.urls import include, path

from config import api_docs
from config.health import health
from ground.desk import RecordAdmin

# The desk has no log-in of its own: whoever is not signed in goes through the one with rate limits and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# The desk lists our own records, for looking. What other apps registered are forms of open fields, with other people's
# second factors among them: nobody needs those here, and a superuser would get them.
for model in apps.get_models():
    if admin.site.is_registered(model) and not isinstance(admin.site.get_model_admin(model), RecordAdmin):
        admin.site.unregister(model)

handler400 = "config.api.not_understood"
handler500 = "config.api.fault"

urlpatterns = [
    path("health/", health, name="health"),
    path("api/", api_docs.page, name="api_docs"),
    path("api/openapi.yaml", api_docs.openapi, name="api_openapi"),
    path("api/v1/", include("config.api")),
    path("accounts/", include("licenses.sign_in.urls")),
    path("admin/", include("billing.admin.urls")),
    path("admin/", include("usage.admin.urls")),
    path("admin/", include("licenses.admin.key_urls")),
    path("admin/", include("licenses.admin.people_urls")),
    path("admin/", include("licenses.admin.license_urls")),
    path("admin/", include("licenses.admin.webhook_urls")),
    path("admin/", admin.site.urls),
    path("instances/", include("licenses.portal.urls")),
    path("usage/", include("usage.portal.urls")),
    path("", include("billing.portal.urls")),
]
