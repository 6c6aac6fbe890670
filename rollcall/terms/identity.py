"""Who is one person: the only place where two spellings of an id become one user.

`user_key` normalizes an id once per distinct raw spelling; `user_ref` hides it behind the contract's salt; `resolve`
turns the contract's aliases and exclusions into references, so that counters never see a name.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Protocol

RULE = "trim-nfc-lower"
RULES = (RULE,)
NAMESPACES = ("plain", "customer_key")

# The block of SHA-256, which HMAC pads its key to.
_BLOCK = 64

# Zero width space, word joiner, byte order mark, Mongolian vowel separator: blanks nobody sees, wherever they stand.
_INVISIBLE_BLANKS = "\u180e\u200b\u2060\ufeff"

# Blanks around an id. The zero width joiners are removed here only: inside a word they change what a reader sees.
# The list is written out, so that every Python version and the recount script trim the same characters.
_SURROUNDING_BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\u200c\u200d" + _INVISIBLE_BLANKS
)
_WITHOUT_INVISIBLE = dict.fromkeys(map(ord, _INVISIBLE_BLANKS))


class UnknownRule(ValueError):
    """The identity rule is not one that this version knows."""


class AliasTwice(ValueError):
    """One alias, normalized, names two people."""


class AliasCircle(ValueError):
    """Aliases lead back to where they began."""


class CustomerIdentity(Protocol):
    """The part of an activity definition that says who counts as one person, and who not at all."""

    @property
    def namespace(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def alias_map(self) -> Mapping[str, str]: ...


class WhoCounts(Protocol):
    """What `resolve` needs of an activity definition."""

    @property
    def identity(self) -> CustomerIdentity: ...
    @property
    def excluded_users(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Resolution:
    """Aliases and exclusions of one definition, as references: what a counter may know about people."""

    aliases: Mapping[str, str]
    excluded: frozenset[str]

    def person(self, user_ref: str) -> str:
        """Return the reference under which this user is counted."""
        return self.aliases.get(user_ref, user_ref)


NO_RESOLUTION = Resolution(aliases={}, excluded=frozenset())


def trim(text: str) -> str:
    """Return the text without surrounding blanks, visible or not."""
    return text.strip(_SURROUNDING_BLANKS)


def user_key(raw: str, rule: str = RULE) -> str:
    """Return the normalized id: NFC, surrounding and invisible blanks removed, lower case; nothing else is merged.

    The empty text means that the raw id names nobody. Raises UnknownRule.
    """
    if rule not in RULES:
        raise UnknownRule(f"The identity rule '{rule}' is not known; known is {', '.join(RULES)}.")
    if raw.isascii():
        return raw.strip(_SURROUNDING_BLANKS).lower()
    composed = unicodedata.normalize("NFC", trim(raw.translate(_WITHOUT_INVISIBLE)))
    # Lower case can leave NFC: a J with caron has no capital of its own, the small letter has.
    return unicodedata.normalize("NFC", composed.lower())


def user_ref(salt: bytes, user_key: str) -> str:
    """Return HMAC-SHA256 of the key under the contract's salt, as 64 hex digits."""
    return hmac.digest(salt, user_key.encode(), "sha256").hex()


def user_refs(salt: bytes, keys: Iterable[str]) -> list[str]:
    """Return `user_ref` of every key, in their order, in half the time: the salt is hashed once for all of them."""
    padded = (sha256(salt).digest() if len(salt) > _BLOCK else salt).ljust(_BLOCK, b"\0")
    inner, outer = sha256(bytes(byte ^ 0x36 for byte in padded)), sha256(bytes(byte ^ 0x5C for byte in padded))
    refs: list[str] = []
    for key in keys:
        within, around = inner.copy(), outer.copy()
        within.update(key.encode())
        around.update(within.digest())
        refs.append(around.hexdigest())
    return refs


def people_of_aliases(aliases: Mapping[str, str], rule: str = RULE) -> dict[str, str]:
    """Return {user key of the alias: user key of the person}, chains followed to their end.

    Raises AliasCircle when aliases lead back to themselves, AliasTwice when one alias names two people.
    """
    direct: dict[str, str] = {}
    for alias, person in aliases.items():
        key, target = user_key(alias, rule), user_key(person, rule)
        if direct.setdefault(key, target) != target:
            raise AliasTwice(f"The alias '{key}' stands for two people, '{direct[key]}' and '{target}'.")
    return {key: _end_of_chain(key, direct) for key in direct if direct[key] != key}


def _end_of_chain(alias: str, direct: Mapping[str, str]) -> str:
    seen = {alias}
    person = direct[alias]
    while direct.get(person, person) != person:
        if person in seen:
            raise AliasCircle(f"The aliases of '{alias}' lead in a circle.")
        seen.add(person)
        person = direct[person]
    return person


def is_excluded(key: str, excluded_users: tuple[str, ...], rule: str = RULE) -> bool:
    """Return whether a user key matches one of the names or globs of people who never count."""
    return any(fnmatchcase(key, user_key(pattern, rule)) for pattern in excluded_users)


def resolve(names: Mapping[str, str], definition: WhoCounts, salt: bytes) -> Resolution:
    """Return aliases and exclusions as references, for the people in `names` ({user_ref: user_key}).

    Aliases act first; an exclusion looks at the person, not at the alias. Under the namespace `customer_key` both have
    acted at the instance before its HMAC, so nothing is resolved here.
    """
    identity = definition.identity
    if identity.namespace == "customer_key":
        return NO_RESOLUTION
    people = people_of_aliases(identity.alias_map, identity.rule)
    aliases: dict[str, str] = {}
    excluded: set[str] = set()
    for ref, key in names.items():
        person = people.get(key, key)
        person_ref = ref
        if person != key:
            person_ref = aliases[ref] = user_ref(salt, person)
        if is_excluded(person, definition.excluded_users, identity.rule):
            excluded.add(person_ref)
    return Resolution(aliases=aliases, excluded=frozenset(excluded))
