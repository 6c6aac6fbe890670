"""The charges of a contract from phase to phase: what is asked of its terms is asked of every phase of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from rollcall.period import Period
from rollcall.terms.calculations import day_in_words
from rollcall.terms.charges import Charge
from rollcall.terms.contradictions import Place
from rollcall.terms.credits import Credit
from rollcall.terms.fields import TermsRefused
from rollcall.terms.limits import Limits
from rollcall.terms.phases import Phase


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The charges as they are from a day on, and where terms write each; `start` is None before the first phase."""

    charges: Mapping[str, Charge]
    paths: Mapping[str, str]
    start: date | None = None

    def name_of(self, key: str) -> str:
        """Return how a sentence names a charge: "the charge seats from 1 Feb 2026 on"."""
        return f"the charge {key}" + (f" from {day_in_words(self.start)} on" if self.start is not None else "")

    def places(self, limits: Limits) -> tuple[Place, ...]:
        """Return the places where limits stand: each charge, and the whole contract."""
        of_charges = (
            Place(
                path=self.paths[key],
                limits=charge.limits,
                price=charge.price,
                is_reduced=charge.timing.is_reduced,
            )
            for key, charge in self.charges.items()
        )
        return (*of_charges, Place(path="limits", limits=limits, price=None))


def stages_of(charges: Mapping[str, Charge], phases: Sequence[Phase]) -> tuple[Stage, ...]:
    """Return the charges as the terms begin, then as they are in each phase."""
    found = [Stage(charges=charges, paths={key: f"charges.{key}" for key in charges})]
    for number, phase in enumerate(phases):
        changed = {key: f"phases[{number}].charges.{key}" for key in phase.charges}
        before = found[-1]
        found.append(
            Stage(charges=phase.applied_to(before.charges), paths={**before.paths, **changed}, start=phase.start)
        )
    return tuple(found)


def asked_steps(stages: Sequence[Stage], limits: Limits) -> dict[str, frozenset[str]]:
    """Return the steps that each charge needs in each phase, and the whole contract."""
    asked = {
        stage.name_of(key): charge.stated_steps()
        for number, stage in enumerate(stages)
        for key, charge in stage.charges.items()
        if not number or stages[number - 1].charges[key] != charge
    }
    return {**asked, "the whole contract": limits.stated_steps()}


def refuse_past_grants(stages: Sequence[Stage], rules_from: Mapping[date, date], term: Period) -> None:
    """Refuse credit that a phase brings for a day on which it does not rule yet. Raises TermsRefused.

    `rules_from` has the first day that is rated by the phase of a day. Credit that was agreed before goes on.
    """
    for before, stage in pairwise(stages):
        for key, charge in stage.charges.items():
            known = before.charges[key].limits.credits
            for position, credit in enumerate(charge.limits.credits):
                begins = rules_from[stage.start or term.start]
                if credit in known or (_granted_on(credit, term) or begins) >= begins:
                    continue
                raise TermsRefused(
                    f"{stage.paths[key]}.credits[{position}].{'on' if credit.on else 'granted'}",
                    f"the phase is rated from {day_in_words(begins)} on, and the credit is granted on "
                    f"{day_in_words(_granted_on(credit, term) or begins)}, so that it would never be granted; state it "
                    "in the charge itself, or grant it once on a later day.",
                )


def _granted_on(credit: Credit, term: Period) -> date | None:
    """Return the one day of a grant; None for one that comes with each cycle."""
    if credit.granted == "each_cycle":
        return None
    return credit.on if credit.on is not None else term.start
