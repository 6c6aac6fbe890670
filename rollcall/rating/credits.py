"""The step "credits": what was granted pays first, on visible lines; and the credits that pay the amount with tax."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from rollcall.money import exact_difference, exact_sum, grouped, round_half_up
from rollcall.rating.agreed import agreed_amount, kept_under, need_earlier_periods
from rollcall.rating.credit_entries import AFTER_TAX as POOL_AFTER_TAX
from rollcall.rating.credit_entries import BURN, EXPIRE
from rollcall.rating.credit_pool import Pool, close_period, granted_anew, grants_of, needs_memory
from rollcall.rating.lines import ChargeBill
from rollcall.rating.measured import Measured
from rollcall.rating.returned_credits import RETURNED
from rollcall.rating.totals import TaxedAmount, total
from rollcall.terms.credits import Applies, Credit
from rollcall.terms.naming import key_of
from rollcall.terms.priced import total_of

STEP = "credits"
AFTER_TAX = "credits_after_tax"


class NoCredits(ValueError):
    """A bill without credits reached the step that burns them."""


def burn_credits(bill: ChargeBill) -> ChargeBill:
    """Burn what the pool holds against the bill, a line for each credit; what is left is carried to later periods.

    Raises TermsRefused where the balance needs periods that are not given.
    """
    credits = _paying(bill.limits.credits, "before_tax")
    if not credits:
        raise NoCredits(f"{bill.key} has no credits.")
    pool, paid = _settle(bill, credits, STEP, bill.key, max(bill.amount, Decimal(0)))
    lines = [
        bill.line(
            part=f"credits/{key_of(name)}",
            kind="credit",
            quantity=Decimal(-1),
            unit_price=amount,
            words=f"Credit {name}: {_told(pool, name, bill.terms.currency)}",
        )
        for name, amount in paid.items()
    ]
    words = " ".join(credit.words(bill.terms.currency, bill.cycle) for credit in credits)
    told = "; ".join(f"{credit.name}: {_told(pool, credit.name, bill.terms.currency)}" for credit in credits)
    after = bill.after(STEP, lines, words=words, arithmetic=told, carried={kept_under(bill, STEP): tuple(pool.lots)})
    return replace(after, entries=(*bill.entries, *pool.entries))


def burn_after_tax(bill: ChargeBill, amounts: Iterable[Decimal]) -> ChargeBill:
    """Let credits pay the amount with tax: the bill keeps its lines, the entries say what was paid.

    `amounts` are those of all lines of the period. Tax is rounded once on their sum, as on a document.
    """
    credits = _paying(bill.limits.credits, "after_tax")
    if not credits:
        return bill
    tax, currency = bill.terms.tax, bill.terms.currency
    taxed = [TaxedAmount(amount=amount, category=tax.category, rate=tax.rate) for amount in amounts]
    gross = round_half_up(total(amounts=taxed, currency=currency).gross, currency)
    pool, paid = _settle(bill, credits, AFTER_TAX, f"{bill.key}{POOL_AFTER_TAX}", max(gross, Decimal(0)))
    told = "; ".join(f"{credit.name}: {_told(pool, credit.name, bill.terms.currency)}" for credit in credits)
    to_pay = exact_difference(gross, exact_sum(paid.values()))
    after = bill.after(
        AFTER_TAX,
        [],
        words=" ".join(credit.words(currency, bill.cycle) for credit in credits),
        arithmetic=f"{grouped(gross)} with tax; {told}; {grouped(to_pay)} to pay",
        carried={kept_under(bill, AFTER_TAX): tuple(pool.lots)},
    )
    return replace(after, entries=(*bill.entries, *pool.entries))


def _settle(
    bill: ChargeBill, credits: Sequence[Credit], step: str, pool_key: str, most: Decimal
) -> tuple[Pool, Mapping[str, Decimal]]:
    """Grant, burn and expire in one period. Returns the pool and what each name paid."""
    if needs_memory(credits):
        need_earlier_periods(bill, "pool of credits")
    pool = Pool(key=pool_key, lots=list(bill.state.carried.get(kept_under(bill, step), ())))
    for lot in grants_of(
        credits=credits, terms=bill.terms, period=bill.period, amount_of=lambda credit: _worth(bill, credit)
    ):
        pool.grant(lot)
    returned = [one for one in bill.state.carried.get(RETURNED, ()) if one.pool == pool_key]
    for lot in granted_anew(returned, credits=credits, terms=bill.terms, period=bill.period):
        pool.grant(lot)
    paid = pool.burn(most, bill.period.last_day)
    close_period(pool, credits=credits, terms=bill.terms, period=bill.period)
    return pool, paid


def _worth(bill: ChargeBill, credit: Credit) -> Decimal:
    """Return what a grant is worth in this period: the agreed amount, or what the ladder gives for the users there."""
    currency = bill.terms.currency
    amount = credit.amount
    if credit.ladder is not None:
        there = bill.others.get(credit.metric, Measured(quantity=Decimal(0))).quantity
        amount = round_half_up(total_of(credit.ladder.price(there)), currency)
    return agreed_amount(bill, amount or Decimal(0), credit.in_part_periods)


def _paying(credits: Iterable[Credit], applies: Applies) -> list[Credit]:
    return [credit for credit in credits if credit.applies == applies]


def _told(pool: Pool, name: str, currency: str) -> str:
    """Say what happened to the credit of one name: "30.00 of 100.00 burned, 20.00 expired, 50.00 left"."""
    sums = {
        kind: exact_sum(entry.amount for entry in pool.entries if (entry.kind, entry.name) == (kind, name))
        for kind in (BURN, EXPIRE)
    }
    left = exact_sum(lot.left for lot in pool.lots if lot.name == name)
    there = exact_sum((*sums.values(), left))
    burned, expired, of, rest = (
        grouped(round_half_up(amount, currency)) for amount in (sums[BURN], sums[EXPIRE], there, left)
    )
    return f"{burned} of {of} burned{f', {expired} expired' if sums[EXPIRE] else ''}, {rest} left"
