"""What a period costs: from the terms and the counted users to lines with words.

Owns: the visible list of steps (`rate.py`), one file per step, the rating of a term, totals with tax, the working, and
the settlement of a period that was rated again.
Does not own: counting, the terms themselves, numbers or states of invoices.
Invariants: rating is a pure function, the same terms and usage give the same bytes; every line is quantity times
price, rounded half up; floors and caps are lines of their own; a line keeps its key when the period is rated again;
provisioned users change nothing.
"""

from rollcall.rating.agreed import NeedsEarlierPeriods
from rollcall.rating.difference import NotComparable, Settlement, settle
from rollcall.rating.explain import explain
from rollcall.rating.floor import billed_users
from rollcall.rating.lines import RatedLine, WorkingEntry
from rollcall.rating.rate import STEPS
from rollcall.rating.rate_term import rate_term
from rollcall.rating.result import Rating, TermRating
from rollcall.rating.totals import TaxedAmount, TaxTotal, Totals, total, with_tax_before
from rollcall.rating.usage import PeriodUsage, ProvisionedUsers, TermUsage
from rollcall.rating.users import BESIDE_LINES, ESTIMATED, RATED, users_in

__all__ = [
    "BESIDE_LINES",
    "ESTIMATED",
    "RATED",
    "STEPS",
    "NeedsEarlierPeriods",
    "NotComparable",
    "PeriodUsage",
    "ProvisionedUsers",
    "RatedLine",
    "Rating",
    "Settlement",
    "TaxTotal",
    "TaxedAmount",
    "TermRating",
    "TermUsage",
    "Totals",
    "WorkingEntry",
    "billed_users",
    "explain",
    "rate_term",
    "settle",
    "total",
    "users_in",
    "with_tax_before",
]
