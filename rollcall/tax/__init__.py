"""Which tax a document bears: dated rates per country as data, and one decision with its reason.

Owns: `rates.json`, reading it, the decision from stated facts, and amounts of tax in another currency.
Does not own: how a VAT number is checked (the facts say whether it was found sound), where the facts are kept, the
totals of a document (`rollcall.rating.totals`).
Invariants: the same facts give the same decision for ever, because rows of rates are only added; what no rule decides
is refused with a sentence and never guessed; no rate is used before the day from which the table vouches for it.
Known rules are those for services between businesses, software among them; goods and private customers are not.
"""

from rollcall.tax.decide import TaxDecision, TaxUndecided, decide_tax
from rollcall.tax.facts import FactsRefused, TaxFacts
from rollcall.tax.rates import (
    Country,
    RateUnknown,
    country_of,
    is_in_union,
    is_known_rate,
    rate_on,
    rates_on,
    union_members,
)

__all__ = [
    "Country",
    "FactsRefused",
    "RateUnknown",
    "TaxDecision",
    "TaxFacts",
    "TaxUndecided",
    "country_of",
    "decide_tax",
    "is_in_union",
    "is_known_rate",
    "rate_on",
    "rates_on",
    "union_members",
]
