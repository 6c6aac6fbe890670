"""From draft to document: the number comes last, what is frozen stays, who may and who may not."""

import csv
import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader

from billing.digests import chain_digest, json_digest
from billing.documents import SnapshotRefused
from billing.evidence_list import evidence_csv_with_names
from billing.invariants import CHECKS
from billing.models import Invoice, InvoiceDocument, InvoiceSeries
from billing.operations.discard_draft import discard_draft
from billing.operations.finalize_invoice import DatedTooEarly, DraftOutdated, finalize_invoice
from billing.operations.open_series import SeriesOpenAlready, open_series
from billing.operations.redraft_invoice import redraft_invoice
from billing.operations.render_document import render_document
from billing.queries import invoice_detail
from billing.state_moves import MoveRefused
from ground.actor import NotAllowed
from ground.models import Job
from ground.storage import open_stored
from licenses.models import Customer
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, at, people


def test_numbers_follow_each_other_and_the_chain_covers_them(plain_story: Story) -> None:
    invoices = []
    for month, period in ((4, MARCH), (5, APRIL), (6, MAY)):
        plain_story.deliver(people(10 + month), period, now=at(month, 1))
        invoices.append(plain_story.bill(period, now=at(month, 3)))

    assert [invoice.number for invoice in invoices] == ["R-0001", "R-0002", "R-0003"]
    previous = ""
    for invoice in invoices:
        invoice.refresh_from_db()
        assert invoice.snapshot_digest == json_digest(invoice.snapshot)
        assert invoice.previous_digest == previous
        assert invoice.chain_digest == chain_digest(previous=previous, snapshot_digest=invoice.snapshot_digest)
        previous = invoice.chain_digest


def test_the_snapshot_says_everything_and_stays(plain_story: Story) -> None:
    report = plain_story.deliver(people(320), APRIL, now=at(5, 1))
    invoice = plain_story.bill(APRIL, now=at(5, 3))

    frozen = invoice.frozen
    assert (frozen["number"], frozen["issue_date"], frozen["due_date"]) == ("R-0001", "2026-05-03", "2026-06-02")
    assert frozen["totals"] == {
        "net": "9280.00",
        "taxes": [{"category": "S", "rate": "19", "base": "9280.00", "tax": "1763.20"}],
        "gross": "11043.20",
    }
    assert frozen["period"] == {"start": "2026-04-01", "end": "2026-05-01", "timezone": "Europe/Berlin"}
    assert frozen["seller"]["name"] == "Atlas Software GmbH"
    assert frozen["buyer"]["number"] == "C-1001"
    assert (frozen["contract"]["number"], frozen["contract"]["version"]) == ("K-2026-009", 1)
    assert [(row["report_public_id"], row["sha256"], row["rows_read"]) for row in frozen["evidence"]] == [
        (report.public_id, report.sha256, 320)
    ]
    line = frozen["lines"][0]
    assert (line["quantity"], line["unit_price"], line["amount"], line["tax_rate"]) == ("320", "29.00", "9280.00", "19")

    Customer.objects.filter(pk=invoice.customer_id).update(name="Another Name GmbH")
    detail = invoice_detail(actor=plain_story.finance, public_id=invoice.public_id, today=date(2026, 7, 1))
    assert detail.says["buyer"]["name"] == "Aurel Maschinenbau GmbH"


def test_finalizing_asks_for_the_document_in_the_same_transaction(plain_story: Story) -> None:
    plain_story.deliver(people(5), APRIL, now=at(5, 1))

    invoice = plain_story.bill(APRIL, now=at(5, 3))

    job = Job.objects.get(kind="billing.render_document")
    assert (job.key, job.args) == (f"billing.render_document:{invoice.public_id}", {"invoice_id": invoice.pk})
    assert plain_story.row(APRIL).state == "invoiced"


def test_the_documents_are_stored_once_and_never_made_again(plain_story: Story) -> None:
    plain_story.deliver(people(5), APRIL, now=at(5, 1))
    invoice = plain_story.bill(APRIL, now=at(5, 3))

    first = render_document(invoice_id=invoice.pk, now=at(5, 3))
    again = render_document(invoice_id=invoice.pk, now=at(5, 4))

    assert [document.kind for document in first] == ["e_invoice", "evidence_csv", "pdf"]
    assert [document.pk for document in again] == [document.pk for document in first]
    pdf = InvoiceDocument.objects.get(kind="pdf")
    with open_stored(pdf.storage_key, pdf.sha256) as stored:
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(stored.read())).pages)
    assert "R-0001" in text
    assert "172.55" in text


def test_the_evidence_list_is_kept_without_names_and_downloaded_with_them(plain_story: Story) -> None:
    users = [*people(2), "=HYPERLINK(1)@aurel.example"]
    plain_story.deliver(users, APRIL, now=at(5, 1))
    invoice = plain_story.bill(APRIL, now=at(5, 3), render=True)

    document = InvoiceDocument.objects.get(kind="evidence_csv")
    with open_stored(document.storage_key, document.sha256) as stored:
        kept = list(csv.DictReader(io.StringIO(stored.read().decode(), newline="")))
    assert len(kept) == 3
    assert {(row["counted"], row["why"], row["active_days"]) for row in kept} == {("yes", "counted", "1")}
    assert all(len(row["user_ref"]) == 64 for row in kept)
    assert "aurel" not in str(kept)
    named = csv.DictReader(io.StringIO(evidence_csv_with_names(invoice).decode("utf-8-sig"), newline=""))
    assert {row["user"] for row in named} == {*people(2), "'=HYPERLINK(1)@aurel.example"}


