"""What a check finds: differences with their place and the user concerned, the steps passed, what was stated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

EQUAL, DIFFERENT, NO_KEY = "equal", "different", "signer not checked"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that does not come out as it is stated. `place` is the member; `user_ref` the user concerned, if one.

    `user` is the user's name where the bundle or an export tells it.
    """

    code: str
    place: str
    sentence: str
    user_ref: str = ""
    user: str = ""

    def words(self) -> str:
        """Return the difference as one line for a person."""
        who = f"user {self.user or self.user_ref}: " if self.user_ref else ""
        return f"{self.place}: {who}{self.sentence}"

    def to_json(self) -> dict[str, str]:
        """Return the difference as JSON."""
        found = {"code": self.code, "place": self.place, "message": self.sentence}
        if self.user_ref:
            found["user_ref"] = self.user_ref
        return {**found, "user": self.user} if self.user else found


@dataclass(frozen=True, kw_only=True)
class Step:
    """One row of the table: what was looked at, how much of it, and how it came out."""

    what: str
    detail: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    """The answer of a check. `signer` is the fingerprint in the manifest, proven only where `key_checked`.

    `stated` are facts that nothing in the bundle can prove; `notes` are no faults.
    """

    number: str = ""
    signer: str = ""
    key_checked: bool = False
    steps: tuple[Step, ...] = ()
    differences: tuple[Difference, ...] = ()
    stated: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    # The digests of the counts, for comparing them with what is printed.
    count_digests: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """Return "equal", "different" or "signer not checked"."""
        if self.differences:
            return DIFFERENT
        return EQUAL if self.key_checked else NO_KEY

    @property
    def status(self) -> int:
        """Return the exit status: 0 equal, 1 different, 3 consistent without a key."""
        return {EQUAL: 0, DIFFERENT: 1, NO_KEY: 3}[self.outcome]

    def to_json(self) -> dict[str, Any]:
        """Return the answer as JSON."""
        return {
            "outcome": self.outcome,
            "invoice": self.number,
            "signer": self.signer,
            "key_checked": self.key_checked,
            "steps": [{"what": step.what, "detail": step.detail, "outcome": step.outcome} for step in self.steps],
            "differences": [one.to_json() for one in self.differences],
            "stated": list(self.stated),
            "notes": list(self.notes),
            "count_digests": list(self.count_digests),
        }


@dataclass(kw_only=True)
class Findings:
    """What is collected while a bundle is checked."""

    steps: list[Step] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    stated: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, found: Iterable[Difference]) -> int:
        """Keep differences; return how many there were."""
        before = len(self.differences)
        self.differences.extend(found)
        return len(self.differences) - before

    def state(self, sentence: str) -> None:
        """Say once what is taken as stated."""
        if sentence not in self.stated:
            self.stated.append(sentence)

    def step(self, what: str, detail: str, outcome: str) -> None:
        """Add a row of the table."""
        self.steps.append(Step(what=what, detail=detail, outcome=outcome))


def unequal(code: str, place: str, what: str, stated: object, found: object, **who: str) -> Iterator[Difference]:
    """Yield a difference where something stated is not what was found."""
    # In JSON true is no 1.
    if stated != found or isinstance(stated, bool) is not isinstance(found, bool):
        sentence = f"{what} is stated as {shown(stated)}; it comes out as {shown(found)}."
        yield Difference(code=code, place=place, sentence=sentence, **who)


def shown(value: object) -> str:
    """Return a value for a sentence, cut where it is long."""
    if value is None:
        return "nothing"
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
