"""One function counts: every page, export, document and snapshot says the same number for the same question.

One story, told everywhere: two instances, a person on both, a service account, somebody who did nothing that counts, a
floor. The numbers are worked out by hand and looked for wherever a number of users or an amount is shown.
"""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from billing.models import Invoice, InvoiceDocument
from billing.queries import monthly_figures
from billing.queries.explain import explain_count, explain_invoice, explain_period
from ground import clock
from ground.storage import stored_path
from licenses.operations.record_provisioned_count import record_provisioned_count
from licenses.operations.register_instance import register_instance
from tests.billing.story import APRIL, Story, at, people, per_user, story_of
from tests.billing.test_complaints import labelled
from tests.billing.test_explain import send
from tests.cast import BUILDER, House, Person, terms_json
from tests.documents.checker import texts_of
from usage.operations.record_reported_count import record_reported_count

FLOOR = {"minimum_users": 20, "per": "cycle", "shortfall_priced_by": "tiers"}
DEFINITION = {"actions": ["login"], "excluded_users": ["svc-*"]}
FIVE = {"Provisioned": 1000, "Reported": 16, "Active": 14, "Billable": 14, "Billed": 20}
BY_VERDICT = {"counted": 14, "excluded": 1, "no_qualifying_action": 1}
Ask = Callable[[Person, str], bytes]


def lines_for(users: list[str], action: str = "login") -> list[tuple[str, str, str, str]]:
    days = list(APRIL.each_day())
    return [
        (user, f"{days[number % len(days)]}T12:00:00+02:00", action, f"{action}{number}{user}")
        for number, user in enumerate(users)
    ]


@pytest.fixture
def told(committed_house: House, monkeypatch: pytest.MonkeyPatch) -> tuple[Story, Invoice]:
    """Ten people on the first instance, five on the second, one of them on both; billed at the floor of twenty."""
    monkeypatch.setattr(clock, "now", lambda: at(5, 12))
    metrics = {"active": {"kind": "active_users", "definition": DEFINITION, "calculation": "unique"}}
    terms = terms_json(metrics=metrics, charges=per_user("29.00", floor=FLOOR))
    story = story_of(committed_house, terms=terms)
    second = register_instance(actor=BUILDER, contract=story.contract, name="Linz-1", reports_from=date(2026, 1, 1))
    record_provisioned_count(
        actor=BUILDER, contract=story.contract, users=1000, date=date(2026, 4, 30), source="directory", now=at(4, 30)
    )
    record_reported_count(actor=BUILDER, contract=story.contract, period=APRIL, users=16, source="both", now=at(5, 1))
    send(story, [*lines_for([*people(10), "svc-mail"]), *lines_for(["idle@aurel.example"], "logout")])
    send(story, lines_for(people(5, first=10)), instance=second)
    return story, story.bill(APRIL, now=at(5, 3), render=True)


@pytest.fixture
def ask() -> Ask:
    """Open an address as somebody of the cast and return the bytes."""

    def asking(person: Person, address: str) -> bytes:
        client = Client()
        client.force_login(person.user)
        response = client.get(address)
        assert response.status_code == 200, address
        return bytes(response.content)

    return asking


def number_beside(html: str, label: str) -> list[int]:
    """Return the numbers in the cells of a table under this label."""
    found = re.findall(rf'data-label="{label}">(?:<[^>]*>)*([\d,]+)<', html)
    return [int(number.replace(",", "")) for number in found]


def test_one_function_gives_every_page_its_numbers(told: tuple[Story, Invoice]) -> None:
    story, invoice = told
    frozen: dict[str, Any] = invoice.frozen["counts"]
    five = {label.lower(): users for label, users in FIVE.items()}
    row, count, today = story.row(APRIL), story.count(APRIL), date(2026, 5, 12)
    row.invoice = invoice
    for actor in (story.finance, story.house.customer_admin_a.actor):
        for explained in (
            explain_invoice(actor=actor, invoice=invoice),
            explain_count(actor=actor, count=count, today=today),
            explain_period(actor=actor, period=row, today=today),
        ):
            assert explained.users == five
    assert frozen | {"provisioned": frozen["provisioned"]["users"]} == five
    assert count.funnel["verdicts"] == BY_VERDICT
    (april,) = monthly_figures(actor=story.finance, until=date(2026, 4, 30), months=1)
    assert april.active_users == FIVE["Active"]


def test_every_page_shows_the_same(told: tuple[Story, Invoice], ask: Ask) -> None:
    story, invoice = told
    finance, customer = story.house.finance, story.house.customer_admin_a
    row, count = story.row(APRIL), story.count(APRIL)
    chosen = f"contract={story.contract.public_id}"
    for person, address in (
        (customer, f"/invoices/{invoice.public_id}/"),
        (customer, f"/invoices/{invoice.public_id}/explain/"),
        (customer, f"/invoices/{invoice.public_id}/people/"),
        (customer, f"/counted/?{chosen}&period=2026-04-01"),
        (customer, f"/counted/{count.pk}/"),
        (finance, f"/admin/invoices/{invoice.public_id}/"),
        (finance, f"/admin/invoices/{invoice.public_id}/explain/"),
        (finance, f"/admin/numbers/{row.pk}/"),
        (finance, f"/admin/numbers/counts/{count.pk}/"),
    ):
        assert labelled(ask(person, address).decode()) == FIVE, address
    home = ask(customer, f"/?{chosen}").decode()
    april = home[home.index(">April 2026</th>") :]
    assert {name: number_beside(april, name)[0] for name in ("Provisioned", "Active", "Billed")} == {
        name: FIVE[name] for name in ("Provisioned", "Active", "Billed")
    }
    close = ask(finance, "/admin/close/?month=2026-04").decode()
    assert FIVE["Active"] in number_beside(close[close.index(story.contract.number) :], "Active users")
    period = ask(finance, f"/admin/periods/{row.pk}/").decode()
    assert re.search(r"<dt>Active users</dt><dd>(?:<[^>]*>)*14<", period)


