"""What makes one row good: its time, its user, the contract's bounds, its quantity and its ids.

This is the definition; the DuckDB reader accepts only rows that pass here, and leaves the words to this file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from rollcall.formats.times import TimeRefused, reader_of
from rollcall.intake.findings import QuestionsOpen
from rollcall.intake.questions import outcome_question
from rollcall.intake.records import Fault
from rollcall.intake.request import Bounds
from rollcall.intake.source import Source
from rollcall.rows import QUANTITY_FRACTION_DIGITS, QUANTITY_WHOLE_DIGITS
from rollcall.terms.activity import NO_ACTIVITY_MARK, action_name, is_marked, marked
from rollcall.terms.identity import trim, user_key
from rollcall.zones import DAY, instant_in_words

QUANTITY_PATTERN = rf"[0-9]{{1,{QUANTITY_WHOLE_DIGITS}}}(?:\.[0-9]{{1,{QUANTITY_FRACTION_DIGITS}}})?"

# A spreadsheet keeps leading zeros as ="00123"; what it destroys it writes as 7.12345E+11 or #N/A.
EXCEL_TEXT = re.compile(r'="([^"]*)"')
_DAMAGED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{2,3}|#(?:REF!|N/A|NAME\?|VALUE!|NUM!|NULL!|DIV/0!)")
# What most ids look like; nothing below can be wrong with them.
_ORDINARY = re.compile(r"[A-Za-z0-9@._-]+")
_QUANTITY = re.compile(QUANTITY_PATTERN)
_EVENTS = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


# Why a row is no activity where its outcome is none of those that mean success: evidence keeps "login !failed".
FAILED = "failed"


class Activity(NamedTuple):
    """One good row: what happened, to whom it counts, and when.

    A row that stands for several `events` of one civil day of the bill says with `until` when the last of them was.
    """

    user_key: str
    instance: str
    action: str
    instant: int
    quantity: Decimal | None
    event_id: str
    events: int = 1
    until: int | None = None


class Names:
    """The ids and actions of a reading, each distinct spelling normalized once."""

    def __init__(self, *, rule: str, id_characters: int) -> None:
        self._rule = rule
        self._limit = id_characters
        self._users: dict[str, str | Fault] = {}
        self._labels: dict[str, str | Fault] = {}
        self._actions: dict[str, str | Fault] = {}

    def user(self, raw: str) -> str | Fault:
        """Return the key of a user, or why the id cannot be counted."""
        found = self._users.get(raw)
        if found is None:
            found = self._users[raw] = self._new_user(raw)
        return found

    def label(self, raw: str) -> str | Fault:
        """Return an action or an instance as evidence keeps it."""
        found = self._labels.get(raw)
        if found is None:
            found = self._labels[raw] = self._new_label(raw)
        return found

    def action(self, raw: str) -> str | Fault:
        """Return an action as evidence keeps it; it may not look like one that was marked as no activity."""
        found = self._actions.get(raw)
        if found is None:
            found = self.label(raw)
            if isinstance(found, str) and is_marked(found):
                words = f"The action holds '{NO_ACTIVITY_MARK}', which marks what is no activity; write it otherwise."
                found = Fault("action.marker", words)
            self._actions[raw] = found
        return found

    def _new_user(self, raw: str) -> str | Fault:
        if _ORDINARY.fullmatch(raw) and len(raw) <= self._limit:
            return user_key(raw, self._rule)
        text = unwrapped(raw)
        key = user_key(text, self._rule)
        if not key.strip('"'):
            return Fault("user.empty", "There is no user in this row.")
        if len(key) > self._limit:
            return Fault("user.too_long", f"The user id is too long: {len(key):,} characters. Ids are never cut.")
        if "\n" in key or "\r" in key:
            return Fault("user.line_break", "The user id holds a line break.")
        if _DAMAGED.fullmatch(trim(text)):
            return Fault("user.damaged", "This is a damaged id: a spreadsheet wrote over what stood here.")
        return key

    def _new_label(self, raw: str) -> str | Fault:
        name = action_name(unwrapped(raw))
        if len(name) > self._limit:
            return Fault("field.too_long", f"The value is too long: {len(name):,} characters.")
        if "\n" in name or "\r" in name:
            return Fault("field.line_break", "The value holds a line break.")
        return name


def unwrapped(raw: str) -> str:
    """Return the text inside ="..." and any other text unchanged."""
    if raw.startswith('="'):
        found = EXCEL_TEXT.fullmatch(raw)
        if found:
            return found[1]
    return raw


def checker(source: Source, bounds: Bounds, names: Names, instance: str) -> Callable[[list[str]], Activity | Fault]:
    """Return the function that checks the fields of one row of this file."""
    check = _checker(source, bounds, names, instance)
    if source.profile is None or not source.profile.sums_days:
        return check
    read_several = _several(source, bounds)

    def check_day(fields: list[str]) -> Activity | Fault:
        row = check(fields)
        if isinstance(row, Fault):
            return row
        several = read_several(fields, row.instant)
        return several if isinstance(several, Fault) else row._replace(events=several[0], until=several[1])

    return check_day


def _checker(source: Source, bounds: Bounds, names: Names, instance: str) -> Callable[[list[str]], Activity | Fault]:
    place = source.positions
    at, user = place["at"], place["user"]
    action, event_id, quantity, where = (place.get(role) for role in ("action", "event_id", "quantity", "instance"))
    header = list(source.header)
    constant_action = source.mapping.constants.get("action") or ""
    constant_instance = source.mapping.constants.get("instance") or instance
    read_time = reader_of(source.reading)
    # A named format marks what is no activity; no other action may look as if it had been marked.
    name_action = names.action if source.profile is None else names.label
    limit = source.limits.id_characters
    outcome = place.get("outcome")
    failed = _failures(source, outcome)

    def check(fields: list[str]) -> Activity | Fault:
        if fields == header:
            return Fault("row.header", "The header is repeated here; two exports were joined.")
        written = fields[at].strip()
        try:
            instant = read_time(written)
        except TimeRefused as refused:
            outside = None if refused.instant is None else _outside(refused.instant, bounds, at, written)
            return outside or Fault(refused.code, str(refused), at, written)
        key = names.user(fields[user])
        if type(key) is not str:
            return key._replace(place=user, value=fields[user])  # type: ignore[union-attr]
        outside = _outside(instant, bounds, at, written)
        if outside:
            return outside
        did = name_action(named := constant_action if action is None else fields[action])
        if isinstance(did, Fault):
            return did._replace(place=action, value=named)
        if outcome is not None and failed(fields[outcome]):
            did = marked(did, FAILED)
        there = constant_instance if where is None else names.label(fields[where]) or constant_instance
        if type(there) is not str:
            return there._replace(place=where, value=fields[where or 0])  # type: ignore[union-attr]
        amount = None
        if quantity is not None and fields[quantity] != "":
            if not _QUANTITY.fullmatch(fields[quantity]):
                return _quantity_fault(fields[quantity], quantity)
            amount = Decimal(fields[quantity])
        event = "" if event_id is None else fields[event_id]
        if len(event) > limit:
            return Fault("event_id.too_long", f"The event id is too long: {len(event):,} characters.", event_id, event)
        return Activity(key, there, did, instant, amount, event)

    return check


def _several(source: Source, bounds: Bounds) -> Callable[[list[str], int], tuple[int, int] | Fault]:
    """Return what reads how many events a row stands for, and when the last of them was."""
    read_time = reader_of(source.reading)
    number, end, zone = source.positions["events"], source.positions["until"], source.reading.bill_zone

    def read(fields: list[str], instant: int) -> tuple[int, int] | Fault:
        if not _EVENTS.fullmatch(fields[number]):
            return Fault("events.invalid", "The number of events is no whole number from 1.", number, fields[number])
        try:
            until = read_time(fields[end])
        except TimeRefused as refused:
            return Fault(refused.code, str(refused), end, fields[end])
        if until < instant:
            return Fault("time.order", "The last activity lies before the first.", end, fields[end])
        if zone.local(instant) // DAY != zone.local(until) // DAY:
            return Fault("time.two_days", "First and last activity lie on two days of the bill.", end, fields[end])
        return _outside(until, bounds, end, fields[end]) or (int(fields[number]), until)

    return read


def _failures(source: Source, place: int | None) -> Callable[[str], bool]:
    """Return the function that says whether an outcome means failure, each distinct value compared once.

    Raises QuestionsOpen while nobody has said which values mean success: none is guessed.
    """
    mapping = source.mapping
    if place is not None and not mapping.success:
        raise QuestionsOpen(outcome_question(source.header[place]))
    known: dict[str, bool] = {}

    def failed(value: str) -> bool:
        if value not in known:
            known[value] = not mapping.succeeded(value)
        return known[value]

    return failed


def _outside(instant: int, bounds: Bounds, place: int, written: str) -> Fault | None:
    if bounds.contract_from is not None and instant < bounds.contract_from:
        begins = instant_in_words(bounds.contract_from)
        words = f"'{written}' lies outside the contract: before the contract begins ({begins})."
        return Fault("time.outside_contract", words, place, written)
    if bounds.contract_to is not None and instant >= bounds.contract_to:
        ended = instant_in_words(bounds.contract_to)
        words = f"'{written}' lies outside the contract: after the contract ends ({ended})."
        return Fault("time.outside_contract", words, place, written)
    if bounds.now is not None and instant > bounds.now:
        return Fault(
            "time.future", f"'{written}' lies in the future: it is {instant_in_words(bounds.now)} now.", place, written
        )
    return None


def _quantity_fault(text: str, place: int) -> Fault:
    if text.startswith("-") and _QUANTITY.fullmatch(text[1:]):
        return Fault("quantity.negative", f"The quantity {text[:40]} is negative.", place, text)
    return Fault("quantity.invalid", f"'{text[:40]}' is not a number as a quantity must be.", place, text)
