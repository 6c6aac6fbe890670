"""Refusals as RFC 9457 problems: one shape for everything that goes wrong, in words for people."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as RowRefused
from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.settings import api_settings

from ground.actor import NotAllowed

PROBLEM_JSON = "application/problem+json"
# The parts of an address that name a kind of problem; `docs/api.md` says what each means.
TYPE_PREFIX = "urn:rollcall:problem:"


class Refused(exceptions.APIException):
    """A rule of the house says no; the detail is the operation's own sentence."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "refused"


class Conflict(exceptions.APIException):
    """What is there already does not fit what was asked."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class BadRequest(exceptions.APIException):
    """The request itself cannot be understood."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "bad_request"


class TooLarge(exceptions.APIException):
    """The body is larger than this address takes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457: what went wrong. `errors` names the fields, where fields are to blame."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to an exception of a view; None for a fault of our own, which becomes a 500."""
    known = _known(error)
    if known is None:
        return None
    headers = {}
    if auth_header := getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(known, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    if tag := getattr(known, "etag", None):
        headers["ETag"] = tag
    code = str(known.get_codes()) if isinstance(known.detail, str) else "invalid"
    body: dict[str, Any] = problem(
        status_code=known.status_code,
        code=code,
        detail=str(known.detail) if isinstance(known.detail, str) else "Some fields cannot be taken as they are.",
        instance=context["request"].path if context.get("request") is not None else "",
    )
    if not isinstance(known.detail, str):
        body["errors"] = _by_field(known.detail)
    return Response(body, status=known.status_code, headers=headers, content_type=PROBLEM_JSON)


def problem(*, status_code: int, code: str, detail: str, instance: str) -> dict[str, Any]:
    """Return the body of a problem."""
    return {
        "type": TYPE_PREFIX + code.replace("_", "-"),
        "title": HTTPStatus(status_code).phrase,
        "status": status_code,
        "detail": detail,
        "instance": instance,
    }


def _known(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound(str(error) or None)
    if isinstance(error, (NotAllowed, PermissionDenied)):
        return exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, RequestDataTooBig):
        return TooLarge("The body is larger than this address takes.")
    if isinstance(error, RowRefused):
        fields = (
            error.message_dict if hasattr(error, "error_dict") else {api_settings.NON_FIELD_ERRORS_KEY: error.messages}
        )
        return exceptions.ValidationError(fields)
    return None


def _by_field(detail: Any, name: str = "") -> dict[str, list[str]]:
    """Flatten what serializers say of fields: {"terms.charges": ["..."]}."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for key, inner in detail.items():
            found |= _by_field(inner, f"{name}.{key}" if name else str(key))
        return found
    if isinstance(detail, list) and any(isinstance(inner, (dict, list)) for inner in detail):
        found = {}
        for number, inner in enumerate(detail):
            if inner:
                found |= _by_field(inner, f"{name}.{number}" if name else str(number))
        return found
    words = [str(inner) for inner in detail] if isinstance(detail, list) else [str(detail)]
    return {name or "request": words}
