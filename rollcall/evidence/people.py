"""Names and salt that a download adds: checked against the references, and what they prove about aliases."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rollcall.evidence.archive import Archive, BundleRefused
from rollcall.evidence.counted import StoredCount
from rollcall.evidence.findings import Difference
from rollcall.evidence.write import NAMES, SALT
from rollcall.intake.evidence import NAMES_FIELDS
from rollcall.terms.identity import resolve, user_refs

_SALT = re.compile(r"(?:[0-9a-f]{2}){1,128}\n?")
_REFERENCE = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class People:
    """Who is behind the references: `keys` are the normalized ids, `raw` a spelling; `salt` None where it is absent."""

    keys: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)
    salt: bytes | None = None


NOBODY_NAMED = People()


def read_people(archive: Archive) -> People:
    """Return the names and the salt of a download. Raises BundleRefused for files of another shape."""
    salt, keys, raw = None, dict[str, str](), dict[str, str]()
    if SALT in archive.sizes:
        text = archive.read(SALT).decode("ascii", "replace")
        if not _SALT.fullmatch(text):
            raise BundleRefused(f"{SALT} is no salt in hexadecimal.")
        salt = bytes.fromhex(text.strip())
    if NAMES in archive.sizes:
        try:
            reader = csv.reader((line.decode() for line in archive.lines(NAMES)), strict=True)
            if next(reader, None) != list(NAMES_FIELDS):
                raise ValueError(f"the first line must be {','.join(NAMES_FIELDS)}")
            for ref, key, spelled in reader:
                if not _REFERENCE.fullmatch(ref) or keys.setdefault(ref, key) != key:
                    raise ValueError(f"{ref[:80]!r} is no reference, or stands for two people")
                raw[ref] = spelled
        except (csv.Error, UnicodeError, ValueError) as error:
            raise BundleRefused(f"{NAMES} cannot be read: {error}.") from error
    return People(keys=keys, raw=raw, salt=salt)


def compare_names(people: People) -> Iterator[Difference]:
    """Yield names that do not make their reference under the salt; without the salt nothing can be said."""
    if people.salt is None:
        return
    for (ref, key), made in zip(people.keys.items(), user_refs(people.salt, people.keys.values()), strict=True):
        if ref != made:
            sentence = f"the name makes the reference {made} under the salt, not this one."
            yield Difference(code="names", place=NAMES, sentence=sentence, user_ref=ref, user=key)


def compare_resolution(count: StoredCount, people: People) -> Iterator[Difference]:
    """Yield aliases and excluded people that are not those of the definition; only names with the salt can tell."""
    definition = count.definition
    if definition is None or people.salt is None or not people.keys:
        return
    place = f"counts/{count.folder}/RESOLUTION.json"
    made, said = resolve(people.keys, definition, people.salt), count.resolution
    for ref in sorted(made.excluded ^ said.excluded):
        # A person who only an alias stands for has no name of its own here.
        word = "excluded by the definition, but not in the list" if ref in made.excluded else "not one to exclude"
        yield _other(place, ref, f"is {word}.", people)
    for ref in sorted({*made.aliases, *said.aliases}):
        if made.aliases.get(ref) != said.aliases.get(ref):
            yield _other(place, ref, "stands for another person than the definition's aliases say.", people)


def _other(place: str, ref: str, sentence: str, people: People) -> Difference:
    return Difference(code="resolution", place=place, sentence=sentence, user_ref=ref, user=people.keys.get(ref, ""))
