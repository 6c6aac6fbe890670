"""How cells are read: each widget takes text as it stands in the file and says what is wrong with it."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from import_export.widgets import Widget

from rollcall.strict_json import read_json

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE = re.compile(r"[0-9]{1,12}")
_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")


class CellWrong(ValueError):
    """What stands in a cell cannot be taken; the sentence says what it should be."""


class Text(Widget):  # type: ignore[misc]
    """One line of text; a cell that must not be empty says so."""

    def __init__(self, *, longest: int, needed: bool = False) -> None:
        super().__init__()
        self.longest, self.needed = longest, needed

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """Return the text without blanks around it. Raises CellWrong."""
        text = str(value or "").strip()
        if not text and self.needed:
            raise CellWrong("This is needed and is empty.")
        if len(text) > self.longest:
            raise CellWrong(f"At most {self.longest} characters; these are {len(text)}.")
        if not all(letter.isprintable() or letter in "\n\t" for letter in text):
            raise CellWrong("This holds characters that cannot be printed.")
        return text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class Lines(Text):
    """Several lines in one cell, with a line break or | between them."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = super().clean(value, row, **kwargs)
        return [line.strip() for line in re.split(r"[\n|]", text) if line.strip()]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return " | ".join(value or [])


class Day(Widget):  # type: ignore[misc]
    """A civil day as 2026-01-31; other spellings are refused, for nobody knows which number is the month."""

    def __init__(self, *, needed: bool = False) -> None:
        super().__init__()
        self.needed = needed

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        """Return the day; None for an empty cell that may be empty. Raises CellWrong."""
        text = str(value or "").strip()
        if not text and not self.needed:
            return None
        try:
            if not _DAY.fullmatch(text):
                raise ValueError(text)
            return date.fromisoformat(text)
        except ValueError as error:
            raise CellWrong(f"Write the day as 2026-01-31, not as “{text[:40]}”.") from error

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.isoformat() if value is not None else ""


class Whole(Widget):  # type: ignore[misc]
    """A whole number from 0 on."""

    def __init__(self, *, empty: int | None = None) -> None:
        super().__init__()
        self.empty = empty

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int:
        """Return the number; that of an empty cell where it may be empty. Raises CellWrong."""
        text = str(value if value is not None else "").strip()
        if not text and self.empty is not None:
            return self.empty
        if not _WHOLE.fullmatch(text):
            raise CellWrong(f"Write a whole number without separators, such as 1200, not “{text[:40]}”.")
        return int(text)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class Amount(Widget):  # type: ignore[misc]
    """An amount with a point before its decimals and no separators; never a float."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal:
        """Return the amount as written. Raises CellWrong."""
        text = str(value if value is not None else "").strip()
        if not _AMOUNT.fullmatch(text):
            raise CellWrong(f"Write the amount as 1234.56, without separators or currency, not “{text[:40]}”.")
        return Decimal(text)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return f"{value:f}" if value is not None else ""


class Choice(Widget):  # type: ignore[misc]
    """One of a few words; the first of them where the cell is empty and may be."""

    def __init__(self, words: Sequence[str], *, may_be_empty: bool = False) -> None:
        super().__init__()
        self.words, self.may_be_empty = list(words), may_be_empty

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """Return the word. Raises CellWrong."""
        text = str(value or "").strip().lower()
        if not text and self.may_be_empty:
            return self.words[0]
        if text not in self.words:
            raise CellWrong(f"Write {' or '.join(self.words)}, not “{text[:40]}”.")
        return text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class Json(Widget):  # type: ignore[misc]
    """A JSON object in one cell."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> dict[str, Any] | None:
        """Return the object; None for an empty cell. Raises CellWrong."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            document = read_json(text)
        except ValueError as error:
            raise CellWrong(f"This is no JSON: {error}") from error
        if not isinstance(document, dict):
            raise CellWrong("This is JSON, but no object with named values.")
        return document

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)
