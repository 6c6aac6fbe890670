"""Who leaves the house under which name: normalized ids, or pseudonyms under the customer's own key.

Under pseudonyms the customer's aliases and exclusions act here, because nobody else could apply them; and the names are
kept beside, in a file that never leaves the home folder, so that a pseudonym can be resolved.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path

from rollcall.terms.identity import is_excluded, people_of_aliases

_PURPOSE = b"mau/u1\0"
NAMES = "names.json"


def pseudonym(key: bytes, *, contract: str, user_key: str) -> str:
    """Return the pseudonym of a normalized id, 64 hex digits."""
    return hmac.digest(key, _PURPOSE + contract.encode() + b"\0" + user_key.encode(), "sha256").hex()


def commitment(key: bytes) -> str:
    """Return the hash by which a change of the key shows, and nothing else does."""
    return f"sha256:{hashlib.sha256(b'mau/k1' + key).hexdigest()}"


class Hidden:
    """Turns normalized ids into pseudonyms, after aliases and exclusions. `excluded` are the users left out."""

    def __init__(
        self, key: bytes, *, contract: str, aliases: Mapping[str, str], excluded: tuple[str, ...], rule: str
    ) -> None:
        self._key, self._contract, self._rule = key, contract, rule
        self._people = people_of_aliases(aliases, rule)
        self._patterns = excluded
        self._known: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.excluded: set[str] = set()

    def name(self, user_key: str) -> str:
        """Return the pseudonym of a user, or the empty text for one who is left out."""
        if user_key not in self._known:
            self._known[user_key] = self._new(user_key)
        return self._known[user_key]

    def _new(self, user_key: str) -> str:
        person = self._people.get(user_key, user_key)
        if is_excluded(person, self._patterns, self._rule):
            self.excluded.add(person)
            return ""
        found = pseudonym(self._key, contract=self._contract, user_key=person)
        self.names[found] = person
        return found


def keep_names(folder: Path, names: Mapping[str, str]) -> None:
    """Add {pseudonym: user} to the names of the home folder."""
    path = folder / NAMES
    known = known_names(folder)
    if all(known.get(one) == name for one, name in names.items()):
        return
    between = folder / f".{NAMES}"
    fd = os.open(between, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        json.dump(known | dict(names), file, ensure_ascii=False, sort_keys=True)
    os.replace(between, path)


def known_names(folder: Path) -> dict[str, str]:
    """Return {pseudonym: user} of the home folder."""
    path = folder / NAMES
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
