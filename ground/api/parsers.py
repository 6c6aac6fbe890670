"""JSON as programs send it: bounded, strict, and of texts that a database can hold."""

from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from ground.api.problems import TooLarge
from rollcall.strict_json import NotStrictJson, read_json


class BoundedJson(BaseParser):
    """Reads at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes; a key that stands twice is refused instead of being guessed."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the value. Raises TooLarge, ParseError."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge(f"The body is larger than {limit // 1024:,} KiB.")
        try:
            value = read_json(raw.decode("utf-8"))
            refuse_unstorable(value)
        except (UnicodeDecodeError, NotStrictJson) as error:
            raise ParseError(str(error)) from error
        except RecursionError as error:
            raise ParseError("This JSON is nested too deeply.") from error
        return value


def refuse_unstorable(value: Any) -> None:
    """Raise NotStrictJson for a text with NUL or half of a surrogate pair, which no database holds."""
    if isinstance(value, dict):
        for key, inner in value.items():
            refuse_unstorable(key)
            refuse_unstorable(inner)
    elif isinstance(value, list):
        for inner in value:
            refuse_unstorable(inner)
    elif isinstance(value, str) and any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in value):
        raise NotStrictJson("A text holds NUL, or half of a character.")
