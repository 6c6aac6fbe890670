"""What a new contract may start from: a published plan, the policy of a known vendor, or plain terms."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from licenses.models import PlanVersion
from licenses.queries import published_plans
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.templates import Template, all_templates, with_switches


@dataclass(frozen=True, kw_only=True)
class Start:
    """One set of terms to begin with. The open edges of a policy are its switches."""

    key: str
    words: str
    group: str
    terms: Mapping[str, Any]
    plan_version: PlanVersion | None = None
    template: Template | None = None

    def begin(self, *, today: date, switches: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return its terms under the chosen readings, for one year from the first of the coming month.

        Terms with days of their own that lie outside that year keep the year that they were written for.
        """
        terms = with_switches(self.template, switches or {}) if self.template is not None else self.terms
        moved = dated(terms, today)
        try:
            ContractTerms.from_json(moved)
        except TermsRefused:
            return copy.deepcopy(dict(terms)) if "term" in terms else moved
        return moved


def starts() -> list[Start]:
    """Return all that a contract may start from; plain terms first, then plans, then known policies."""
    found = [Start(key="", words="plain terms", group="Plain", terms=PLAIN)]
    for version in published_plans():
        found.append(
            Start(
                key=f"plan:{version.public_id}",
                words=f"{version.plan.name}, version {version.number}",
                group="Published plans",
                terms=version.terms,
                plan_version=version,
            )
        )
    for one in all_templates():
        key = f"policy:{one.name}"
        found.append(Start(key=key, words=one.title, group="Known policies", terms=one.terms, template=one))
    return found


def dated(terms: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Return terms for one year from the first of the coming month; cycles begin on the same day."""
    dated_terms = copy.deepcopy(dict(terms))
    start = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    dated_terms["term"] = {"start": start.isoformat(), "end": start.replace(year=start.year + 1).isoformat()}
    dated_terms["cycle"] = {**dated_terms.get("cycle", {"unit": "month"}), "anchor": start.isoformat()}
    return dated_terms


PLAIN: Mapping[str, Any] = {
    "currency": "EUR",
    "timezone": "Europe/Berlin",
    "cycle": {"unit": "month"},
    "metrics": {"active": {"kind": "active_users", "definition": {"actions": ["*"]}}},
    "charges": {"users": {"metric": "active", "price": {"model": "per_user", "unit_price": "29.00"}}},
    "gap_rule": {"rule": "hold", "hold_at_most_days": 10, "then": "bill_known"},
    "true_up": {"ignore_below": "0.00", "settle": "next_invoice"},
    "tax": {"category": "S", "rate": "19"},
}
