"""What the spellings of a clean file mean: users, actions, instances and quantities, each spelling settled once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rollcall.intake.checks import Names
from rollcall.intake.clean.split import Column, NotClean
from rollcall.intake.columnar_names import label_of
from rollcall.intake.request import ReadRequest
from rollcall.intake.source import Source
from rollcall.rows import escape
from rollcall.terms.identity import user_refs

# So many users are named one by one, beside all the rows in memory.
_MOST_USERS = 300_000
_WHOLE = re.compile("[0-9]{1,15}")
# So many spellings of quantities are looked at one by one.
_MOST_QUANTITIES = 65_536


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """Names in the order of their canonical text, and of each row the place of its own; None where all have the first.

    Several spellings of one name have one place.
    """

    names: list[str]
    places: NDArray[np.int64] | None


@dataclass(frozen=True, kw_only=True)
class Users:
    """The users of a file: `ranked` by their references, and {reference: (key, the smallest of its spellings)}."""

    ranked: Ranked
    names: dict[str, tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Quantities:
    """Of each spelling its quantity, 0 for the empty one, and whether it is one; of each row the number of its own."""

    amounts: NDArray[np.int64]
    known: NDArray[np.bool_]
    numbers: NDArray[np.int32]


def users_of(column: Column, names: Names, salt: bytes) -> Users:
    """Settle the users. Raises NotClean."""
    if len(column.spellings) > _MOST_USERS:
        raise NotClean
    keys = [_good(names.user(raw)) for raw in column.spellings]
    refs = user_refs(salt, keys)
    found: dict[str, tuple[str, str]] = {}
    for ref, key, raw in zip(refs, keys, column.spellings, strict=True):
        known = found.get(ref)
        found[ref] = (key, raw if known is None else min(known[1], raw))
    return Users(ranked=_ranked(column, refs, sorted(found)), names=found)


def labels_of(role: str, column: Column | None, names: Names, source: Source, request: ReadRequest) -> Ranked:
    """Settle the actions or the instances of a file, or those of rows that no column names. Raises NotClean."""
    constant = source.mapping.constants.get(role) or (request.instance if role == "instance" else "")

    def label(raw: str) -> str:
        return _good(label_of(role, raw, names, source, request))

    if column is None:
        return Ranked(names=[label(constant)], places=None)
    found = [label(raw) for raw in column.spellings]
    return _ranked(column, found, sorted(set(found), key=lambda name: f"{escape(name)}\t".encode()))


def quantities_of(column: Column | None) -> Quantities | None:
    """Settle the quantities, whole numbers all; None where no column holds any. Raises NotClean."""
    if column is None:
        return None
    written = column.spellings
    if len(written) > _MOST_QUANTITIES or not all(not text or _WHOLE.fullmatch(text) for text in written):
        raise NotClean
    values = [int(text or "0") for text in written]
    # So no sum leaves 64 bits.
    if max(values) * len(column.numbers) >= 2**63:
        raise NotClean
    return Quantities(
        amounts=np.array(values, dtype=np.int64),
        known=np.array([bool(text) for text in written]),
        numbers=column.numbers,
    )


def _good(name: object) -> str:
    if not isinstance(name, str):
        raise NotClean
    return name


def _ranked(column: Column, found: Iterable[str], ordered: list[str]) -> Ranked:
    place_of = {name: place for place, name in enumerate(ordered)}
    places = np.array([place_of[name] for name in found], dtype=np.int64)
    return Ranked(names=ordered, places=places[column.numbers])
