"""What the stories of billing are told with: files as a customer sends them, and the steps of a month.

Everything goes the real way: bytes in, sniffed and read in the children, counted, rated, drafted.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.models import BillingPeriod, Invoice, TrueUp
from billing.operations.close_period import Closing, close_period
from billing.operations.decide_true_up import decide_true_up
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.make_bundle import make_bundle
from billing.operations.render_document import render_document
from billing.operations.review_report import Review, review_report
from ground.actor import Actor
from licenses.models import Contract, Instance
from rollcall.period import Period
from tests.cast import House, sign_contract, terms_json
from usage.models import ActiveUserCount, UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.read_report import read_report
from usage.operations.receive_report import receive_report
from usage.operations.sniff_report import sniff_report

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))
MAY = Period(date(2026, 5, 1), date(2026, 6, 1))


def at(month: int, day: int, hour: int = 9) -> datetime:
    """An instant of 2026 in UTC."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def people(number: int, *, first: int = 1) -> list[str]:
    """Names of users: user0001@aurel.example and so on."""
    return [f"user{n:04}@aurel.example" for n in range(first, first + number)]


def export(users: Iterable[str], days: Sequence[date], *, zone_offset: str = "+02:00") -> bytes:
    """A CSV export in which each user logs in once, spread over the days at noon."""
    lines = ["user_id,occurred_at,action,event_id"]
    for number, user in enumerate(users):
        day = days[number % len(days)]
        lines.append(f"{user},{day.isoformat()}T12:00:00{zone_offset},login,{day:%m%d}-{user}")
    return ("\n".join(lines) + "\n").encode()


def per_user(price: str, **more: Any) -> dict[str, Any]:
    """Charges of a contract with one price per user."""
    return {
        "seats": {"metric": "active", "bill": "in_arrears", "price": {"model": "per_user", "unit_price": price}} | more
    }


@dataclass(frozen=True, kw_only=True)
class Story:
    """One contract of customer A with its instance, and the people who act."""

    house: House
    contract: Contract
    instance: Instance

    @property
    def finance(self) -> Actor:
        return self.house.finance.actor

    @property
    def manager(self) -> Actor:
        return self.house.account_manager.actor

    def deliver(
        self,
        users: Iterable[str],
        covers: Period,
        *,
        now: datetime,
        made_at: datetime | None = None,
        days: Sequence[date] | None = None,
        instance: Instance | None = None,
        read: bool = True,
        review: bool = True,
    ) -> UsageReport:
        """Send one export that covers these days, confirm it, have it read and reviewed."""
        content = export(users, days or list(covers.each_day()))
        received = receive_report(
            actor=self.house.customer_admin_a.actor,
            instance=instance or self.instance,
            file_name=f"{covers.start:%Y-%m-%d}.csv",
            stream=io.BytesIO(content),
            now=now,
        )
        report = sniff_report(report_id=received.report.pk, now=now)
        if not read:
            return report
        actor = self.house.customer_admin_a.actor
        report = read_as_meant(report, actor=actor, covers=covers, generated_at=made_at or now, now=now)
        assert report.state == "accepted", (report.state, report.refusal_message, report.questions)
        if review:
            self.review(report, now=now)
        return report

    def review(self, report: UsageReport, *, now: datetime) -> Review:
        return review_report(report_id=report.pk, now=now)

    def close(self, period: Period, *, now: datetime, actor: Actor | None = None) -> Closing:
        return close_period(
            actor=actor or self.finance, contract=self.contract, period=period, now=now, today=now.date()
        )

    def finalize(self, closing: Closing, *, now: datetime, render: bool = False) -> Invoice:
        assert closing.invoice is not None, closing
        invoice = finalize_invoice(actor=self.finance, invoice=closing.invoice, now=now, today=now.date())
        if render:
            render_document(invoice_id=invoice.pk, now=now)
            make_bundle(invoice_id=invoice.pk, now=now)
        return invoice

    def bill(self, period: Period, *, now: datetime, render: bool = False) -> Invoice:
        """Close and finalize."""
        return self.finalize(self.close(period, now=now), now=now, render=render)

    def accept(self, true_up: TrueUp, *, now: datetime, reason: str = "The tablets synchronized late.") -> TrueUp:
        return decide_true_up(actor=self.manager, true_up=true_up, accept=True, reason=reason, now=now)

    def row(self, period: Period, contract: Contract | None = None) -> BillingPeriod:
        return BillingPeriod.objects.get(
            contract=contract or self.contract, charge_key="seats", period=(period.start, period.end)
        )

    def count(self, period: Period) -> ActiveUserCount:
        """The count that stands on the period."""
        count = self.row(period).count
        assert count is not None
        return count


def read_as_meant(
    report: UsageReport, *, actor: Actor, covers: Period, generated_at: datetime, now: datetime
) -> UsageReport:
    """Confirm a file and have it read; where it lowers billed months, say that this is meant, as its sender would."""
    said: dict[str, Any] = {"mapping": None, "source_timezone": "", "covers": covers, "generated_at": generated_at}
    confirm_report(actor=actor, report=report, now=now, **said)
    report = read_report(report_id=report.pk, now=now)
    meant = [choice for one in report.questions if one["code"] == "billed.lowered" for choice in one["choices"]]
    if not meant:
        return report
    confirm_report(actor=actor, report=report, meant=meant[0], now=now, **said)
    return read_report(report_id=report.pk, now=now)


def story_of(house: House, *, terms: dict[str, Any] | None = None, number: str = "K-2026-009") -> Story:
    """A story on contract A of the cast, or on a contract of its own with these terms, in force for their whole term."""
    if terms is None:
        return Story(house=house, contract=house.contract_a, instance=house.instance_a)
    term = Period(date.fromisoformat(terms["term"]["start"]), date.fromisoformat(terms["term"]["end"]))
    contract = sign_contract(house.customer_a, number, terms, term)
    instance = Instance.objects.create(
        customer=house.customer_a, contract=contract, name="Hamburg-9", reports_from=date(2026, 1, 1)
    )
    return Story(house=house, contract=contract, instance=instance)


def lines_of(invoice: Invoice | None) -> list[tuple[str, str, str, str]]:
    """The lines as (kind, quantity, unit price, amount), two decimals."""
    assert invoice is not None
    return [
        (line.kind, f"{line.quantity:.0f}", f"{line.unit_price:.2f}", f"{line.amount:.2f}")
        for line in invoice.lines.order_by("position")
    ]


def amounts_of(invoice: Invoice | None) -> tuple[Decimal, Decimal, Decimal]:
    """Net, tax and gross as the database has them now."""
    assert invoice is not None
    invoice.refresh_from_db()
    return invoice.net_amount, invoice.tax_amount, invoice.gross_amount


def days_before(period: Period, days: int) -> Period:
    """The period without its last days."""
    return Period(period.start, period.end - timedelta(days=days))


__all__ = [
    "APRIL",
    "MARCH",
    "MAY",
    "Story",
    "amounts_of",
    "at",
    "export",
    "lines_of",
    "people",
    "per_user",
    "story_of",
    "terms_json",
]
