"""What the snapshot says about the tax: who decided it, why, from which facts, on which day."""

from collections.abc import Iterable, Sequence
from typing import Any

from billing.models import InvoiceLine
from billing.tax.deciding import LineTax, TaxNotDecided, tax_facts, tax_of_line
from billing.tax.words import reason_in_words
from licenses.models import Customer
from rollcall.money import shortest
from rollcall.tax.decide import AS_BILLED, STATED
from rollcall.terms.rules import Tax


def tax_entry(*, lines: Sequence[InvoiceLine], tax: Tax, customer: Customer) -> dict[str, Any]:
    """Return `snapshot["tax"]` for the stored lines of a draft.

    `decided_by` is "terms", "rule" or "invoice" (an earlier one); `reason` says all decisions in the customer's
    language, `source` their sources, `decided_on` the latest day whose rates counted. Each of `decisions` has its
    category, rate, rule, tax point, reason, source and the code of its reason; `facts` is there under a rule.
    A draft that the facts have left behind has the sentence under `outdated`; it is never finalized.
    """
    try:
        found = [(line, tax_of_line(line, tax=tax, customer=customer)) for line in lines]
    except TaxNotDecided as undecided:
        return {"decided_by": "rule", "reason": "", "source": "", "decisions": [], "outdated": str(undecided)}
    decisions = [_decision(one, customer) for one in _different(one for _, one in found)]
    rules = {one["rule"] for one in decisions}
    by_rule = not rules <= {STATED, AS_BILLED}
    outdated = next((said for line, one in found if (said := _outdated(line, one))), "")
    return {
        "decided_by": "rule" if by_rule else "terms" if STATED in rules else "invoice",
        "reason": " ".join(dict.fromkeys(one["reason"] for one in decisions)),
        "source": "; ".join(dict.fromkeys(one["source"] for one in decisions if one["source"])),
        "decided_on": max((one["tax_point"] for one in decisions), default=""),
        "decisions": decisions,
        **({"facts": tax_facts(customer=customer, band=tax.band).to_json()} if by_rule else {}),
        **({"outdated": outdated} if outdated else {}),
    }


def _outdated(line: InvoiceLine, now: LineTax) -> str:
    decision = now.decision
    if (line.tax_category, shortest(line.tax_rate)) == (decision.category, shortest(decision.rate)):
        return ""
    return (
        f"Line {line.position} bears tax of {shortest(line.tax_rate)} % (category {line.tax_category}); by what is "
        f"known now it is {shortest(decision.rate)} % (category {decision.category}). Compute the draft again, look at "
        "it, and finalize that."
    )


def _different(taxes: Iterable[LineTax]) -> Iterable[LineTax]:
    """Yield each decision once, in the order of the lines; several days of one decision are told by the last."""
    last: dict[tuple[object, ...], LineTax] = {}
    for one in taxes:
        decision = one.decision
        key = (decision.rule, decision.category, shortest(decision.rate), decision.source)
        if key not in last or last[key].decision.tax_point < decision.tax_point:
            last[key] = one
    return last.values()


def _decision(one: LineTax, customer: Customer) -> dict[str, Any]:
    decision = one.decision
    return {
        "category": decision.category,
        "rate": shortest(decision.rate),
        "rule": decision.rule,
        "tax_point": decision.tax_point.isoformat(),
        "reason": reason_in_words(decision, customer=customer),
        "source": decision.source,
        "reason_code": decision.reason_code,
    }
