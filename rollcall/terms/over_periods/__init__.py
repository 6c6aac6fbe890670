"""The rules over the periods of a term, one per file: peaks that stay, means, bursts. This folder is the registry.

Owns: reading a rule from terms, and every rule's parameters, refusals, arithmetic and words.
Does not own: the quantity of one period, estimates, prices. A new rule is a new file here with its `@over_periods`
name, and a test; nothing else changes.
Invariants: a rule looks at quantities of the same term alone, and at none later than the billed period; rating the term
again from its beginning gives the same quantities.
"""

from __future__ import annotations

import importlib
import pkgutil

from rollcall.terms.calculations import Calculation
from rollcall.terms.fields import Fields
from rollcall.terms.later_stage import RULES, OverPeriods, rule_name

for _file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_file.name}")


def read_over_periods(fields: Fields, calculation: Calculation | None = None) -> OverPeriods | None:
    """Read the key `over_periods` of a metric; None where it is left out.

    `calculation` is that of the metric, None where it has none. Raises TermsRefused where the price would see days that
    the rule does not.
    """
    if not fields.has("over_periods") or fields.take("over_periods") is None:
        return None
    if calculation is not None and not calculation.is_one_number:
        raise fields.refuse(
            "over_periods",
            "makes one number of those of several periods, and here the price looks at single days as well; leave one "
            'of them out: the rule, or "each_day_alone" and "tier_by".',
        )
    inner = fields.inner("over_periods")
    rule = RULES[inner.choice("rule", tuple(sorted(RULES)))].from_fields(inner)
    inner.nothing_else("a rule over periods")
    return rule


def write_over_periods(rule: OverPeriods) -> dict[str, object]:
    """Return the rule as terms write it."""
    return {"rule": rule_name(rule), **rule.to_json()}


__all__ = ["RULES", "OverPeriods", "read_over_periods", "rule_name", "write_over_periods"]
