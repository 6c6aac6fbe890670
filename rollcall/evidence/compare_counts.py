"""Comparing a stored count with what comes out of its rows: the users first, since a user explains every figure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from rollcall.counting.answer import HEADER, Verdict, Verdicts
from rollcall.evidence.archive import BundleRefused
from rollcall.evidence.counted import StoredCount
from rollcall.evidence.figures import Figures
from rollcall.evidence.findings import Difference, unequal
from rollcall.evidence.read import Bundle
from rollcall.money import shortest

# After so many users one sees what is wrong; the rest is counted.
SHOWN_USERS = 20


class _Line(NamedTuple):
    key: tuple[str, str]
    text: str


def compare_users(bundle: Bundle, count: StoredCount, made: Verdicts, names: Mapping[str, str]) -> Iterator[Difference]:
    """Yield the users whose verdict in the bundle is not what their rows say, in the order of the list.

    Raises BundleRefused for a list that is no list of verdicts.
    """
    place = count.verdicts
    if not bundle.has(place):
        yield Difference(code="verdicts.missing", place=place, sentence="the list of users is not in the bundle.")
        return
    stated_digest = f"sha256:{bundle.archive.sha256(place)}"
    if stated_digest != made.digest:
        found = 0
        for found, difference in enumerate(_each(bundle, count, made, names), start=1):
            if found <= SHOWN_USERS:
                yield difference
        if found > SHOWN_USERS:
            sentence = f"{found - SHOWN_USERS:,} more users have another verdict."
            yield Difference(code="verdict.more", place=place, sentence=sentence)
        if not found:
            yield Difference(
                code="verdicts.order", place=place, sentence="the list is not in its one spelling or its one order."
            )
    yield from unequal(
        "verdicts.digest",
        count.place,
        "The digest of the list of users",
        count.said["verdicts_digest"],
        made.digest,
    )


def compare_figures(count: StoredCount, made: Figures) -> Iterator[Difference]:
    """Yield the figures of a count that are not what its users and rows come to."""
    said, place = count.said, count.place
    yield from unequal("count.users", place, "The number of active users", said["active_users"], made.active_users)
    yield from unequal(
        "count.reported", place, "The number of reported users", _if_reported(count), made.reported_users
    )
    yield from _compare_series(place, "daily figure", {"": said["daily"]}, {"": made.daily})
    yield from _compare_series(place, "number of the series", said["series"], made.series)
    yield from unequal("count.quantity", place, "The quantity", _number(said["quantity"]), _number(made.quantity))
    yield from unequal(
        "count.by_user", place, "What single people did", pairs(said["quantity_by_user"]), pairs(made.by_user)
    )
    yield from unequal(
        "count.without_quantity",
        place,
        "The number of actions without a quantity",
        said["without_quantity"],
        made.without_quantity,
    )
    yield from unequal("count.digest", place, "The digest of the count", said["digest"], made.digest)
    yield from unequal("count.given", place, "What goes into the rating", plainly(said["given"]), plainly(made.given))


def _if_reported(count: StoredCount) -> object:
    return count.said["reported_users"] if count.said["kind"] == "reported_users" else None


def _each(bundle: Bundle, count: StoredCount, made: Verdicts, names: Mapping[str, str]) -> Iterator[Difference]:
    stated, found = _stated(bundle, count.verdicts), (_Line(_key(one), _written(one)) for one in made)
    left, right = next(stated, None), next(found, None)
    while left is not None or right is not None:
        if left is not None and right is not None and left.key == right.key:
            if left.text != right.text:
                yield _other(count, left.key, f"the bundle says {left.text}; the rows say {right.text}.", names)
            left, right = next(stated, None), next(found, None)
        elif right is None or (left is not None and left.key < right.key):
            assert left is not None
            yield _other(count, left.key, f"the bundle says {left.text}; there is no row of this user.", names)
            left = next(stated, None)
        else:
            yield _other(count, right.key, f"the rows say {right.text}; the list lacks this user.", names)
            right = next(found, None)


def _other(count: StoredCount, key: tuple[str, str], sentence: str, names: Mapping[str, str]) -> Difference:
    user_ref, instance = key
    where = f" on {instance}" if instance else ""
    return Difference(
        code="verdict",
        place=count.verdicts,
        sentence=f"{sentence.rstrip('.')}{where}.",
        user_ref=user_ref,
        user=names.get(user_ref, ""),
    )


def _stated(bundle: Bundle, place: str) -> Iterator[_Line]:
    lines = bundle.archive.lines(place)
    if next(lines, b"") != HEADER:
        raise BundleRefused(f"{place}: the first line must be {HEADER.decode().strip()}.")
    before: tuple[str, str] | None = None
    try:
        for fields in csv.reader((line.decode() for line in lines), strict=True):
            user_ref, counted, why, first_at, last_at, active_days, events, instance = fields
            one = Verdict(user_ref, counted == "yes", why, first_at, last_at, int(active_days), int(events), instance)
            if counted not in ("yes", "no") or (before is not None and _key(one) <= before):
                raise ValueError(f"the line of user {user_ref} is not in its place, or stands twice")
            before = _key(one)
            yield _Line(before, _written(one))
    except (csv.Error, UnicodeError, ValueError) as error:
        raise BundleRefused(f"{place} cannot be read: {error}.") from error


def _key(one: Verdict) -> tuple[str, str]:
    return one.user_ref, one.instance


def _written(one: Verdict) -> str:
    """Say a verdict for a person; two that differ anywhere are said differently."""
    word = "counted" if one.counted and one.why == "counted" else f"not counted ({one.why.replace('_', ' ')})"
    if one.counted != (one.why == "counted"):
        word = f"{'counted' if one.counted else 'not counted'}, and why: {one.why}"
    span = f", from {one.first_at} to {one.last_at}" if one.first_at or one.last_at else ""
    return f"{word}, {one.active_days} active days, {one.events} qualifying actions{span}"


def _compare_series(
    place: str, what: str, stated: Mapping[str, Mapping[str, int]], found: Mapping[str, Mapping[str, int]]
) -> Iterator[Difference]:
    for name in sorted({*stated, *found}):
        ours, theirs = found.get(name), stated.get(name)
        if ours is None or theirs is None:
            yield from unequal("count.series", place, f"The series of {name or 'all'}", theirs, ours)
            continue
        for day in sorted({*ours, *theirs}):
            if ours.get(day) != theirs.get(day):
                of = f" of {name}" if name else ""
                yield from unequal("count.day", place, f"The {what}{of} on {day}", theirs.get(day), ours.get(day))
                break


def pairs(by_user: Iterable[Iterable[object]]) -> list[tuple[str | None, object]]:
    """Return a histogram of quantities with each number in one spelling."""
    return [(_number(amount), users) for amount, users in by_user]


def plainly(given: Mapping[str, object]) -> dict[str, object]:
    """Return what goes into a rating with each number in one spelling."""
    found = dict(given)
    if "quantity" in found:
        found["quantity"] = _number(found["quantity"])
    if isinstance(by_user := found.get("quantity_by_user"), list):
        found["quantity_by_user"] = pairs(by_user)
    return found


def _number(value: object) -> str | None:
    return None if value is None else shortest(Decimal(str(value)))
