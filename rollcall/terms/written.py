"""How terms are written: the rule over periods of a metric, a digest without it, and terms without their defaults."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

from rollcall.terms.calculations import Calculation
from rollcall.terms.later_stage import OverPeriods
from rollcall.terms.over_periods import write_over_periods
from rollcall.terms.quantities import write_calculation

OVER_PERIODS = "over_periods"


def write_reduced(
    *, kind: str, calculation: Calculation, stated: Mapping[str, Any], over_periods: OverPeriods | None
) -> dict[str, Any]:
    """Return a metric of daily numbers as terms write it; `stated` are its words that are not the default."""
    return with_over_periods({"kind": kind, **write_calculation(calculation), **stated}, over_periods)


def with_over_periods(written: dict[str, Any], over_periods: OverPeriods | None) -> dict[str, Any]:
    """Return a written metric with its rule over the periods of the term, where it has one."""
    return written if over_periods is None else {**written, OVER_PERIODS: write_over_periods(over_periods)}


def digest_of_quantity(written: Mapping[str, Any]) -> str:
    """Return "sha256:..." of what makes the quantity of one period; a rule over periods comes after it."""
    made_of = {key: value for key, value in written.items() if key != OVER_PERIODS}
    return f"sha256:{hashlib.sha256(rfc8785.dumps(made_of)).hexdigest()}"


def without_defaults(written: Mapping[str, object], defaults: Mapping[str, object]) -> dict[str, Any]:
    """Return the written values that differ from their defaults, at every depth."""
    left: dict[str, Any] = {}
    for key, value in written.items():
        default = defaults.get(key)
        if key in defaults and value == default:
            continue
        if isinstance(value, Mapping) and isinstance(default, Mapping):
            value = without_defaults(value, default)
        left[key] = value
    return left
