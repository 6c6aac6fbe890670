"""The map of the programming interface, version 1: every app's own addresses under one namespace."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBadRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import include, path, re_path
from django.views.defaults import server_error
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from ground.api.problems import PROBLEM_JSON, problem
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


def fault(request: HttpRequest) -> HttpResponseBase:
    """Answer for a fault of our own: a problem to programs, a page to people. What went wrong is in the log alone."""
    if not request.path.startswith(PREFIX):
        return server_error(request)
    body = problem(status_code=500, code="fault", detail="This is our fault, not yours.", instance=request.path)
    return JsonResponse(body, status=500, content_type=PROBLEM_JSON)


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer to a request that nobody can read: a problem to programs, a page to people.

    The page knows nothing of the request, whose host or session may be what is wrong.
    """
    said = str(exception) if isinstance(exception, BadRequest) else "This request cannot be understood."
    if not request.path.startswith(PREFIX):
        return HttpResponseBadRequest(render_to_string("400.html", {"said": said}))
    body = problem(status_code=400, code="bad_request", detail=said, instance=request.path)
    return JsonResponse(body, status=400, content_type=PROBLEM_JSON)


app_name = "api"
PREFIX = "/api/"

urlpatterns = [
    path("", include("licenses.api.urls")),
    path("", include("usage.api.urls")),
    path("", include("billing.api.urls")),
    path("", include("ground.api.jobs")),
    re_path("", Nowhere.as_view(), name="nowhere"),
]
