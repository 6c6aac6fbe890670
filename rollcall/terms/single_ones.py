"""What a rule over the periods of a term leaves: one number, in which no person and no event is known any more."""

from __future__ import annotations

from rollcall.terms.charges import Charge
from rollcall.terms.fields import Fields
from rollcall.terms.metrics import AnyMetric


def refuse_single_ones(fields: Fields, charge: Charge, metric: AnyMetric | None) -> None:
    """Refuse what looks at single persons or events of a quantity that a rule over periods makes.

    The rule bills more or less than was counted, and nothing says which person or event that is. `fields` are those of
    the charge. Raises TermsRefused.
    """
    if metric is None or metric.over_periods is None:
        return
    rule = f'"over_periods" of the metric "{charge.metric}" bills a number of which no single'
    if charge.price.needs_events:
        raise fields.refuse("price", f"looks at single events, and {rule} event is known; leave one of them out.")
    cap = charge.limits.per_user_cap
    if cap is not None and cap.reading == "each_person":
        raise fields.refuse(
            "per_user_cap",
            f'holds for each person, and {rule} person is known; leave one of them out, or write "reading": "pooled".',
        )
