"""Values as text: money and quantities never as floats, spans with their exclusive end."""

from datetime import date
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

FIRST_YEAR, LAST_YEAR = 1970, 2199


def decimal_text(value: Decimal) -> str:
    """Return a number as programs get it: without an exponent, cut only by zeros that say nothing."""
    whole, _, part = f"{value:f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"})
class DecimalText(serializers.Field[Decimal, Any, str, Any]):
    """A decimal number as text with two decimals or more: "9280.00", "0.0125"."""

    def to_representation(self, value: Decimal) -> str:
        """Return the number as text."""
        return decimal_text(value)


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            "start": {"type": "string", "format": "date"},
            "end": {"type": ["string", "null"], "format": "date", "description": "exclusive; null: without an end"},
        },
        "required": ["start", "end"],
    }
)
class Days(serializers.Field[Any, Any, dict[str, str | None], Any]):
    """A half-open span of civil days: the end is the first day that is not meant any more."""

    def to_representation(self, value: Any) -> dict[str, str | None]:
        """Return the two ends as ISO 8601."""
        return {"start": _iso(value.lower), "end": _iso(value.upper)}


@extend_schema_field(
    {
        "type": ["object", "null"],
        "properties": {
            "start": {"type": "string", "format": "date-time"},
            "end": {"type": "string", "format": "date-time", "description": "exclusive"},
        },
        "required": ["start", "end"],
    }
)
class Instants(Days):
    """A half-open span of instants."""


def _iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")


class StrictInput(serializers.Serializer[Any]):
    """What a program sends: a key that nobody knows is refused and named, for it may be a word that was misspelt."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the checked values. Raises ValidationError."""
        if isinstance(data, dict) and (unknown := sorted(str(key) for key in data.keys() - self.fields.keys())):
            raise serializers.ValidationError({key: ["This field is not known here."] for key in unknown})
        return super().to_internal_value(data)


class DayInput(serializers.DateField):
    """A civil day that a contract can mean: from 1970 to 2199."""

    def to_internal_value(self, value: Any) -> date:
        """Return the day. Raises ValidationError."""
        day: date = super().to_internal_value(value)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise serializers.ValidationError(f"A day lies between the years {FIRST_YEAR} and {LAST_YEAR}.")
        return day


class DaysInput(StrictInput):
    """A half-open span of civil days."""

    start = DayInput()
    end = DayInput(help_text="exclusive")
