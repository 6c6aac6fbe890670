"""Numbers start anew every year where the series says so, and nothing is dated into accounts that are closed."""

from datetime import date, datetime

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from billing.invariants import CHECKS
from billing.models import AccountingClose, Invoice, InvoiceSeries
from billing.operations.close_accounts import AccountsClosed, CloseRefused, close_accounts
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.open_series import SeriesOpenAlready, SeriesRefused, open_series, series_for
from ground.actor import NotAllowed
from tests.billing.story import APRIL, MARCH, MAY, Story, at, people

Kind = InvoiceSeries.Kind


def drafts(story: Story) -> list[Invoice]:
    """March, April and May, drafted."""
    found = []
    for month, period in enumerate((MARCH, APRIL, MAY), start=4):
        story.deliver(people(month), period, now=at(month, 1))
        draft = story.close(period, now=at(month, 2)).invoice
        assert draft is not None
        found.append(draft)
    return found


def finalized(story: Story, draft: Invoice, day: date) -> Invoice:
    now = datetime(day.year, day.month, day.day, 12, tzinfo=at(5, 1).tzinfo)
    return finalize_invoice(actor=story.finance, invoice=draft, now=now, today=day)


def close(story: Story, through: date, *, today: date = date(2027, 1, 10)) -> AccountingClose:
    return close_accounts(
        actor=story.finance,
        legal_entity=story.house.legal_entity,
        through=through,
        now=at(6, 1).replace(year=2027),
        today=today,
        reason="VAT return of the month.",
    )


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


def test_numbers_start_anew_with_the_year_and_the_next_series_opens_by_itself(plain_story: Story) -> None:
    entity = plain_story.house.legal_entity
    open_series(actor=plain_story.finance, legal_entity=entity, year=2026, first_number=348)
    march, april, may = drafts(plain_story)

    numbers = [
        finalized(plain_story, march, date(2026, 12, 30)).number,
        finalized(plain_story, april, date(2026, 12, 31)).number,
        finalized(plain_story, may, date(2027, 1, 2)).number,
    ]

    assert numbers == ["R-2026-0348", "R-2026-0349", "R-2027-0001"]
    rows = InvoiceSeries.objects.filter(kind="invoice").order_by("year").values_list("prefix", "reset", "next_number")
    assert list(rows) == [("R-2026-", "yearly", 350), ("R-2027-", "yearly", 2)]
    assert findings() == []


def test_a_series_without_end_gives_way_to_one_that_starts_anew(plain_story: Story) -> None:
    entity, finance = plain_story.house.legal_entity, plain_story.finance
    march, april, _ = drafts(plain_story)
    assert finalized(plain_story, march, date(2026, 6, 3)).number == "R-0001"

    with pytest.raises(SeriesRefused, match="R-0001 is dated in 2026 already"):
        open_series(actor=finance, legal_entity=entity, year=2026)
    open_series(actor=finance, legal_entity=entity, year=2027, prefix="{year}/")
    with pytest.raises(SeriesOpenAlready, match="as 2027/0001 and on already"):
        open_series(actor=finance, legal_entity=entity, year=2027, prefix="R{year}/")
    with pytest.raises(SeriesOpenAlready, match="anew every year"):
        open_series(actor=finance, legal_entity=entity)
    with pytest.raises(SeriesRefused, match="have the year in them"):
        open_series(actor=finance, legal_entity=entity, year=2028, prefix="R-")

    def prefix(day: date) -> str:
        return series_for(actor=finance, legal_entity=entity, kind=Kind.INVOICE, day=day).prefix

    assert [prefix(date(2026, 12, 31)), prefix(date(2027, 1, 1))] == ["R-", "2027/"]
    assert finalized(plain_story, april, date(2027, 1, 2)).number == "2027/0001"
    assert findings() == []


