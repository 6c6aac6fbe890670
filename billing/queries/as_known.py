"""An invoice as it was known on its date, and as it is known today, with everything that lies between the two."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from billing.models import BillingPeriod, Invoice, InvoiceLine, TrueUp
from billing.rerating import counts_of_now, rate_again, standing_force
from billing.settled_facts import is_too_late
from billing.terms_in_force import TermsInForce
from billing.true_up_policy import settling_rules
from ground.actor import Actor
from licenses.ranges import range_of
from rollcall.money import exact_difference, exact_sum
from rollcall.period import Period
from rollcall.terms.fields import TermsRefused
from rollcall.terms.rules import TrueUpRule
from usage.models import ActiveUserCount

State = TrueUp.State
NOTHING = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class KnownCharge:
    """One charge of one period that an invoice bills: what it came to then, what it comes to now, and why.

    `true_ups` are those that stand, oldest first. `is_counted` is False while what arrived is still being counted;
    then `now_amount` is what was decided or proposed last.
    """

    period: Period
    zone: str
    charge_key: str
    then_amount: Decimal
    now_amount: Decimal
    true_ups: tuple[TrueUp, ...]
    is_counted: bool
    # Whether what no true-up says is too small for the contract to settle, or arrived after its window.
    is_ignored: bool

    @property
    def settled_amount(self) -> Decimal:
        """What was accepted, on whatever document it stands or will stand."""
        return exact_sum(row.settled_amount or NOTHING for row in self.true_ups if row.state == State.ACCEPTED)

    @property
    def open_amount(self) -> Decimal:
        """What is proposed and not decided."""
        return exact_sum(row.difference_amount for row in self.true_ups if row.is_open)

    @property
    def waived_amount(self) -> Decimal:
        """What was waived, wholly or as the rest of an adjusted amount."""
        return exact_sum(
            exact_difference(row.difference_amount, row.settled_amount or NOTHING)
            for row in self.true_ups
            if row.state in (State.ACCEPTED, State.WAIVED)
        )

    @property
    def difference_amount(self) -> Decimal:
        """What the charge comes to now above what it came to then."""
        return exact_difference(self.now_amount, self.then_amount)

    @property
    def unsaid_amount(self) -> Decimal:
        """What no true-up says of the difference: too little to be settled, or not proposed yet."""
        said = exact_sum((self.settled_amount, self.open_amount, self.waived_amount))
        return exact_difference(self.difference_amount, said)


@dataclass(frozen=True, kw_only=True)
class Correction:
    """One line of another document that settles something of this invoice; given back when negative."""

    document: Invoice
    words: str
    amount: Decimal
    is_true_up: bool


@dataclass(frozen=True, kw_only=True)
class AsKnown:
    """An invoice then and now, before tax: now − then = settled + credited + open + waived + ignored.

    What was waived, and what is too small or too late to be settled, is known and owed by nobody; it is stated apart.
    then = what the charges came to then + the other lines, which are the same then and now: what a person put on the
    invoice stays on it, and what settles other invoices is settled there.
    """

    invoice: Invoice
    then_amount: Decimal
    charges: tuple[KnownCharge, ...]
    other_lines: tuple[InvoiceLine, ...]
    corrections: tuple[Correction, ...]

    @property
    def now_amount(self) -> Decimal:
        """What the invoice comes to by what is known today, credit notes taken off."""
        return exact_sum((self.then_amount, self.credited_amount, *(one.difference_amount for one in self.charges)))

    @property
    def difference_amount(self) -> Decimal:
        return exact_difference(self.now_amount, self.then_amount)

    @property
    def settled_amount(self) -> Decimal:
        return exact_sum(one.settled_amount for one in self.charges)

    @property
    def credited_amount(self) -> Decimal:
        """What credit notes gave back beside true-ups; negative."""
        return exact_sum(one.amount for one in self.corrections if not one.is_true_up)

    @property
    def open_amount(self) -> Decimal:
        return exact_sum(one.open_amount for one in self.charges)

    @property
    def waived_amount(self) -> Decimal:
        return exact_sum(one.waived_amount for one in self.charges)

    @property
    def ignored_amount(self) -> Decimal:
        """What is below the amount that the contract settles, or came after the days in which it does."""
        return exact_sum(one.unsaid_amount for one in self.charges if one.is_ignored)

    @property
    def unsaid_amount(self) -> Decimal:
        """What is neither settled, proposed, waived nor ignored: zero, but for what is being worked on."""
        return exact_sum(one.unsaid_amount for one in self.charges if not one.is_ignored)

    @property
    def billable_amount(self) -> Decimal:
        """What the invoice comes to with everything that was settled or credited: what is owed for its periods."""
        return exact_sum((self.then_amount, self.settled_amount, self.credited_amount))

    @property
    def is_counted(self) -> bool:
        return all(one.is_counted for one in self.charges)


def as_known(*, actor: Actor, invoice: Invoice) -> AsKnown:
    """Return a finalized invoice as of its date and as of today. For the vendor: it shows what is not decided.

    Nothing is counted here: a count that is still to be made leaves its charge as it was settled or proposed last.
    Raises NotAllowed.
    """
    actor.require_vendor()
    return known_of(invoice)


def known_of(invoice: Invoice) -> AsKnown:
    """Return the same for our own checks."""
    rows = list(
        invoice.billing_periods.select_related("count", "contract", "contract_version", "invoice").order_by(
            "period", "-is_main", "charge_key", "pk"
        )
    )
    true_ups, rules = _true_ups(rows), settling_rules(contract=invoice.contract)
    return AsKnown(
        invoice=invoice,
        then_amount=invoice.net_amount,
        charges=tuple(_charge(row, true_ups.get(row.pk, ()), rules.on(row.span.start)) for row in rows),
        other_lines=tuple(invoice.lines.filter(billing_period__isnull=True).order_by("position")),
        corrections=tuple(_corrections(invoice, rows)),
    )


def of_one_cause(true_up: TrueUp) -> list[TrueUp]:
    """Return the true-ups that the same fact brought, this one among them, by period; alone where none is known."""
    same = TrueUp.objects.filter(contract=true_up.contract_id).exclude(state=State.SUPERSEDED)
    cause = Q(cause_key=true_up.cause_key) if true_up.cause_key else Q(pk=true_up.pk)
    return list(same.filter(cause).select_related("billing_period__invoice").order_by("billing_period__period", "pk"))


def _true_ups(rows: Sequence[BillingPeriod]) -> Mapping[int, tuple[TrueUp, ...]]:
    found: dict[int, list[TrueUp]] = defaultdict(list)
    stands = TrueUp.objects.filter(billing_period__in=rows).exclude(state=State.SUPERSEDED)
    for true_up in stands.select_related("invoice").order_by("pk"):
        found[true_up.billing_period_id].append(true_up)
    return {pk: tuple(true_ups) for pk, true_ups in found.items()}


def _charge(row: BillingPeriod, true_ups: tuple[TrueUp, ...], rule: TrueUpRule) -> KnownCharge:
    last = true_ups[-1].after_rating if true_ups else row.rated.rating
    standing = Decimal(last["net_amount"])
    force = standing_force(row)
    counts = counts_of_now(contract=row.contract, row=row, force=force)
    now = _now(row, force, counts)
    rest = exact_difference(now if now is not None else standing, standing)
    too_late = any(is_too_late(rule=rule, count=one, period=row.span) for one in (counts or {}).values())
    return KnownCharge(
        period=row.span,
        zone=row.zone,
        charge_key=row.charge_key,
        then_amount=row.rated.net_amount,
        now_amount=standing if now is None else now,
        true_ups=true_ups,
        is_counted=now is not None,
        is_ignored=rule.ignores(rest) or too_late,
    )


def _now(row: BillingPeriod, force: TermsInForce, counts: Mapping[str, ActiveUserCount] | None) -> Decimal | None:
    """Return what a row comes to by what is known now; None where that is not counted, or cannot be rated."""
    if counts is None:
        return None
    try:
        again = rate_again(contract=row.contract, row=row, force=force, counts=counts)
    except TermsRefused:
        return None
    return Decimal(again.rating.document["net_amount"])


def _corrections(invoice: Invoice, rows: Iterable[BillingPeriod]) -> Iterable[Correction]:
    """Yield the lines of other finalized documents that settle charges of this invoice, or credit it."""
    of_charges = Q(pk__in=())
    for row in rows:
        of_charges |= Q(charge_key=row.charge_key, period=range_of(row.span))
    lines = InvoiceLine.objects.filter(
        Q(invoice__corrects=invoice) | (Q(kind="true_up", invoice__contract=invoice.contract_id) & of_charges),
        invoice__state=Invoice.State.FINALIZED,
    )
    for line in lines.exclude(invoice=invoice).select_related("invoice").order_by("invoice__finalized_at", "position"):
        sign = -1 if line.invoice.is_credit_note else 1
        yield Correction(
            document=line.invoice,
            words=line.words,
            amount=sign * line.amount,
            is_true_up=line.true_up_id is not None,
        )


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """A finalized invoice and what later documents made of it, as its customer reads it, before tax."""

    invoice: Invoice
    then_amount: Decimal
    corrections: tuple[Correction, ...]

    @property
    def now_amount(self) -> Decimal:
        """What the invoice and its corrections come to together."""
        return exact_sum((self.then_amount, *(one.amount for one in self.corrections)))

    @property
    def difference_amount(self) -> Decimal:
        return exact_difference(self.now_amount, self.then_amount)

    @property
    def until(self) -> date | None:
        """The date of the last document that corrects it."""
        dates = [one.document.issue_date for one in self.corrections if one.document.issue_date is not None]
        return max(dates, default=None)


def corrected(*, invoice: Invoice) -> Corrected:
    """Return a finalized invoice with the documents that corrected it. What nobody decided yet is not for a customer.

    The caller has scoped the invoice. Works under the portal's database role.
    """
    rows = BillingPeriod.objects.filter(invoice=invoice).only("id", "charge_key", "period", "invoice")
    return Corrected(
        invoice=invoice, then_amount=invoice.net_amount, corrections=tuple(_corrections(invoice, list(rows)))
    )