def test_finalizing_twice_is_finalizing_once(plain_story: Story) -> None:
    plain_story.deliver(people(5), APRIL, now=at(5, 1))
    invoice = plain_story.bill(APRIL, now=at(5, 3))

    again = finalize_invoice(actor=plain_story.finance, invoice=invoice, now=at(5, 9), today=date(2026, 5, 9))

    assert (again.pk, again.number, again.issue_date) == (invoice.pk, "R-0001", date(2026, 5, 3))
    assert InvoiceSeries.objects.get().next_number == 2


def test_a_date_before_the_last_document_is_refused_and_uses_no_number(plain_story: Story) -> None:
    plain_story.deliver(people(5), MARCH, now=at(4, 1))
    plain_story.bill(MARCH, now=at(5, 5))
    plain_story.deliver(people(5), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 3)).invoice
    assert draft is not None

    with pytest.raises(DatedTooEarly):
        finalize_invoice(actor=plain_story.finance, invoice=draft, now=at(5, 4), today=date(2026, 5, 4))

    assert InvoiceSeries.objects.get().next_number == 2
    assert Invoice.objects.get(pk=draft.pk).state == "draft"


def test_what_cannot_be_printed_draws_no_number(plain_story: Story) -> None:
    plain_story.deliver(people(5), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 3)).invoice
    assert draft is not None
    Customer.objects.filter(pk=draft.customer_id).update(name="\U0001f40b GmbH")

    with pytest.raises(SnapshotRefused):
        finalize_invoice(actor=plain_story.finance, invoice=draft, now=at(5, 4), today=date(2026, 5, 4))

    assert not InvoiceSeries.objects.filter(next_number__gt=1).exists()
    assert not Job.objects.filter(kind="billing.render_document").exists()


def test_only_finance_finalizes(plain_story: Story) -> None:
    plain_story.deliver(people(5), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 3)).invoice
    assert draft is not None
    house = plain_story.house

    for person in (house.account_manager, house.vendor_admin, house.customer_admin_a, house.stranger):
        with pytest.raises(NotAllowed):
            finalize_invoice(actor=person.actor, invoice=draft, now=at(5, 4), today=date(2026, 5, 4))

    assert Invoice.objects.get(pk=draft.pk).state == "draft"


def test_a_finalized_invoice_is_neither_redrafted_nor_discarded(plain_story: Story) -> None:
    plain_story.deliver(people(5), APRIL, now=at(5, 1))
    invoice = plain_story.bill(APRIL, now=at(5, 3))

    with pytest.raises(MoveRefused):
        redraft_invoice(actor=plain_story.finance, invoice=invoice, now=at(5, 4), today=date(2026, 5, 4))
    with pytest.raises(MoveRefused):
        discard_draft(actor=plain_story.finance, invoice=invoice, reason="A mistake.", now=at(5, 4))
    closing = plain_story.close(APRIL, now=at(5, 4))
    assert (closing.state, closing.changed) == ("invoiced", False)


def test_a_draft_shows_the_snapshot_that_would_be_frozen(plain_story: Story) -> None:
    plain_story.deliver(people(320), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 3)).invoice
    assert draft is not None

    detail = invoice_detail(actor=plain_story.finance, public_id=draft.public_id, today=date(2026, 5, 3))

    assert detail.says["due_date"] == (date(2026, 5, 3) + timedelta(days=30)).isoformat()
    frozen = plain_story.bill(APRIL, now=at(5, 3)).frozen
    assert {**detail.says, "number": "R-0001"} == frozen
    assert [event.verb for event in detail.events] == ["drafted"]
    with pytest.raises(Invoice.DoesNotExist):
        invoice_detail(
            actor=plain_story.house.customer_admin_b.actor, public_id=draft.public_id, today=date(2026, 5, 3)
        )


def test_a_draft_that_newer_facts_overtook_is_not_finalized(plain_story: Story) -> None:
    plain_story.deliver(people(5), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 3)).invoice
    assert draft is not None
    plain_story.deliver(people(8), APRIL, now=at(5, 4), review=False)

    with pytest.raises(DraftOutdated):
        finalize_invoice(actor=plain_story.finance, invoice=draft, now=at(5, 4), today=date(2026, 5, 4))

    assert plain_story.bill(APRIL, now=at(5, 4)).frozen["counts"]["active"] == 8


def test_missing_days_that_were_billed_are_marked_on_the_invoice(plain_story: Story) -> None:
    plain_story.deliver(people(150), Period(date(2026, 4, 1), date(2026, 4, 29)), now=at(5, 1))

    frozen = plain_story.bill(APRIL, now=at(5, 11)).frozen

    assert frozen["missing_days"] == [{"instance": "Hamburg-9", "days": ["2026-04-29", "2026-04-30"]}]
    assert [entry["words"] for entry in frozen["working"] if entry["step"] == "missing_days"] == [
        "No report from Hamburg-9 for 29 to 30 Apr 2026 (2 days); billed with what is known."
    ]


def test_a_series_continues_the_numbers_of_the_system_before(plain_story: Story) -> None:
    entity = plain_story.house.legal_entity
    open_series(actor=plain_story.finance, legal_entity=entity, prefix="AT-2026-", first_number=418)
    plain_story.deliver(people(5), MARCH, now=at(4, 1))
    plain_story.deliver(people(5), APRIL, now=at(5, 1))

    numbers = [plain_story.bill(period, now=at(5, 3), render=True).number for period in (MARCH, APRIL)]

    assert numbers == ["AT-2026-0418", "AT-2026-0419"]
    assert [finding for check in CHECKS for finding in check().findings] == []
    with pytest.raises(SeriesOpenAlready):
        open_series(actor=plain_story.finance, legal_entity=entity, prefix="R-")
    with pytest.raises(NotAllowed):
        open_series(actor=plain_story.manager, legal_entity=entity)
