"""The rules around the price: missing days, late usage, tax."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from rollcall.money import count_in_words, in_words, plain, shortest
from rollcall.tax.bands import BANDS
from rollcall.terms.fields import Fields, TermsRefused

GAP_RULES = ("hold", "bill_known", "prior_peak", "prior_period", "zero")
CADENCES = ("daily", "once_per_period")
# What a signed report discloses: one row per user, action and day, or the numbers alone.
ROWS, TOTALS = DISCLOSURES = ("rows", "totals")
# So many days an instance goes on reporting under a licence that has ended.
DEFAULT_GRACE_DAYS = 30
MID_CYCLE = ("next_cycle", "whole_cycle", "by_days")
SETTLEMENTS = ("next_invoice", "own_invoice", "credit_note")

# EN 16931, code list UNCL 5305: what the code says on the invoice.
TAX_CATEGORIES = {
    "S": "standard rate",
    "Z": "zero rate",
    "E": "exempt from tax",
    "AE": "reverse charge: the customer owes the tax",
    "K": "intra-community supply",
    "G": "export outside the European Union",
    "O": "not subject to tax",
    "L": "Canary Islands tax",
    "M": "tax of Ceuta and Melilla",
}
_TAXED = ("S", "L", "M")
BY_TERMS, BY_RULE = DECIDED_BY = ("terms", "rule")


def read_grace(fields: Fields) -> int:
    """Take `grace_days`: how long an instance goes on after its licence has ended. Raises TermsRefused."""
    return fields.days("grace_days", default=DEFAULT_GRACE_DAYS)


def license_sentences(*, disclosure: str, grace_days: int) -> list[str]:
    """Say what licences and reports have beside the rule: totals alone, another grace."""
    said = []
    if disclosure == "totals":
        said.append("A signed report discloses totals alone; the rows of who was active stay with the customer.")
    if grace_days != DEFAULT_GRACE_DAYS:
        said.append(f"An instance goes on for {count_in_words(grace_days, 'day')} after its licence has ended.")
    return said


@dataclass(frozen=True, kw_only=True)
class GapRule:
    """What happens when days of a period were not reported: the period is held, or billed by what is agreed.

    "bill_known" bills the days that are known; "prior_period" and "prior_peak" bill at least the users of the period
    before, or of the term's highest period, the surplus as an estimate; "zero" reads a day without a reported count as
    zero. `hold_at_most_days` counts from the end of the period; None holds until a person decides. `then` follows.
    """

    rule: str = "hold"
    hold_at_most_days: int | None = None
    then: str | None = None

    @classmethod
    def from_fields(cls, fields: Fields) -> GapRule:
        """Read `{"rule": "hold", "hold_at_most_days": 10, "then": "bill_known"}`."""
        rule = fields.choice("rule", GAP_RULES, default="hold")
        if rule != "hold":
            for key in ("hold_at_most_days", "then"):
                if fields.has(key) and fields.take(key) is not None:
                    raise fields.refuse(key, 'belongs to the rule "hold".')
            fields.nothing_else("a gap rule")
            return cls(rule=rule)
        days = then = None
        if fields.has("hold_at_most_days") and fields.take("hold_at_most_days") is not None:
            days = fields.days("hold_at_most_days")
        if fields.has("then") and fields.take("then") is not None:
            then = fields.choice("then", GAP_RULES)
        if (days is None) != (then is None) or then == "hold":
            raise TermsRefused(
                fields.path, "a hold that ends after hold_at_most_days says what follows in then, as in bill_known."
            )
        fields.nothing_else("a gap rule")
        return cls(rule=rule, hold_at_most_days=days, then=then)

    def to_json(self) -> dict[str, object]:
        """Return the rule as terms write it."""
        if self.rule != "hold":
            return {"rule": self.rule}
        return {"rule": self.rule, "hold_at_most_days": self.hold_at_most_days, "then": self.then}

    @property
    def applied(self) -> str | None:
        """The rule by which a period with missing days is billed, once no hold is left; None when a person decides."""
        return self.then if self.rule == "hold" else self.rule

    @property
    def estimates(self) -> bool:
        """Whether missing days are billed by an estimate."""
        return self.applied in ("prior_period", "prior_peak")

    @property
    def end_words(self) -> str:
        """Say in a few words how a period is billed when its hold ends; empty where a person decides."""
        return _BILLED_WITH[self.applied] if self.applied is not None else ""

    def words(self) -> str:
        """Say the rule in a sentence."""
        if self.rule == "hold" and self.hold_at_most_days is None:
            return "A missing day holds the period; it is never read as zero. A person decides when it goes on."
        agreed = _BILLED_BY[self.applied or ""]
        if self.rule != "hold":
            return f"Where days are missing, {agreed}"
        days = count_in_words(self.hold_at_most_days or 0, "day")
        held = f"A missing day holds the period; it is never read as zero. {days} after its end"
        if self.then == "bill_known":
            return f"{held} the period is billed with the days that are known."
        return f"{held} {agreed}"


_BILLED_WITH = {
    "bill_known": "billed with the days that are known",
    "prior_period": "billed with at least the users of the period before",
    "prior_peak": "billed with at least the users of the highest earlier period",
    "zero": "billed with every day without a reported count as zero",
}
_ESTIMATED = "what is missing to them is an estimate on a line of its own, which is settled when the days arrive."
_BILLED_BY = {
    "bill_known": "the days that are known are billed; what arrives later is settled.",
    "prior_period": f"at least the users of the period before are billed: {_ESTIMATED}",
    "prior_peak": f"at least the users of the highest earlier period of the term are billed: {_ESTIMATED}",
    "zero": "a day without a reported count is read as zero; what arrives later is settled.",
}


@dataclass(frozen=True, kw_only=True)
class TrueUpRule:
    """How a billed period is settled whose facts change afterwards. Differences below `ignore_below` are not settled.

    `settle` says on which document a difference comes: "next_invoice"; "own_invoice", at once on a document of its
    own, which is a credit note where less is owed; "credit_note", by which only what is less is given back. Above
    `approve_above` two people decide. Usage that arrives more than `window_days` after its period is not settled.
    """

    ignore_below: Decimal
    settle: str = "next_invoice"
    approve_above: Decimal | None = None
    window_days: int | None = None

    @classmethod
    def of_terms(cls, fields: Fields, currency: str) -> TrueUpRule:
        """Read the rule of the terms, that of nothing written where they leave it out."""
        return cls.from_fields(fields.inner("true_up") if fields.has("true_up") else Fields({}, "true_up"), currency)

    @classmethod
    def from_fields(cls, fields: Fields, currency: str) -> TrueUpRule:
        """Read `{"ignore_below": "0.00", "settle": "next_invoice", "approve_above": "1000.00", "window_days": 60}`."""
        is_limited = fields.has("approve_above") and fields.take("approve_above") is not None
        has_window = fields.has("window_days") and fields.take("window_days") is not None
        rule = cls(
            ignore_below=fields.amount("ignore_below", currency, default="0"),
            settle=fields.choice("settle", SETTLEMENTS, default="next_invoice"),
            approve_above=fields.amount("approve_above", currency) if is_limited else None,
            window_days=fields.days("window_days", least=1) if has_window else None,
        )
        if rule.approve_above is not None and rule.approve_above < rule.ignore_below:
            raise fields.refuse(
                "approve_above",
                f"{in_words(rule.approve_above, currency)} is below ignore_below; no difference that small is settled.",
            )
        fields.nothing_else("a true-up rule")
        return rule

    def to_json(self) -> dict[str, object]:
        """Return the rule as terms write it; a limit and a window only where they are agreed."""
        written: dict[str, object] = {"ignore_below": plain(self.ignore_below), "settle": self.settle}
        if self.approve_above is not None:
            written["approve_above"] = plain(self.approve_above)
        if self.window_days is not None:
            written["window_days"] = self.window_days
        return written

    def ignores(self, difference_amount: Decimal) -> bool:
        """Return whether a difference, in either direction, is too small to be settled."""
        return difference_amount.copy_abs() < self.ignore_below or not difference_amount

    def last_day(self, period_end: date) -> date | None:
        """Return the last day on which usage of a period that ended before `period_end` arrives in time, if any."""
        return None if self.window_days is None else period_end + timedelta(days=self.window_days - 1)

    def is_too_late(self, period_end: date, day: date) -> bool:
        """Whether what arrives on a day changes nothing any more of a period that ended before `period_end`."""
        last = self.last_day(period_end)
        return last is not None and day > last

    def settles_by(self, difference_amount: Decimal) -> str:
        """Return how the contract settles a difference: "next_invoice", "own_invoice" or "credit_note"."""
        if self.settle == "next_invoice" or (self.settle == "credit_note" and difference_amount > 0):
            return "next_invoice"
        return "own_invoice" if difference_amount > 0 else "credit_note"

    def words(self, currency: str) -> str:
        """Say the rule in sentences."""
        settled = f"Usage that arrives after a period was billed is settled as one difference {_SETTLED[self.settle]}"
        small = ""
        if self.ignore_below:
            small = f"; a difference below {in_words(self.ignore_below, currency)} is not settled"
        said = f"{settled}{small}."
        if self.window_days is not None:
            days = "1 day" if self.window_days == 1 else f"{self.window_days} days"
            said += f" What arrives more than {days} after the end of its period is not settled."
        if self.approve_above is not None:
            said += f" Above {in_words(self.approve_above, currency)}, two people of the vendor decide."
        return said


_SETTLED = {
    "next_invoice": "on the next invoice",
    "own_invoice": "at once, on a document of its own: an invoice where more is owed, a credit note where less is",
    "credit_note": "on the next invoice where more is owed, by a credit note where less is",
}


@dataclass(frozen=True, kw_only=True)
class Tax:
    """The tax on every line: a category of EN 16931 and its rate in percent, or a rule that decides both.

    Under "rule", category and rate are decided for each document from the countries of seller and customer, the
    customer's VAT number and the last day of what is billed; `band` says which of a country's rates is meant.
    """

    category: str = field(default_factory=str)
    rate: Decimal = field(default_factory=Decimal)
    decided_by: str = BY_TERMS
    band: str = BANDS[0]

    @classmethod
    def from_fields(cls, fields: Fields) -> Tax:
        """Read `{"category": "S", "rate": "19"}` or `{"decided_by": "rule", "band": "standard"}`."""
        if fields.choice("decided_by", DECIDED_BY, default=BY_TERMS) == BY_RULE:
            for key in ("category", "rate"):
                if fields.has(key):
                    raise fields.refuse(key, "is not stated where a rule decides it; leave it out.")
            band = fields.choice("band", BANDS, default=BANDS[0])
            fields.nothing_else("the tax")
            return cls(decided_by=BY_RULE, band=band)
        if fields.has("band") and fields.take("band") != BANDS[0]:
            raise fields.refuse("band", "belongs to a tax that a rule decides; state the rate itself.")
        category = fields.choice("category", tuple(TAX_CATEGORIES))
        rate = Decimal(shortest(fields.decimal("rate")))
        if rate > 100:
            raise fields.refuse("rate", f"{shortest(rate)} % is more than the whole amount; the rate is in percent.")
        if category == "S" and not rate:
            raise fields.refuse(
                "rate", "the standard rate is above zero; a zero rate has the category Z, E, AE, K, G or O."
            )
        if category not in _TAXED and rate:
            raise fields.refuse("rate", f"must be 0 for the category {category} ({TAX_CATEGORIES[category]}).")
        fields.nothing_else("the tax")
        return cls(category=category, rate=rate)

    @property
    def is_by_rule(self) -> bool:
        """Whether category and rate are decided for each document."""
        return self.decided_by == BY_RULE

    def to_json(self) -> dict[str, object]:
        """Return the tax as terms write it."""
        if not self.is_by_rule:
            return {"category": self.category, "rate": shortest(self.rate)}
        return {"decided_by": BY_RULE, **({"band": self.band} if self.band != BANDS[0] else {})}

    def words(self) -> str:
        """Say the tax in a sentence."""
        if self.is_by_rule:
            return (
                "Tax is decided for each invoice from the countries of seller and customer and the customer's VAT "
                f"number, at the {self.band} rate in force on the last day of what is billed; it is rounded half up "
                "once per rate."
            )
        if self.rate:
            return f"Tax of {shortest(self.rate)} % is added to the total, rounded half up once per rate."
        return f"No tax is added: {TAX_CATEGORIES[self.category]} (category {self.category})."


def read_tax(fields: Fields) -> Tax:
    """Read the tax of the terms, which must be said."""
    return Tax.from_fields(fields.inner("tax", "name the category and the rate of the tax on the invoice."))
