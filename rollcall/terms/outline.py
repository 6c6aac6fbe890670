"""The shape of the terms as questions: drawn from the dataclasses, for forms and for whoever explains TERMS.json.

Owns: which keys an object of the terms has, what kind of answer each takes, which words may be chosen. It is derived
from dataclass fields and type hints, with the notes of `asked` beside the fields; a new price model is in it as soon
as its file is there. Does not own: reading or refusing terms; the engine alone says what is wrong with them.
A type that says nothing becomes an answer in JSON, so that nothing of the terms can be left unsaid.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from rollcall.period import CYCLE_UNITS, BillingCycle, Period
from rollcall.tax.bands import BANDS
from rollcall.terms.action_quantity import MEASURES, ActionMetric
from rollcall.terms.activity import ActivityDefinition, Identity
from rollcall.terms.asked import KEY, Asked
from rollcall.terms.calculations import CALCULATIONS, ROUNDINGS, Calculation
from rollcall.terms.charges import BILLED, Charge
from rollcall.terms.contract import ContractTerms
from rollcall.terms.conversion import Conversion
from rollcall.terms.instances import ACROSS_INSTANCES
from rollcall.terms.later_stage import RULES, OverPeriods
from rollcall.terms.limits import Limits
from rollcall.terms.metrics import UNIQUE, Metric
from rollcall.terms.over_periods.mean_of_periods import MeanOfPeriods
from rollcall.terms.phases import KEPT, Phase
from rollcall.terms.priced import LADDERS
from rollcall.terms.prices import MODELS, PriceModel
from rollcall.terms.proration import DAY_COUNTS
from rollcall.terms.provisioned import AT_ONCE, PERIOD_END, ProvisionedMetric
from rollcall.terms.quantities.average import AVERAGES, PEAK, Average
from rollcall.terms.reported import ReportedMetric
from rollcall.terms.rules import (
    CADENCES,
    DECIDED_BY,
    DISCLOSURES,
    GAP_RULES,
    MID_CYCLE,
    SETTLEMENTS,
    TAX_CATEGORIES,
    GapRule,
    Tax,
    TrueUpRule,
)
from rollcall.terms.seats import BY_DAYS, REMOVED, Bought, SeatsMetric


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One value of a kind.

    Kinds are text, choice, whole, decimal, day, yes_no, maybe (yes, no, or unsaid), texts (one per line), groups (lines
    of "this, that"), pairs (lines of "this = that"), window (a word or a number of days) and json.
    """

    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Group:
    """An object with these keys. Those of `takes_away` may hold nothing: then what was there before ends."""

    questions: tuple[Question, ...]
    help: str = ""
    takes_away: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A list of objects of one shape."""

    of: Group


@dataclass(frozen=True, kw_only=True)
class Named:
    """Objects under names that the terms choose."""

    of: Shape


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """An object whose other keys depend on the word under `key`, such as the model of a price."""

    key: str
    groups: Mapping[str, Group]


Shape = Answer | Group | Rows | Named | Kinds


@dataclass(frozen=True, kw_only=True)
class Question:
    """One key of an object: what it is called, what answers it, whether it may be left out.

    `default` is what leaving it out means, as a form shows it; None where there is no such value. `may_be_null` says
    that the key must be there, but may hold nothing (the open end of the last tier). The keys of a `is_flat` object of
    several kinds stand beside its own key, in the object around it. Leaving a `is_change` out means: as it was before.
    """

    key: str
    label: str
    help: str
    shape: Shape
    is_optional: bool
    may_be_null: bool
    default: object = None
    is_flat: bool = False
    is_change: bool = False


# Notes on fields whose name or type says less, or other, than what terms write.
_NOTES: Mapping[tuple[type, str], Asked] = {
    (ActionMetric, "measure"): Asked(choices=MEASURES, help="sum adds the quantities of the actions, count the events"),
    (ActionMetric, "unit"): Asked(label="One of them is", help="interaction"),
    (ActionMetric, "units"): Asked(label="Several are", help="interactions"),
    (ActivityDefinition, "actions"): Asked(
        help="one name or glob per line, as the reports write them; * counts any action"
    ),
    (ActivityDefinition, "window_days"): Asked(
        label="Window", key="window", kind="window", help="period, or the days of a rolling window"
    ),
    (ActivityDefinition, "evaluate"): Asked(label="Rolling window is read", choices=("at_period_end", "daily")),
    (ActivityDefinition, "timezone"): Asked(is_hidden=True),
    (ActivityDefinition, "excluded_users"): Asked(help="one name or glob per line, such as svc-*"),
    (ActivityDefinition, "per_instance"): Asked(label="A person counts once on each instance"),
    (ActivityDefinition, "look_back_before_start"): Asked(label="Days before the contract count towards the window"),
    (Identity, "namespace"): Asked(choices=("plain", "customer_key")),
    (Identity, "rule"): Asked(choices=("trim-nfc-lower",)),
    (Identity, "aliases"): Asked(kind="pairs", help="one per line: jane@old.example = jane@new.example"),
    (BillingCycle, "unit"): Asked(choices=CYCLE_UNITS),
    (BillingCycle, "anchor"): Asked(help="the day from which cycles count; the 1st makes calendar months"),
    (Charge, "key"): Asked(is_hidden=True),
    (Average, "average_over"): Asked(choices=AVERAGES),
    (Average, "rounding"): Asked(choices=tuple(ROUNDINGS)),
    (Average, "tier_by"): Asked(choices=(PEAK,)),
    (Bought, "start"): Asked(key="from"),
    (Charge, "bill"): Asked(label="Billed", choices=BILLED),
    (Charge, "limits"): Asked(is_flat=True, leaves_out=("greater_of",)),
    (ContractTerms, "day_count"): Asked(label="A part of a cycle is measured by", choices=DAY_COUNTS),
    (ContractTerms, "limits"): Asked(label="Limits of the whole invoice", leaves_out=("per_user_cap",)),
    (ContractTerms, "phases"): Asked(help="prices and limits that change on a day agreed from the start"),
    (ContractTerms, "timezone"): Asked(label="Time zone", help="a name such as Europe/Berlin: when a day begins"),
    (ContractTerms, "currency"): Asked(help="ISO 4217, such as EUR"),
    (ContractTerms, "steps"): Asked(kind="texts", help="one per line, in the order in which a bill is made"),
    (ContractTerms, "reporting_cadence"): Asked(choices=CADENCES),
    (ContractTerms, "disclosure"): Asked(label="A signed report discloses", choices=DISCLOSURES),
    (ContractTerms, "grace_days"): Asked(help="the days for which an instance goes on after its licence has ended"),
    (ContractTerms, "mid_cycle"): Asked(label="A change of price inside a cycle", choices=MID_CYCLE),
    (ContractTerms, "quarantine_limit"): Asked(help="the share of rows, as in 0.05, above which a file is refused"),
    (GapRule, "rule"): Asked(choices=GAP_RULES),
    (GapRule, "then"): Asked(choices=tuple(rule for rule in GAP_RULES if rule != "hold")),
    (Limits, "greater_of"): Asked(
        kind="groups",
        label="Only the greatest of these charges is billed",
        help="one group per line, its charges with commas: mau, peak",
    ),
    (MeanOfPeriods, "rounding"): Asked(choices=tuple(ROUNDINGS)),
    (Metric, "across_instances"): Asked(choices=ACROSS_INSTANCES),
    (Metric, "calculation"): Asked(choices=(UNIQUE,)),
    (Period, "end"): Asked(label="Ends before", help="the day after the last one"),
    (Phase, "charges"): Asked(
        label="Charges that change",
        help="what a charge does not state here stays as it was",
        kind="changes",
        leaves_out=KEPT,
    ),
    (Phase, "start"): Asked(label="From", key="from"),
    (ProvisionedMetric, "removed"): Asked(choices=(AT_ONCE, PERIOD_END)),
    (ReportedMetric, "across_instances"): Asked(choices=ACROSS_INSTANCES[1:]),
    (SeatsMetric, "calculation"): Asked(choices=(BY_DAYS,)),
    (SeatsMetric, "removed"): Asked(choices=REMOVED),
    (Tax, "category"): Asked(choices=tuple(TAX_CATEGORIES), help="of EN 16931; S is the standard rate"),
    (Tax, "rate"): Asked(help="in percent"),
    (Tax, "decided_by"): Asked(
        label="Category and rate are decided by", choices=DECIDED_BY, help="a rule leaves both of them empty"
    ),
    (Tax, "band"): Asked(label="Under a rule, the rate is", choices=BANDS),
    (TrueUpRule, "settle"): Asked(choices=SETTLEMENTS),
    (TrueUpRule, "approve_above"): Asked(help="a difference above this amount takes a second person"),
    (TrueUpRule, "window_days"): Asked(help="usage that arrives later than these days after its period is not settled"),
}
_KINDS_OF_METRICS = "kind"


@cache
def outline() -> Group:
    """Return the questions of a whole contract."""
    return group_of(ContractTerms)


@cache
def group_of(kind: type) -> Group:
    """Return the questions of one dataclass of the terms."""
    return Group(questions=tuple(_questions(kind)), help=_first_line(kind))


def _questions(kind: type) -> Iterator[Question]:
    hints = get_type_hints(kind)
    for one in fields(kind):
        note = _note(kind, one)
        if note.is_hidden or not one.init:
            continue
        hint, may_be_none = _without_none(hints[one.name])
        if note.is_flat and isinstance(hint, type) and is_dataclass(hint):
            yield from (inner for inner in _questions(hint) if inner.key not in note.leaves_out)
            continue
        has_default = one.default is not MISSING or one.default_factory is not MISSING
        is_flat = hint is Calculation
        yield Question(
            key=note.key or one.name,
            label=note.label or one.name.replace("_", " ").capitalize(),
            help=note.help,
            shape=_or_not_stated(_shape(hint, note), may_be_none),
            is_optional=has_default,
            may_be_null=may_be_none and not has_default,
            default=note.choices[0] if is_flat and note.choices else _default(one),
            is_flat=is_flat,
        )


def _or_not_stated(shape: Shape, may_be_none: bool) -> Shape:
    """A yes or no that may also be unsaid is a choice of three."""
    return Answer(kind="maybe") if may_be_none and shape == Answer(kind="yes_no") else shape


def _shape(hint: Any, note: Asked) -> Shape:
    if note.kind == "ladder":
        return _kinds("model", {**MODELS, **LADDERS})
    if note.kind == "changes":
        return Named(of=_changes(group_of(get_args(hint)[1]), note.leaves_out))
    if note.kind:
        return Answer(kind=note.kind)
    if hint is Calculation:
        besides = {name: Group(questions=()) for name in note.choices}
        return Kinds(key="calculation", groups={**besides, **_kinds("calculation", CALCULATIONS).groups})
    if note.choices:
        return Answer(kind="choice", choices=note.choices)
    if get_origin(hint) is Literal:
        return Answer(kind="choice", choices=tuple(str(word) for word in get_args(hint)))
    for protocol, key, registry in _REGISTRIES:
        if hint is protocol:
            return _kinds(key, registry, besides=_conversion() if protocol is PriceModel else ())
    if isinstance(hint, type) and is_dataclass(hint):
        group = group_of(hint)
        return Group(questions=tuple(one for one in group.questions if one.key not in note.leaves_out), help=group.help)
    if hint in _PLAIN:
        return Answer(kind=_PLAIN[hint])
    return _shape_of_many(hint)


# The walls behind which a folder of files is the registry: its protocol, and the key that names the file.
_REGISTRIES: tuple[tuple[Any, str, Mapping[str, type]], ...] = (
    (PriceModel, "model", MODELS),
    (OverPeriods, "rule", RULES),
)


def _kinds(key: str, registry: Mapping[str, type], besides: tuple[Question, ...] = ()) -> Kinds:
    drawn = {name: group_of(one) for name, one in sorted(registry.items())}
    return Kinds(
        key=key, groups={name: replace(group, questions=group.questions + besides) for name, group in drawn.items()}
    )


def _conversion() -> tuple[Question, ...]:
    """What stands beside the parameters of every price: how the quantity is turned into what is priced."""
    shape = group_of(Conversion)
    question = Question(
        key="convert", label="Convert the quantity first", help="", shape=shape, is_optional=True, may_be_null=False
    )
    return (question,)


def _changes(whole: Group, kept: tuple[str, ...]) -> Group:
    """Return the questions of an object of which only what changes is said; what may be left out may also end."""
    asked = [one for one in whole.questions if one.key not in kept]
    said = [
        replace(one, is_optional=True, default=None, is_change=True, shape=_or_not_stated(one.shape, True))
        for one in asked
    ]
    return Group(questions=tuple(said), takes_away=tuple(one.key for one in asked if one.is_optional))


_PLAIN: Mapping[Any, str] = {int: "whole", Decimal: "decimal", date: "day", bool: "yes_no", str: "text"}


def _shape_of_many(hint: Any) -> Shape:
    """Return the shape of lists, of named objects, and of objects of several kinds."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        if inner[0] is str:
            return Answer(kind="texts")
        of = _shape(inner[0], Asked())
        if isinstance(of, Group):
            return Rows(of=of)
    is_named = isinstance(origin, type) and issubclass(origin, Mapping) and inner[:1] == (str,)
    if is_named and not isinstance(of := _shape(inner[1], Asked()), Answer):
        return Named(of=of)
    if origin in (Union, types.UnionType) and all(is_dataclass(one) for one in inner):
        return Kinds(
            key=_KINDS_OF_METRICS,
            groups={name: _without(group_of(one), _KINDS_OF_METRICS) for one in inner for name in kinds_of(one)},
        )
    return Answer(kind="json")


def kinds_of(kind: type) -> tuple[str, ...]:
    """Return the words under `kind` with which terms write objects of a class."""
    if kind is Metric:
        return ("active_users",)
    found = next(one for one in fields(kind) if one.name == _KINDS_OF_METRICS)
    return (str(found.default),)


def _without(group: Group, key: str) -> Group:
    return Group(questions=tuple(one for one in group.questions if one.key != key), help=group.help)


def _note(kind: type, one: Field[Any]) -> Asked:
    note = one.metadata.get(KEY)
    return note if isinstance(note, Asked) else _NOTES.get((kind, one.name), Asked())


def _default(one: Field[Any]) -> object:
    if one.default is MISSING or is_dataclass(one.default):
        return None
    return str(one.default) if isinstance(one.default, Decimal) else one.default


def _without_none(hint: Any) -> tuple[Any, bool]:
    """Return a type without the None that it may be, and whether it may."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    left = tuple(one for one in get_args(hint) if one is not type(None))
    if len(left) == len(get_args(hint)):
        return hint, False
    return (left[0] if len(left) == 1 else Union[left]), True  # noqa: UP007 - made at run time


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]
