"""The order of a bill as terms name it: one list of steps, and what may stand where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from rollcall.terms.fields import Fields, one_of

# The order in which a bill is made when terms do not choose another one.
DEFAULT_STEPS = ("included", "price", "per_user_cap", "discount", "commitment", "floor", "cap", "credits")

# Steps that came later than the first terms. Terms that do not use them need not name them, and mean the same.
LATER_STEPS = frozenset({"per_user_cap", "commitment"})

# Pairs of steps of which the order is no choice, and why.
_FIXED: tuple[tuple[str, str, str], ...] = (
    ("floor", "cap", '"floor" comes before "cap", so that no cycle costs more than the cap.'),
    ("commitment", "floor", '"commitment" comes before "floor": the floor is for what is missing after it.'),
    ("commitment", "cap", '"commitment" comes before "cap", so that overage costs no more than the cap.'),
)


def default_steps(stated: Collection[str]) -> tuple[str, ...]:
    """Return the default order: the steps of the first terms, and the later ones that are stated."""
    return tuple(step for step in DEFAULT_STEPS if step not in LATER_STEPS or step in stated)


def only_needed(steps: Iterable[str], asked: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Return an order without the later steps that nothing in it needs."""
    needed = frozenset[str]().union(*asked.values())
    return tuple(step for step in steps if step not in LATER_STEPS or step in needed)


def completed(steps: Iterable[str]) -> tuple[str, ...]:
    """Return an order with every step in it: one that is not named stands before those that follow it by default."""
    order = list(steps)
    for number, step in reversed([*enumerate(DEFAULT_STEPS)]):
        if step not in order:
            later = [order.index(each) for each in DEFAULT_STEPS[number + 1 :] if each in order]
            order.insert(min(later, default=len(order)), step)
    return tuple(order)


def read_steps(fields: Fields, asked: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Read the order of steps: the steps of a bill in an order of one's own, none twice. Raises TermsRefused.

    `asked` has the steps that each charge, and the whole contract, needs.
    """
    needed = frozenset(step for steps in asked.values() for step in steps)
    if not fields.has("steps"):
        return default_steps(needed)
    steps = fields.listed("steps")
    for position, step in enumerate(steps):
        if step not in DEFAULT_STEPS:
            raise fields.refuse(f"steps[{position}]", f"must be {one_of(DEFAULT_STEPS)}, not {step!r}.")
        if step in steps[:position]:
            raise fields.refuse(f"steps[{position}]", f'"{step}" stands in the list twice.')
    named = [str(step) for step in steps]
    for whose, stated in asked.items():
        lacking = sorted(stated - set(named))
        if lacking:
            raise fields.refuse("steps", f'{whose} needs the step "{lacking[0]}", which is not in the list.')
    _refuse_order(fields, named)
    return only_needed(named, asked)


def order_in_words(steps: Iterable[str], asked: Iterable[frozenset[str]]) -> list[str]:
    """Say the order of the bill where terms choose one, or where two stated steps could be taken either way."""
    used, in_order = frozenset[str](), tuple(steps)
    matters = False
    for stated in asked:
        used |= stated
        limits = stated - {"included", "price"}
        matters = matters or (len(limits) > 1 and limits != {"floor", "cap"})
    chosen = [step for step in in_order if step in used]
    if not matters and chosen == [step for step in DEFAULT_STEPS if step in used]:
        return []
    return [f"The bill is made in this order: {', '.join(step.replace('_', ' ') for step in chosen)}."]


def _refuse_order(fields: Fields, named: list[str]) -> None:
    before = named[: named.index("price")]
    if set(before) - {"included"} or "included" in named[named.index("price") :]:
        raise fields.refuse("steps", '"included" comes before "price", every other step after it.')
    if "per_user_cap" in named and named.index("per_user_cap") != named.index("price") + 1:
        raise fields.refuse("steps", '"per_user_cap" follows "price": it caps what users cost, and nothing else.')
    for first, later, why in _FIXED:
        if {first, later} <= set(named) and named.index(later) < named.index(first):
            raise fields.refuse("steps", why)
