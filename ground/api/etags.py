"""Changes that do not overwrite each other: who changes an object says which state of it was read."""

import hashlib
import json
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request


class ReadFirst(APIException):
    """The request does not say which state it changes."""

    status_code = 428
    default_code = "precondition_required"
    default_detail = "Send If-Match with the ETag of what you read, so that nobody's change is overwritten."


class ChangedMeanwhile(APIException):
    """Somebody changed it after it was read."""

    status_code = 412
    default_code = "precondition_failed"
    default_detail = "This was changed after you read it. Read it again and decide anew."

    def __init__(self, etag: str) -> None:
        super().__init__()
        self.etag = etag


def etag_of(shown: Any) -> str:
    """Return the mark of what is shown: another one for every difference that a reader could see."""
    text = json.dumps(json.loads(JSONRenderer().render(shown)), sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def is_known(request: Request, etag: str) -> bool:
    """Return whether the caller has this state already, as If-None-Match says."""
    marks = [mark.strip().removeprefix("W/") for mark in request.headers.get("If-None-Match", "").split(",")]
    return etag in marks or "*" in marks


def require_match(request: Request, etag: str) -> None:
    """Raise ReadFirst without If-Match, ChangedMeanwhile for another state; `*` is any state."""
    header = request.headers.get("If-Match")
    if header is None:
        raise ReadFirst
    if etag not in (marks := [mark.strip() for mark in header.split(",")]) and "*" not in marks:
        raise ChangedMeanwhile(etag)
