"""Credits: what is granted to a customer before it pays, when it is granted, and when it is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from rollcall.money import in_words, plain
from rollcall.period import Period
from rollcall.terms.asked import asked
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.naming import read_name, read_rows, refuse_same_names
from rollcall.terms.nouns import noun
from rollcall.terms.priced import PriceModel
from rollcall.terms.prices import read_ladder, write_price
from rollcall.terms.spans import IN_PART_PERIODS, InPartPeriods, read_in_part_periods, said_of_parts, written

Granted = Literal["once", "each_cycle", "each_term"]
Expires = Literal["cycle", "term", "days"]
Applies = Literal["before_tax", "after_tax"]
WhenReturned = Literal["expired", "granted_anew"]

GRANTED: tuple[Granted, ...] = ("once", "each_cycle", "each_term")
EXPIRES: tuple[Expires, ...] = ("cycle", "term", "days")
APPLIES: tuple[Applies, ...] = ("before_tax", "after_tax")
WHEN_RETURNED: tuple[WhenReturned, ...] = ("expired", "granted_anew")
_LAST_PRIORITY = 1000
# A hundred years, so that the end of every grant is a day of the calendar.
_MOST_DAYS = 36_525

# A ladder looks up users of any kind.
USERS = noun("user", "users")


@dataclass(frozen=True, kw_only=True)
class Credit:
    """Credit of one name: an amount, or a `ladder` that says how much for so many users of a metric.

    It is granted `once` on a day, at the start of `each_cycle`, or of `each_term`, and expires with the cycle or the
    term of the grant or so many days after it. What a cycle leaves of it is carried to the next one up to
    `rollover_most`. Credits are burned by priority (1 first), then by the earlier end, then by the earlier grant.
    `when_returned` says what becomes of credit that had paid for more than there was, and comes back when its end is
    past: it is gone, or it is granted anew in the next cycle that is billed.
    """

    name: str
    amount: Decimal | None = field(default=None, metadata=asked(help="or a ladder below, and only one of them"))
    ladder: PriceModel | None = field(default=None, metadata=asked(kind="ladder", help="credit for a number of users"))
    metric: str = field(default="", metadata=asked(help="of a ladder: whose users are looked up"))
    granted: Granted = field(metadata=asked(choices=GRANTED))
    on: date | None = field(default=None, metadata=asked("Granted on", help="of a credit that is granted once"))
    expires: Expires = field(metadata=asked(kind="window", help="cycle, term, or a number of days after the grant"))
    expires_after_days: int | None = field(default=None, metadata=asked(is_hidden=True))
    rollover_most: Decimal | None = field(
        default=None, metadata=asked("Carried to the next cycle, at most", help="left out: nothing")
    )
    priority: int = 1
    applies: Applies = field(default="before_tax", metadata=asked(choices=APPLIES))
    in_part_periods: InPartPeriods = field(default="whole", metadata=asked(choices=IN_PART_PERIODS))
    when_returned: WhenReturned = field(
        default="expired",
        metadata=asked("What comes back after its end", choices=WHEN_RETURNED, help="when a month is corrected"),
    )

    @classmethod
    def from_fields(cls, fields: Fields, currency: str, *, metric: str, is_of_contract: bool) -> Credit:
        """Read one credit; `metric` is the one of the charge, "" where there is none. Raises TermsRefused."""
        if fields.has("amount") == fields.has("ladder"):
            raise TermsRefused(fields.path, "a credit is either an amount or a ladder, and only one of them.")
        granted = _granted(fields.choice("granted", GRANTED, why="say when the credit is granted."))
        expires, days = _read_expires(fields)
        ladder = read_ladder(fields.inner("ladder"), currency) if fields.has("ladder") else None
        credit = cls(
            name=read_name(fields),
            amount=fields.amount("amount", currency) if ladder is None else None,
            ladder=ladder,
            metric=_read_metric(fields, ladder, metric),
            granted=granted,
            on=_read_on(fields, granted),
            expires=expires,
            expires_after_days=days,
            rollover_most=_read_rollover(fields, currency, granted, expires),
            priority=fields.whole("priority", default=1, least=1),
            applies=_read_applies(fields, is_of_contract=is_of_contract),
            in_part_periods=_read_parts(fields, granted),
            when_returned=_read_returned(fields),
        )
        if credit.priority > _LAST_PRIORITY:
            raise fields.refuse("priority", f"is 1 for what is burned first, and at most {_LAST_PRIORITY}.")
        if ladder is not None and granted != "each_cycle":
            raise fields.refuse("granted", 'is "each_cycle" for a ladder: it looks up the users of each cycle.')
        fields.nothing_else("a credit")
        return credit

    def to_json(self) -> dict[str, object]:
        """Return the credit as terms write it; what is left out has its default."""
        document: dict[str, object] = {"name": self.name, "granted": self.granted}
        if self.amount is not None:
            document["amount"] = plain(self.amount)
        if self.ladder is not None:
            document["ladder"] = write_price(self.ladder)
            document["metric"] = self.metric
        if self.on is not None:
            document["on"] = self.on.isoformat()
        document["expires"] = {"days": self.expires_after_days} if self.expires == "days" else self.expires
        if self.rollover_most is not None:
            document["rollover_most"] = plain(self.rollover_most)
        if self.priority != 1:
            document["priority"] = self.priority
        if self.applies != "before_tax":
            document["applies"] = self.applies
        if self.when_returned != "expired":
            document["when_returned"] = self.when_returned
        return {**document, **written(self.in_part_periods)}

    def expires_on(self, granted_on: date, cycle_end: date, term_end: date) -> date:
        """Return the first day on which a grant is no longer there."""
        if self.expires == "days":
            return granted_on + timedelta(days=self.expires_after_days or 0)
        return cycle_end if self.expires == "cycle" else term_end

    def _days(self) -> str:
        return f"{self.expires_after_days} day{'' if self.expires_after_days == 1 else 's'}"

    def words(self, currency: str, cycle: str) -> str:
        """Say the credit in a sentence."""
        when = {
            "once": f"on {_day(self.on)}",
            "each_cycle": f"at the start of each {cycle}",
            "each_term": "for the term",
        }[self.granted]
        what = (
            in_words(self.amount, currency)
            if self.amount is not None
            else f'for the users of the metric "{self.metric}"'
        )
        ends = {
            "cycle": f"it ends with that {cycle}",
            "term": "it ends with the term",
            "days": f"it pays for the {cycle} of the grant and every {cycle} that begins within {self._days()} of it",
        }[self.expires]
        if self.rollover_most is not None:
            most = in_words(self.rollover_most, currency)
            ends = f"of what a {cycle} leaves, at most {most} are carried to the next"
        if self.when_returned == "granted_anew":
            ends = f"{ends}; what a correction gives back after that is granted anew in the next {cycle} that is billed"
        pays = "the amount with tax" if self.applies == "after_tax" else "before tax"
        parts = said_of_parts(self.in_part_periods, cycle)
        ladder = f" {self.ladder.words(currency, USERS)}" if self.ladder is not None else ""
        return f"Credit {self.name}: {what} {when}{parts}; {ends}; it pays {pays} and has no cash value.{ladder}"


def read_credits(fields: Fields, currency: str, *, metric: str, is_of_contract: bool) -> tuple[Credit, ...]:
    """Take the list under "credits"; none where it is not written. Raises TermsRefused."""
    rows = read_rows(fields, "credits")
    found = tuple(Credit.from_fields(row, currency, metric=metric, is_of_contract=is_of_contract) for row in rows)
    refuse_same_names((credit.name for credit in found), fields, "credits")
    return found


def order_words(credits: tuple[Credit, ...]) -> list[str]:
    """Say in which order several credits are burned; nothing for a single one."""
    if len(credits) < 2:
        return []
    in_order = sorted(credits, key=lambda credit: credit.priority)
    return [
        f"Credits are burned by priority ({', '.join(credit.name for credit in in_order)}), those of one priority by "
        "the earlier end, then by the earlier grant."
    ]


def _granted(word: str) -> Granted:
    return next(one for one in GRANTED if one == word)


def _read_expires(fields: Fields) -> tuple[Expires, int | None]:
    value = fields.take("expires", 'say when it is gone: "cycle", "term" or {"days": 90}.')
    if value in ("cycle", "term"):
        return ("cycle" if value == "cycle" else "term"), None
    if isinstance(value, str):
        raise fields.refuse("expires", f'must be "cycle", "term" or {{"days": 90}}, not "{value}".')
    inner = fields.inner("expires")
    days = inner.whole("days", least=1)
    if days > _MOST_DAYS:
        raise inner.refuse("days", f'is at most {_MOST_DAYS:,}; write "term" for credit that ends with the term.')
    inner.nothing_else("the end of a credit")
    return "days", days


def _read_metric(fields: Fields, ladder: PriceModel | None, metric: str) -> str:
    if ladder is None:
        if fields.has("metric"):
            raise fields.refuse("metric", "belongs to a ladder; a fixed amount looks up no users.")
        return ""
    return fields.text("metric", default=metric or None)


def _read_on(fields: Fields, granted: Granted) -> date | None:
    if granted == "once":
        return fields.day("on", "the day of the grant.")
    if fields.has("on"):
        raise fields.refuse("on", 'belongs to a credit that is granted "once".')
    return None


def _read_rollover(fields: Fields, currency: str, granted: Granted, expires: Expires) -> Decimal | None:
    if not fields.has("rollover_most") or fields.take("rollover_most") is None:
        return None
    if granted != "each_cycle" or expires != "cycle":
        raise fields.refuse(
            "rollover_most", 'belongs to a credit that is granted "each_cycle" and expires with the "cycle".'
        )
    return fields.amount("rollover_most", currency)


def _read_applies(fields: Fields, *, is_of_contract: bool) -> Applies:
    chosen = fields.choice("applies", APPLIES, default="before_tax")
    if chosen == "after_tax" and not is_of_contract:
        raise fields.refuse(
            "applies", 'is "before_tax" for one charge: tax is on the sum of all. Write it under limits.'
        )
    return "after_tax" if chosen == "after_tax" else "before_tax"


def _read_returned(fields: Fields) -> WhenReturned:
    chosen = fields.choice("when_returned", WHEN_RETURNED, default="expired")
    if chosen == "granted_anew" and fields.has("applies") and fields.take("applies") == "after_tax":
        raise fields.refuse("when_returned", 'is "expired" for credit that pays the amount with tax.')
    return "granted_anew" if chosen == "granted_anew" else "expired"


def _read_parts(fields: Fields, granted: Granted) -> InPartPeriods:
    parts = read_in_part_periods(fields)
    if parts == "reduced" and granted != "each_cycle":
        raise fields.refuse("in_part_periods", 'belongs to what is granted each cycle; write "granted": "each_cycle".')
    return parts


def _day(day: date | None) -> str:
    return Period(day, day + timedelta(days=1)).words() if day else ""
