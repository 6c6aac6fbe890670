"""Phases: prices and limits that are agreed from the start to change on a day, as in a ramp."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rollcall.period import Period
from rollcall.terms.calculations import day_in_words
from rollcall.terms.charges import Charge
from rollcall.terms.fields import Fields, TermsRefused, one_of

# What a phase may not change: who is counted, and when it is billed, are the same for the whole term.
KEPT = ("metric", "bill", "trial_until")


@dataclass(frozen=True, kw_only=True)
class Phase:
    """The charges that are other ones from a day on, whole. Charges that are not named go on as they are."""

    start: date
    charges: Mapping[str, Charge]

    def applied_to(self, charges: Mapping[str, Charge]) -> dict[str, Charge]:
        """Return all charges as they are in this phase."""
        return {key: self.charges.get(key, charge) for key, charge in charges.items()}


def read_phases(fields: Fields, charges: Mapping[str, Charge], currency: str, term: Period) -> tuple[Phase, ...]:
    """Read `[{"from": "2026-07-01", "charges": {"seats": {"price": {...}}}}]`; each phase goes on from the one before.

    A key that a charge is given replaces that of the charge, null takes it away. Raises TermsRefused.
    """
    if not fields.has("phases"):
        return ()
    phases: list[Phase] = []
    for number, row in enumerate(fields.listed("phases")):
        entry = Fields.of(row, f"{fields.at('phases')}[{number}]")
        start = entry.day("from", "the first day of the phase.")
        if not term.start < start < term.end:
            raise entry.refuse("from", f"must lie inside the term, {term.words()}, after its first day.")
        if phases and start <= phases[-1].start:
            raise entry.refuse("from", f"must come after {phases[-1].start}; phases are listed in order of time.")
        changed = {}
        for key, inner in entry.named("charges", "charge"):
            if key not in charges:
                raise TermsRefused(inner.path, f"is no charge of these terms; use {one_of(sorted(charges))}.")
            changed[key] = _read_changed(key, inner, charges[key], currency)
        entry.nothing_else("a phase")
        phases.append(Phase(start=start, charges=changed))
        charges = phases[-1].applied_to(charges)
    return tuple(phases)


def phases_to_json(phases: Sequence[Phase], charges: Mapping[str, Charge]) -> list[dict[str, object]]:
    """Return the phases as terms write them: per charge the keys that differ from before."""
    written: list[dict[str, object]] = []
    for phase in phases:
        differing = {key: _differing(charges[key], charge) for key, charge in phase.charges.items()}
        written.append({"from": phase.start.isoformat(), "charges": differing})
        charges = phase.applied_to(charges)
    return written


def phase_sentences(
    phases: Sequence[Phase], charges: Mapping[str, Charge], said_of: Callable[[str, Charge], list[str]]
) -> list[str]:
    """Say each phase: what its charges say that they did not say before, and what holds no longer."""
    said = []
    for phase in phases:
        for key, charge in phase.charges.items():
            before, after = said_of(key, charges[key]), said_of(key, charge)
            prefix = f"From {day_in_words(phase.start)} on{f', {key}' if len(charges) > 1 else ''}: "
            said += [f"{prefix}{sentence}" for sentence in after if sentence not in before]
            # The first sentence is the price, and a charge always has one.
            said += [f"{prefix}no longer: {sentence}" for sentence in before[1:] if sentence not in after]
        charges = phase.applied_to(charges)
    return said


def _read_changed(key: str, fields: Fields, before: Charge, currency: str) -> Charge:
    for kept in KEPT:
        if fields.has(kept):
            raise fields.refuse(kept, "is the same in all phases of a term; agree on another version instead.")
    merged = {**before.to_json(), **fields.document}
    taken_away = [name for name, value in fields.document.items() if value is None]
    return Charge.from_fields(
        key, Fields({name: value for name, value in merged.items() if name not in taken_away}, fields.path), currency
    )


def _differing(before: Charge, after: Charge) -> dict[str, Any]:
    then, now = before.to_json(), after.to_json()
    changed = {key: value for key, value in now.items() if then.get(key) != value}
    return {**changed, **dict.fromkeys(key for key in then if key not in now)}
