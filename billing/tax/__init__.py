"""The tax of a document: what its terms state, or what the rule decides from the facts that are stored.

Owns: the facts of a decision, the category and rate of every line, the sentences that say why in the customer's
language, and the tax in the currency of the legal entity. Does not own: the rules and rates (`rollcall.tax`), the form
of VAT numbers (`licenses.vat_ids`), the totals (`billing.totals`).
Invariants: the same stored facts give the same decision; a line that gives back, or settles a period that was billed,
bears the tax at which it was billed; what no rule decides is held with its sentence, never guessed; a draft whose
decision would be another one now is not finalized.
"""

from billing.tax.currency import UsedRate, rate_for
from billing.tax.deciding import TaxNotDecided, decided_on, tax_facts, tax_lines, undecided_tax
from billing.tax.told import TaxOutdated, require_current_tax, tax_told

__all__ = [
    "TaxNotDecided",
    "TaxOutdated",
    "UsedRate",
    "decided_on",
    "rate_for",
    "require_current_tax",
    "tax_facts",
    "tax_lines",
    "tax_told",
    "undecided_tax",
]
