"""The tables of the first run: what each row does, what is wrong at which cell, all or nothing, and again is nothing."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.imports.carry_out import OtherThanShown, Outcome, carry_out, has_errors
from billing.imports.recognize import FileNotTaken, Found, recognized
from billing.imports.samples import sample_csv, sample_workbook
from billing.imports.steps import BY_KIND, STEPS
from billing.models import InvoiceSeries, OpenBalance
from ground.actor import Actor
from licenses.models import BillingContact, Contract, Customer, Instance, ProvisionedCount
from licenses.queries import latest_version, terms_of
from rollcall.intake.sandbox import run_tables
from tests.billing.story import at
from tests.cast import House

NOW = at(5, 1)


def table(kind: str, *rows: dict[str, str]) -> Found:
    return Found(kind=kind, where=f"{kind}.csv", rows=[(line, row, "") for line, row in enumerate(rows, start=2)])


def samples() -> list[Found]:
    return [table(step.kind, *(dict(zip(step.columns(), row, strict=True)) for row in step.sample)) for step in STEPS]


def said(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    return [(row["outcome"], row["name"]) for one in outcomes for row in one["rows"]]


def wrong(outcomes: Sequence[Outcome]) -> list[tuple[str, int, dict[str, str]]]:
    return [
        (one["kind"], row["line"], dict(row["errors"]))
        for one in outcomes
        for row in one["rows"]
        if row["outcome"] == "wrong"
    ]


@pytest.fixture
def admin(committed_house: House) -> Actor:
    """Opening a series takes finance or an administrator."""
    return committed_house.finance.actor


def import_all(tables: Sequence[Found], actor: Actor) -> list[Outcome]:
    """Try, then import what was shown."""
    shown = carry_out(tables, actor=actor, now=NOW)
    return carry_out(tables, actor=actor, now=NOW, shown=shown)


def test_the_samples_import_as_they_are_and_again_change_nothing(admin: Actor) -> None:
    customers = Customer.objects.count()
    tried = carry_out(list(reversed(samples())), actor=admin, now=NOW)
    assert not has_errors(tried), wrong(tried)
    assert {outcome for outcome, _ in said(tried)} == {"new"}
    assert Customer.objects.count() == customers, "a try leaves nothing behind"

    assert carry_out(samples(), actor=admin, now=NOW, shown=tried) == tried
    kiel = Customer.objects.get(number="C-2001")
    assert (kiel.name, kiel.address_lines, kiel.language) == (
        "Nordlicht Werke GmbH", ["Werftstraße 12", "24143 Kiel"], "de",
    )  # fmt: skip
    contract = Contract.objects.get(number="K-2001")
    terms = terms_of(latest_version(contract=contract))
    assert (terms.term.start, terms.term.end) == (date(2026, 1, 1), date(2027, 1, 1))
    assert (contract.po_number, contract.buyer_reference) == ("PO-4711", "04011000-1234512345-06")
    assert list(Instance.objects.filter(contract=contract).values_list("name", flat=True)) == ["Kiel-1", "Kiel-2"]
    assert ProvisionedCount.objects.get(contract=contract).users == 1200
    assert BillingContact.objects.get(contract=contract).name == "Frauke Petersen"
    assert OpenBalance.objects.get(customer=kiel).amount == Decimal("11043.20")
    assert InvoiceSeries.objects.get(kind="invoice").next_number == 1842

    again = import_all(samples(), admin)
    assert [row for one in again for row in one["rows"] if row["outcome"] != "same"] == []


def test_what_changes_is_shown_by_column_and_history_says_who(admin: Actor) -> None:
    import_all(samples(), admin)
    changed = [
        table("customers", {"number": "C-2001", "name": "Nordlicht Werke SE", "country": "DE"}),
        table("contracts", {"number": "K-2001", "customer": "C-2001", "product": "Atlas", "payment_days": "45"}),
        table("billing_contacts", {"contract": "K-2001", "email": "Rechnung@Nordlicht.example", "name": "F. P."}),
        table(
            "provisioned_users", {"contract": "K-2001", "date": "2026-01-31", "users": "1300", "source": "directory"}
        ),
    ]
    outcomes = import_all(changed, admin)
    assert [(row["outcome"], row["changes"]) for one in outcomes for row in one["rows"]] == [
        ("changed", [["name", "Nordlicht Werke GmbH", "Nordlicht Werke SE"]]),
        ("changed", [["product", "Atlas Analytics Server", "Atlas"], ["payment_days", "30", "45"]]),
        ("changed", [["users", "1200", "1300"]]),
        ("changed", [["name", "Frauke Petersen", "F. P."]]),
    ]
    kiel = Customer.objects.get(number="C-2001")
    assert (kiel.name, kiel.vat_id) == ("Nordlicht Werke SE", "DE811569869"), "a column left out keeps what stands"
    history: Any = kiel
    [event] = history.events.filter(pgh_label="update")
    assert event.pgh_context.metadata["verb"] == "change_customer"


WRONG: list[tuple[str, dict[str, str], str, str]] = [
    ("customers", {"number": "", "name": "x", "country": "DE"}, "number", "is needed"),
    ("customers", {"number": "C-9", "name": "x", "country": "Germany"}, "country", "two letters|At most 2"),
    ("customers", {"number": "C-9", "name": "x", "country": "DE", "vat_id": "DE123"}, "vat_id", "VAT number DE123"),
    ("customers", {"number": "C-9", "name": "x", "country": "DE", "language": "tlh"}, "language", "en or de or fr"),
    ("customers", {"number": "C-9", "name": "x\x07", "country": "DE"}, "name", "cannot be printed"),
    ("customers", {"number": "C-9", "name": "x", "country": "DE", "legal_entity": "Who"}, "legal_entity", "there is:"),
    ("contracts", {"number": "K-9", "customer": "C-0", "product": "p", "terms_from": "floor-in-users",
                   "starts": "2026-01-01", "ends": "2026-12-31"}, "customer", "Import the customers first"),
    ("contracts", {"number": "K-9", "customer": "C-1001", "product": "p"}, "terms_from", "Say what was agreed"),
    ("contracts", {"number": "K-9", "customer": "C-1001", "product": "p", "terms_from": "floor-in-users"}, "starts",
     "no days of its own"),
    ("contracts", {"number": "K-9", "customer": "C-1001", "product": "p", "terms_from": "gold", "starts": "2026-01-01",
                   "ends": "2026-12-31"}, "terms_from", "no plan or policy “gold”"),
    ("contracts", {"number": "K-9", "customer": "C-1001", "product": "p", "terms_from": "floor-in-users",
                   "starts": "2026-01-01", "ends": "2026-12-31", "timezone": "Mars/Base"}, "timezone", "Europe/Berlin"),
    ("contracts", {"number": "K-9", "customer": "C-1001", "product": "p", "terms": "{"}, "terms", "no JSON"),
    ("contracts", {"number": "K-9", "customer": "C-1001", "product": "p", "terms": "[1]"}, "terms", "no object"),
    ("contracts", {"number": "K-9", "customer": "C-1001", "product": "p", "terms": '{"currency": "EUR"}'}, "terms",
     "At "),
    ("contracts", {"number": "K-9", "customer": "C-1001", "product": "p", "payment_days": "1.5"}, "payment_days",
     "whole number"),
    ("contracts", {"number": "K-9", "customer": "C-1001", "product": "p", "starts": "01.02.2026"}, "starts",
     "as 2026-01-31"),
    ("contracts", {"number": "K-2026-001", "customer": "C-1002", "product": "p"}, "customer", "never changes"),
    ("contracts", {"number": "K-2026-001", "customer": "C-1001", "product": "p", "terms_from": "floor-in-users",
                   "starts": "2026-01-01", "ends": "2026-12-31"}, "terms", "by an amendment"),
    ("contracts", {"number": "K-9", "customer": "C-1001", "product": "p", "account_manager": "x@y.example"},
     "account_manager", "Nobody of yours"),
    ("instances", {"contract": "K-0", "name": "x", "reports_from": "2026-01-01"}, "contract", "contracts first"),
    ("instances", {"contract": "K-2026-001", "name": "Berlin-1", "reports_from": "2026-02-01"}, "reports_from",
     "other days already"),
    ("instances", {"contract": "K-2026-001", "name": "B", "reports_from": "2026-02-01", "reports_until": "2026-01-01"},
     "reports_until", "comes after"),
    ("provisioned_users", {"contract": "K-2026-001", "date": "2026-02-30", "users": "1", "source": "s"}, "date",
     "2026-02-30"),
    ("provisioned_users", {"contract": "K-2026-001", "date": "2026-02-01", "users": "-4", "source": "s"}, "users",
     "whole number"),
    ("billing_contacts", {"contract": "K-2026-001", "email": "nobody"}, "email", "valid email"),
    ("open_balances", {"customer": "C-1001", "number": "1", "currency": "EUR", "amount": "1.234,56",
                       "due_date": "2026-01-01"}, "amount", "as 1234.56"),
    ("open_balances", {"customer": "C-1001", "number": "1", "currency": "JPY", "amount": "10.5",
                       "due_date": "2026-01-01"}, "amount", "0 decimals"),
    ("open_balances", {"customer": "C-1001", "number": "1", "currency": "XXX", "amount": "10",
                       "due_date": "2026-01-01"}, "currency", "ISO 4217"),
    ("open_balances", {"customer": "C-1001", "number": "1", "currency": "EUR", "amount": "0.00",
                       "due_date": "2026-01-01"}, "amount", "Nothing is open"),
    ("series", {"document": "receipt", "prefix": "R-", "last_number": "1"}, "document", "invoice or credit_note"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "row", "column", "words"), WRONG)
def test_a_wrong_cell_is_named_with_its_cure_and_nothing_is_written(
    admin: Actor, kind: str, row: dict[str, str], column: str, words: str
) -> None:
    outcomes = carry_out([table(kind, row)], actor=admin, now=NOW)
    [(_, line, errors)] = wrong(outcomes)
    assert line == 2
    assert list(errors) == [column]
    assert any(part in errors[column] for part in words.split("|")), errors
    with pytest.raises(OtherThanShown):
        carry_out([table(kind, row)], actor=admin, now=NOW, shown=outcomes)


def test_one_wrong_row_keeps_all_rows_of_all_tables_out(admin: Actor) -> None:
    tables = [*samples(), table("open_balances", {"customer": "C-0", "number": "1", "currency": "EUR", "amount": "1",
                                                   "due_date": "2026-01-01"})]  # fmt: skip
    shown = carry_out(tables, actor=admin, now=NOW)
    assert wrong(shown) == [("open_balances", 2, {"customer": "There is no customer C-0. Import the customers first."})]
    with pytest.raises(OtherThanShown):
        carry_out(tables, actor=admin, now=NOW, shown=shown)
    assert not Customer.objects.filter(number="C-2001").exists()
    assert not OpenBalance.objects.exists()


def test_what_changed_since_it_was_shown_is_looked_at_again(admin: Actor) -> None:
    shown = carry_out(samples(), actor=admin, now=NOW)
    import_all([samples()[0]], admin)
    with pytest.raises(OtherThanShown, match="Look at it again"):
        carry_out(samples(), actor=admin, now=NOW, shown=shown)
    assert not Contract.objects.filter(number="K-2001").exists()


def test_the_same_row_twice_and_a_row_of_another_shape_are_named(admin: Actor) -> None:
    row = {"number": "C-9", "name": "x", "address": "a", "country": "DE"}
    twice = table("customers", row, {**row, "name": "y"})
    shape = Found(kind="customers", where="c.csv", rows=[(7, row | {"number": "C-8"}, "The row has 2 columns.")])
    assert wrong(carry_out([twice, shape], actor=admin, now=NOW)) == [
        ("customers", 3, {"": "Line 2 says the same number. Keep one of them."}),
        ("customers", 7, {"": "The row has 2 columns."}),
    ]


def test_who_may_not_write_is_refused_row_by_row(committed_house: House) -> None:
    outcomes = carry_out(samples(), actor=committed_house.account_manager.actor, now=NOW)
    assert {kind for kind, _, _ in wrong(outcomes)} == {"open_balances", "series"}
    outsider = committed_house.customer_admin_a.actor
    assert all(
        row["outcome"] == "wrong" for one in carry_out(samples(), actor=outsider, now=NOW) for row in one["rows"]
    )


def test_every_sample_file_is_read_as_its_step(tmp_path: Path) -> None:
    found = []
    for step in STEPS:
        path = tmp_path / f"{step.kind}.csv"
        path.write_bytes(sample_csv(step).read())
        [read] = run_tables(path, path.name)["tables"]
        found.append(recognized(read))
        assert recognized(read | {"file": "export.csv"}).kind == step.kind, "the columns alone say what it is"
    book = tmp_path / "first-run.xlsx"
    book.write_bytes(sample_workbook().read())
    in_the_book = [recognized(read) for read in run_tables(book, book.name)["tables"]]
    assert [one.rows for one in in_the_book] == [one.rows for one in found]
    assert [one.kind for one in in_the_book] == list(BY_KIND)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["number", "name", "shoe_size"], "no step"),
        (["number", "number", "name", "country"], "number stands twice"),
        (["number", "", "name"], "column 2 has no name"),
        ([], "no step"),
    ],
)
def test_a_table_that_is_none_of_the_steps_is_refused(columns: list[str], words: str) -> None:
    read: dict[str, Any] = {"file": "x.csv", "sheet": "", "columns": columns, "rows": []}
    with pytest.raises(FileNotTaken, match=words):
        recognized(read)
    with pytest.raises(FileNotTaken, match="shoe_size is no column of customers"):
        recognized({"file": "customers.csv", "sheet": "", "columns": ["number", "shoe_size"], "rows": []})
