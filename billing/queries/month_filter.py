"""What a person looks for among the contracts of a month: a saved view, words, a state, a currency and an order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.models import BillingPeriod, Delivery
from billing.queries.month import PeriodLine

State = BillingPeriod.State
Delivered = Delivery.State
VIEWS: Mapping[str, str] = {
    "": "All",
    "person": "Needs a person",
    "drafted": "Drafts",
    "ready": "Ready",
    "outlier": "Change of 10 % or more",
    "floor": "Below floor",
    "to_send": "To send",
    "shadow": "Shadows",
}
SORTS: Mapping[str, str] = {
    "": "by contract",
    "customer": "by customer",
    "amount": "most money first",
    "users": "most users first",
    "change": "largest change first",
    "state": "by state",
}
_NOTHING = Decimal(-1)


@dataclass(frozen=True, kw_only=True)
class MonthFilter:
    """One look at a month. An unknown word chooses what is usual: every contract, by its number."""

    view: str = ""
    find: str = ""
    state: str = ""
    currency: str = ""
    sort: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "MonthFilter":
        """Read the query of a page."""
        view, state, sort = (asked.get(key, "") for key in ("view", "state", "sort"))
        return cls(
            view=view if view in VIEWS else "",
            find=asked.get("find", "").strip()[:200],
            state=state if state in State.values else "",
            currency=asked.get("currency", "").strip().upper()[:3],
            sort=sort if sort in SORTS else "",
        )

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.view or self.find or self.state or self.currency)

    def query(self) -> dict[str, str]:
        """The words of the query that gives this filter again, but for the order."""
        return {name: getattr(self, name) for name in ("view", "find", "state", "currency") if getattr(self, name)}


def filtered(lines: Sequence[PeriodLine], wanted: MonthFilter) -> list[PeriodLine]:
    """The lines that the filter lets through, in its order; lines of one rank stay in the order they came in."""
    text = wanted.find.casefold()
    found = [
        line
        for line in lines
        if shown_in(wanted.view, line)
        and (not wanted.state or line.state == wanted.state)
        and (not wanted.currency or line.currency == wanted.currency)
        and (not text or any(text in words.casefold() for words in _searched(line)))
    ]
    return sorted(found, key=ORDERS[wanted.sort]) if wanted.sort else found


def _searched(line: PeriodLine) -> tuple[str, ...]:
    invoice = line.period.invoice
    return line.customer_name, line.contract_number, (invoice.number or "") if invoice is not None else ""


def shown_in(view: str, line: PeriodLine) -> bool:
    """Whether a line belongs to a saved view."""
    return VIEW_TESTS[view](line)


def _is_ready(line: PeriodLine) -> bool:
    return line.state == State.DRAFTED and not line.needs_person and not line.is_shadow


VIEW_TESTS: Mapping[str, Callable[[PeriodLine], bool]] = {
    "": lambda line: True,
    "person": lambda line: line.needs_person,
    "drafted": lambda line: line.state == State.DRAFTED and not line.is_shadow,
    "ready": _is_ready,
    "outlier": lambda line: line.is_outlier,
    "floor": lambda line: any(note.startswith("below its floor") for note in line.notes),
    "to_send": lambda line: (
        line.state == State.INVOICED
        and line.period.invoice is not None
        and line.delivery not in (Delivered.SENT, Delivered.QUEUED)
    ),
    "shadow": lambda line: line.is_shadow,
}
ORDERS: Mapping[str, Callable[[PeriodLine], tuple[object, ...]]] = {
    "customer": lambda line: (line.customer_name.casefold(), line.contract_number),
    "amount": lambda line: (line.currency, -(line.net_amount if line.net_amount is not None else _NOTHING)),
    "users": lambda line: (-(line.users if line.users is not None else -1),),
    "change": lambda line: (-abs(line.change_percent) if line.change_percent is not None else 1,),
    "state": lambda line: (State.values.index(line.state), line.contract_number),
}