def test_every_figure_leads_to_its_explanation(told: tuple[Story, Invoice], ask: Ask) -> None:
    """A number of users or an amount is never a dead end, on the pages that one reads daily."""
    story, invoice = told
    finance, customer = story.house.finance, story.house.customer_admin_a
    row, chosen = story.row(APRIL), f"contract={story.contract.public_id}"
    month = f"/counted/?{chosen}&amp;period=2026-04-01"
    explained = f"/invoices/{invoice.public_id}/explain/"
    for person, address, targets in (
        (customer, f"/?{chosen}", [f"{month}#provisioned", month, explained, f"{explained}#amount"]),
        (
            finance,
            "/admin/close/?month=2026-04",
            [f"/admin/numbers/{row.pk}/#active", f"/admin/numbers/{row.pk}/#amount"],
        ),
        (finance, f"/admin/periods/{row.pk}/", [f"/admin/numbers/{row.pk}/#active"]),
    ):
        html = ask(person, address).decode()
        for target in targets:
            assert f'class="rc-fig" href="{target}"' in html, (address, target)


def test_every_export_lists_the_same_people(told: tuple[Story, Invoice], ask: Ask) -> None:
    story, invoice = told
    finance, customer = story.house.finance, story.house.customer_admin_a
    count = story.count(APRIL)
    tables: dict[str, list[list[str]]] = {}
    for person, base in (
        (customer, f"/invoices/{invoice.public_id}/people"),
        (customer, f"/counted/{count.pk}/people"),
        (finance, f"/admin/numbers/counts/{count.pk}/people"),
    ):
        text = ask(person, f"{base}.csv").decode("utf-8-sig")
        tables[f"{base}.csv"] = list(csv.reader(io.StringIO(text, newline="")))
        book = CalamineWorkbook.from_filelike(io.BytesIO(ask(person, f"{base}.xlsx")))
        tables[f"{base}.xlsx"] = [[str(cell) for cell in cells] for cells in book.get_sheet_by_index(0).to_python()]
    tables["month.csv"] = list(
        csv.reader(
            io.StringIO(
                ask(customer, f"/counted/people.csv?contract={story.contract.public_id}&period=2026-04-01").decode(
                    "utf-8-sig"
                )
            )
        )
    )
    stored = InvoiceDocument.objects.get(invoice=invoice, kind="evidence_csv")
    content = stored_path(stored.storage_key, stored.sha256).read_text(encoding="utf-8")
    tables["stored"] = list(csv.reader(io.StringIO(content, newline="")))
    listed = {}
    for name, (header, *rows) in tables.items():
        counted, ref = header.index("counted"), header.index("user_ref")
        assert len(rows) == sum(BY_VERDICT.values()), name
        listed[name] = {row[ref] for row in rows if row[counted] == "yes"}
        assert len(listed[name]) == FIVE["Active"], name
    assert len({frozenset(refs) for refs in listed.values()}) == 1
    only = ask(customer, f"/counted/{count.pk}/people.csv?why=excluded").decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(only))] == ["user", "svc-mail"]


def test_the_document_prints_the_same(told: tuple[Story, Invoice]) -> None:
    _, invoice = told
    stored = InvoiceDocument.objects.get(invoice=invoice, kind="pdf")
    text = "\n".join(texts_of(stored_path(stored.storage_key, stored.sha256).read_bytes()))
    printed = {name: re.search(rf"^{name} +([\d,]+)", text, re.MULTILINE) for name in FIVE}
    assert {name: int(found[1].replace(",", "")) for name, found in printed.items() if found} == FIVE


def test_the_program_of_the_customer_counts_the_same(told: tuple[Story, Invoice], tmp_path: Path) -> None:
    """`rollcall count` over the very files that were sent, by the definition that the invoice carries."""
    story, invoice = told
    files = []
    for report in story.contract.usage_reports.order_by("pk"):
        path = tmp_path / f"{report.pk}.csv"
        path.write_bytes(stored_path(report.storage_key, report.sha256).read_bytes())
        files.append(str(path))
    definition = tmp_path / "DEF.json"
    definition.write_text(json.dumps(invoice.frozen["attachments"]["DEFINITION.json"]))
    asked = ["count", *files, "--definition", str(definition), "--timezone", "Europe/Berlin", "--json"]
    done = subprocess.run([sys.executable, "-m", "rollcall", *asked], capture_output=True, text=True, check=False)
    [april] = json.loads(done.stdout)["periods"]
    assert april["active_users"] == FIVE["Active"]
