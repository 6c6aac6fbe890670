"""The rules by which evidence becomes active users: one file each, with the plain form and the SQL form.

The folder is the registry: a module here that has `RULES` takes part in both counters, and one parametrised test holds
its two forms equal. The order in which reasons are given is the `rank` of the verdict rules, first refusal wins.

Does not own: the counters, and what an action, an alias or an exclusion means (`rollcall.terms`).
"""

from __future__ import annotations

import importlib
import pkgutil

from rollcall.counting.rules.kinds import RowRule, Rule, ScopeRule, UnitRule, VerdictRule

ALL: tuple[Rule, ...] = tuple(
    rule
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
    for rule in getattr(importlib.import_module(f"{__name__}.{module.name}"), "RULES", ())
)
SCOPE: tuple[ScopeRule, ...] = tuple(rule for rule in ALL if isinstance(rule, ScopeRule))
UNIT: dict[str, UnitRule] = {rule.part: rule for rule in ALL if isinstance(rule, UnitRule)}
ROW: tuple[RowRule, ...] = tuple(rule for rule in ALL if isinstance(rule, RowRule))
VERDICT: tuple[VerdictRule, ...] = tuple(
    sorted((rule for rule in ALL if isinstance(rule, VerdictRule)), key=lambda rule: rule.rank)
)
