"""Terms that are refused, read clause by clause: for somebody who writes them and wants to know all that is wrong.

Owns: which clauses can be read by themselves. Does not own: what a clause refuses, and the terms as a whole, which
`ContractTerms.from_json` reads and refuses by their first fault. A clause that is not read here is told later, no more;
what clauses contradict is told when each of them can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from rollcall.terms.charges import Charge
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.frame import read_currency, read_cycle, read_term, read_timezone
from rollcall.terms.limits import read_limits
from rollcall.terms.metrics import named_metrics, read_metric
from rollcall.terms.rules import CADENCES, MID_CYCLE, GapRule, TrueUpRule, read_grace, read_tax

Reading = Callable[[], object]


def refused_beside(document: object, first: TermsRefused) -> list[TermsRefused]:
    """Return what other clauses refuse beside the first refusal of these terms, one of each, in their order."""
    try:
        fields = Fields.of(document, "")
    except TermsRefused:
        return []
    found = {first.path: first}
    for read in _readings(fields):
        if (refused := _refusal_of(read)) is not None:
            found.setdefault(refused.path, refused)
    return list(found.values())[1:]


def _refusal_of(read: Reading) -> TermsRefused | None:
    try:
        read()
    except TermsRefused as refused:
        return refused
    return None


def _readings(fields: Fields) -> Iterator[Reading]:
    """Yield the readings of clauses by themselves; what is priced needs a currency, what is counted a zone."""
    frame: list[Reading] = [partial(read, fields) for read in (read_currency, read_timezone, read_term, read_cycle)]
    has_currency, has_zone = (_refusal_of(read) is None for read in frame[:2])
    yield from frame
    yield partial(named_metrics, fields)
    if has_zone and _refusal_of(partial(named_metrics, fields)) is None:
        yield from (partial(read_metric, inner, read_timezone(fields)) for _, inner in named_metrics(fields))
    charges = partial(fields.named, "charges", "charge")
    yield charges
    if has_currency:
        currency = read_currency(fields)
        if _refusal_of(charges) is None:
            yield from (partial(Charge.from_fields, key, inner, currency) for key, inner in charges())
        yield partial(read_limits, fields, currency)
        yield partial(TrueUpRule.of_terms, fields, currency)
    if fields.has("gap_rule"):
        yield lambda: GapRule.from_fields(fields.inner("gap_rule"))
    yield partial(fields.choice, "reporting_cadence", CADENCES, default="daily")
    yield partial(fields.choice, "mid_cycle", MID_CYCLE, default="next_cycle")
    yield partial(read_grace, fields)
    yield partial(read_tax, fields)