def test_the_database_takes_no_document_of_another_year(plain_story: Story) -> None:
    entity, finance = plain_story.house.legal_entity, plain_story.finance
    march, april, _ = drafts(plain_story)
    open_series(actor=finance, legal_entity=entity, year=2026)
    note = finalized(plain_story, march, date(2026, 12, 31))
    with pytest.raises(IntegrityError, match="takes no number of the series R-2026-"), transaction.atomic():
        forge(note, april, date(2027, 1, 2))
    with pytest.raises(IntegrityError, match="would be dated before"), transaction.atomic():
        forge(note, april, date(2026, 12, 30))
    with pytest.raises(IntegrityError, match="prefix_has_its_year"), transaction.atomic():
        InvoiceSeries.objects.create(
            legal_entity=entity, kind="credit_note", reset="yearly", year=2026, pattern="C-{year}-", prefix="C-2027-"
        )


def forge(like: Invoice, draft: Invoice, day: date) -> None:
    """Write a final document past every operation, under the next number and this date."""
    forged = Invoice.objects.get(pk=like.pk)
    InvoiceSeries.objects.filter(invoices=like).update(next_number=3)
    forged.pk, forged.public_id, forged.sequence, forged.number = None, "forged", 2, "R-2026-0002"
    forged.issue_date, forged.due_date, forged.previous_digest = day, day, like.chain_digest
    assert forged.snapshot is not None
    forged.snapshot |= {"number": forged.number, "issue_date": day.isoformat(), "due_date": day.isoformat()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'sha256:' || encode(sha256(convert_to(%s || chr(10) || %s, 'UTF8')), 'hex')",
            [forged.previous_digest, forged.snapshot_digest],
        )
        (forged.chain_digest,) = cursor.fetchone()
    forged.save(force_insert=True)


def test_nothing_is_dated_into_closed_accounts(plain_story: Story) -> None:
    march, april, may = drafts(plain_story)
    finalized(plain_story, march, date(2026, 6, 3))

    row = close(plain_story, date(2026, 6, 30))

    assert (row.closed_to, row.closed_by) == (date(2026, 7, 1), plain_story.finance.name)
    with pytest.raises(AccountsClosed, match="closed up to 30 Jun 2026"):
        finalized(plain_story, april, date(2026, 6, 30))
    assert finalized(plain_story, april, date(2026, 7, 1)).number == "R-0002"
    # What is final stays, and asking again for it changes nothing.
    assert finalized(plain_story, march, date(2026, 6, 3)).number == "R-0001"
    with pytest.raises(IntegrityError, match="accounts are closed"):
        stamp(may, date(2026, 6, 30))
    assert findings() == []


def stamp(draft: Invoice, day: date) -> None:
    """Make a draft final past every operation, under the next number and this date."""
    with transaction.atomic():
        InvoiceSeries.objects.filter(kind="invoice").update(next_number=4)
        series = InvoiceSeries.objects.get(kind="invoice")
        Invoice.objects.filter(pk=draft.pk).update(state="finalized", series=series, sequence=3, issue_date=day)


def test_closes_only_go_forward_and_say_why(plain_story: Story) -> None:
    first = close(plain_story, date(2026, 6, 30))
    assert close(plain_story, date(2026, 6, 30)) == first
    with pytest.raises(CloseRefused, match="closed up to 30 Jun 2026 already"):
        close(plain_story, date(2026, 5, 31))
    with pytest.raises(CloseRefused, match="is not over"):
        close(plain_story, date(2026, 7, 31), today=date(2026, 7, 31))
    with pytest.raises(CloseRefused, match="at least 8 characters"):
        close_accounts(
            actor=plain_story.finance,
            legal_entity=plain_story.house.legal_entity,
            through=date(2026, 7, 31),
            now=at(9, 1),
            today=date(2026, 9, 1),
            reason="VAT",
        )
    with pytest.raises(NotAllowed):
        close_accounts(
            actor=plain_story.manager,
            legal_entity=plain_story.house.legal_entity,
            through=date(2026, 7, 31),
            now=at(9, 1),
            today=date(2026, 9, 1),
            reason="VAT return of the month.",
        )
    with pytest.raises(IntegrityError, match="closed further"), transaction.atomic():
        AccountingClose.objects.create(
            legal_entity=plain_story.house.legal_entity,
            closed_to=date(2026, 6, 1),
            closed_at=at(9, 1),
            closed_by="somebody",
            reason="Once more",
        )
    for change in (
        "UPDATE billing_accountingclose SET closed_to = '2026-01-01'",
        "DELETE FROM billing_accountingclose",
    ):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)
    assert AccountingClose.objects.count() == 1
