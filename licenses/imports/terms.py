"""The terms of a contract as a row names them: a published plan, a known policy, or TERMS.json in the cell."""

import copy
from collections.abc import Mapping
from datetime import date
from typing import Any

from licenses.imports.table import RowWrong
from licenses.models import PlanVersion
from licenses.queries import published_plans
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.templates import all_templates


def terms_named(name: str) -> tuple[Mapping[str, Any], PlanVersion | None]:
    """Return the terms of a published plan or of a known policy of this name. Raises RowWrong."""
    plans = {version.plan.name.lower(): version for version in published_plans()}
    if name.lower() in plans:
        return plans[name.lower()].terms, plans[name.lower()]
    policies = {one.name: one for one in all_templates()}
    if name in policies:
        return policies[name].terms, None
    there = ", ".join([*sorted(version.plan.name for version in plans.values()), *sorted(policies)])
    raise RowWrong("terms_from", f"There is no plan or policy “{name[:60]}”. There are: {there}.")


def dated(terms: Mapping[str, Any], *, start: date, end: date) -> dict[str, Any]:
    """Return terms for these days (end exclusive); the cycle counts from the first of them."""
    document = copy.deepcopy(dict(terms))
    document["term"] = {"start": start.isoformat(), "end": end.isoformat()}
    document["cycle"] = {**document.get("cycle", {"unit": "month"}), "anchor": start.isoformat()}
    return document


def understood(document: Mapping[str, Any], *, column: str) -> ContractTerms:
    """Return the meaning of terms. Raises RowWrong at the column they came from, with the place in them."""
    try:
        return ContractTerms.from_json(document)
    except TermsRefused as refused:
        raise RowWrong(column, f"At {refused.path or 'the top'}: {refused.sentence}") from refused


def in_short(terms: ContractTerms) -> str:
    """Say terms in a line, with the beginning of their digest: two that differ anywhere differ here."""
    prices = ", ".join(charge.price.words(terms.currency, terms.noun_of(key)) for key, charge in terms.charges.items())
    return f"{prices} ({terms.currency}, {terms.timezone}, {terms.term.words()}; {terms.digest()[7:15]})"
