"""A template as its file states it: terms, the open edges as switches, and worked examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rollcall.terms.fields import Fields


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One answer to an open question: what it says, and what it changes in the terms (a JSON merge)."""

    name: str
    words: str
    merge: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A question that the published policy leaves open. The first reading is what the terms say as they stand."""

    name: str
    question: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, kw_only=True)
class Example:
    """Facts and the exact figures that come out, under chosen readings.

    `merge` lays facts of the example over the terms, such as its dates or how many seats were bought. The usage is
    USAGE.json, or `events` of people, by which the active users of the periods in `count` are counted first; `counted`
    says how many there are. `expected` is by the first day of a period: "net_amount", "lines" by key with "quantity",
    "amount" or "share", and "steps" with what a step of a charge added. `rated_before` has the usage, and what else
    the terms had, when the period was billed before; `settled` is what is owed then.
    """

    title: str
    switches: Mapping[str, str]
    merge: Mapping[str, Any]
    usage: Mapping[str, Any] | None
    events: tuple[Mapping[str, Any], ...]
    count: tuple[str, ...]
    counted: Mapping[str, int]
    expected: Mapping[str, Any]
    rated_before: Mapping[str, Any] | None
    settled: str | None

    @classmethod
    def from_fields(cls, fields: Fields) -> Example:
        """Read one example. Raises TermsRefused."""

        def objects(key: str) -> Mapping[str, Any]:
            return fields.inner(key).document if fields.has(key) else {}

        example = cls(
            title=fields.text("title"),
            switches={name: str(reading) for name, reading in objects("switches").items()},
            merge=objects("merge"),
            usage=objects("usage") or None,
            events=tuple(row.document for row in _rows(fields, "events")),
            count=tuple(str(day) for day in (fields.listed("count") if fields.has("count") else ())),
            counted=objects("counted"),
            expected=objects("expected"),
            rated_before=objects("rated_before") or None,
            settled=fields.text("settled") if fields.has("settled") else None,
        )
        fields.nothing_else("an example of a template")
        if not (example.expected or example.counted or example.settled):
            raise fields.refuse("expected", "is missing: an example without a figure shows nothing.")
        return example


@dataclass(frozen=True, kw_only=True)
class Template:
    """A policy to start from. `terms` is TERMS.json; prices that a source does not state are examples."""

    name: str
    title: str
    about: str
    source: str
    terms: Mapping[str, Any]
    switches: tuple[Switch, ...]
    examples: tuple[Example, ...]

    @classmethod
    def from_fields(cls, name: str, fields: Fields) -> Template:
        """Read one file. Raises TermsRefused, which names the file and the place."""
        found = cls(
            name=name,
            title=fields.text("title"),
            about=fields.text("about"),
            source=fields.text("source"),
            terms=fields.inner("terms").document,
            switches=tuple(_read_switch(row) for row in _rows(fields, "switches")),
            examples=tuple(Example.from_fields(row) for row in _rows(fields, "examples")),
        )
        fields.nothing_else("a template")
        if not found.examples:
            raise fields.refuse("examples", "is empty; a template shows at least one worked example.")
        return found


def _read_switch(fields: Fields) -> Switch:
    readings = []
    for row in _rows(fields, "readings"):
        merge = row.inner("merge").document if row.has("merge") else {}
        readings.append(Reading(name=row.text("name"), words=row.text("words"), merge=merge))
        row.nothing_else("a reading of a switch")
    switch = Switch(name=fields.text("name"), question=fields.text("question"), readings=tuple(readings))
    fields.nothing_else("a switch")
    if len(readings) < 2 or readings[0].merge:
        raise fields.refuse(
            "readings", "must be at least two, of which the first merges nothing: it is what the terms say."
        )
    return switch


def _rows(fields: Fields, key: str) -> list[Fields]:
    if not fields.has(key):
        return []
    return [Fields.of(row, f"{fields.at(key)}[{number}]") for number, row in enumerate(fields.listed(key))]
