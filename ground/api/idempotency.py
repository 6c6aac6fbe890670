"""A request that is made again under its own key is answered as it was the first time, and done once."""

import hashlib
import json
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from ground.api.caller import Caller
from ground.api.problems import BadRequest
from ground.models import AnsweredRequest

HEADER = "Idempotency-Key"
LONGEST = 255
KEPT_HEADERS = ("ETag", "Location")


class OtherRequest(APIException):
    """The key belongs to another request."""

    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = f"This {HEADER} was sent with another request. Give every request a key of its own."


def answered_once(request: Request, caller: Caller, handle: Callable[[], Response]) -> Response:
    """Return the first answer under the request's key, or do it and keep the answer in the same transaction.

    Two at once with one key stand in line. Without the header the request is done each time. A refusal is not kept.
    Raises BadRequest, OtherRequest.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return handle()
    if not 0 < len(key) <= LONGEST or not key.isprintable():
        raise BadRequest(f"An {HEADER} is a text of 1 to {LONGEST} characters.")
    digest = _digest(request._request)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"request {caller.prefix} {key}"])
    known = AnsweredRequest.objects.filter(caller=caller.prefix, key=key).first()
    if known is not None:
        if known.request_sha256 != digest:
            raise OtherRequest
        return Response(known.body, status=known.status, headers=known.headers | {"Idempotent-Replayed": "true"})
    response = handle()
    if response.status_code < 400:
        AnsweredRequest.objects.create(
            customer_id=caller.customer_id,
            caller=caller.prefix,
            key=key,
            request_sha256=digest,
            status=response.status_code,
            body=json.loads(JSONRenderer().render(response.data) or b"null"),
            headers={name: response[name] for name in KEPT_HEADERS if response.has_header(name)},
        )
    return response


def _digest(request: HttpRequest) -> str:
    """Return the SHA-256 of what was asked: method, address with query, content type, body."""
    head = f"{request.method} {request.get_full_path()} {request.content_type}\n"
    return hashlib.sha256(head.encode() + request.body).hexdigest()
