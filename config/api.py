"""The map of the programming interface, version 1: every app's own addresses under one namespace."""

from typing import Any

from django.urls import include, path, re_path
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from ground.api.views import Walled


class Nowhere(Walled):
    """Every address that is none: a problem like any other."""

    permission_classes = ()
    authentication_classes = ()
    throttle_classes = ()
    schema = None
    scope = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse whatever the method is."""
        raise NotFound("There is nothing under this address.")


app_name = "api"

urlpatterns = [
    path("", include("licenses.api.urls")),
    path("", include("usage.api.urls")),
    path("", include("billing.api.urls")),
    path("", include("ground.api.jobs")),
    re_path("", Nowhere.as_view(), name="nowhere"),
]
