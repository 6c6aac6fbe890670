"""Versions of the programs that make reports: which ones a recall names.

A range runs over the numbers of a version, part by part; what follows them, as in 1.4.2-rc1 or 1.4.2+build.7, belongs
to the version of these numbers. A version that is not made of numbers is named by itself alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NUMBERS = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,7})(?:$|[-+.~ _a-z])", re.IGNORECASE)
# As people write a range.
_RANGE = re.compile(r"(\S+)\s+(?:to|until|-)\s+(\S+)", re.IGNORECASE)


class VersionsRefused(ValueError):
    """What was written names no versions; the message says how to write them."""


@dataclass(frozen=True, kw_only=True)
class Versions:
    """One version, or all from the first to the last one, both included."""

    first: str
    last: str

    def include(self, version: str) -> bool:
        """Return whether a version is one of these."""
        if version in (self.first, self.last):
            return True
        of, low, high = _numbers(version), _numbers(self.first), _numbers(self.last)
        return of is not None and low is not None and high is not None and low <= of <= high

    @property
    def words(self) -> str:
        """The versions as people write them."""
        return self.first if self.first == self.last else f"{self.first} to {self.last}"


def versions_of(text: str) -> Versions:
    """Read "1.4.0" or "1.4.0 to 1.4.2". Raises VersionsRefused."""
    said = " ".join(text.split())
    found = _RANGE.fullmatch(said)
    first, last = found.groups() if found else (said, said)
    if not first or " " in first or len(said) > 120:
        raise VersionsRefused("Write one version such as 1.4.1, or a range such as 1.4.0 to 1.4.2.")
    if first != last:
        low, high = _numbers(first), _numbers(last)
        if low is None or high is None:
            raise VersionsRefused("The two ends of a range must be versions of numbers, such as 1.4.0 to 1.4.2.")
        if low > high:
            raise VersionsRefused(f"{first} comes after {last}; write the lower version first.")
    return Versions(first=first, last=last)


def reporters_of(*, program: str, software: Mapping[str, str]) -> dict[str, str]:
    """Return {name: version} of everything that made a report: the program that wrote it, and what the product says."""
    name, _, version = program.partition(" ")
    return {**software, name: version}


def _numbers(version: str) -> tuple[int, ...] | None:
    """The numbers of a version without the zeros at its end, so that 1.4 is 1.4.0; None where it has none."""
    found = _NUMBERS.match(version)
    if found is None:
        return None
    numbers = [int(part) for part in found[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
