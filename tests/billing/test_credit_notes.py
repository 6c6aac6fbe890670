"""What a customer gets back stands on a credit note: numbered, frozen, chained, and never more than was billed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billing.documents.layout import Layout
from billing.documents.snapshot import check_snapshot
from billing.invariants import CHECKS
from billing.models import Invoice, InvoiceSeries, TrueUp
from billing.operations.decide_true_up import WayRefused, decide_true_up
from billing.operations.discard_draft import discard_draft
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.make_bundle import make_bundle
from billing.operations.redraft_invoice import redraft_invoice
from billing.operations.render_document import render_document
from billing.queries.bundles import public_key_of
from billing.settling_documents import MoreThanHeld, held_amount
from billing.state_moves import MoveRefused
from ground.storage import stored_path
from rollcall.evidence.verify import verify_bundle
from tests.billing.story import APRIL, MAY, Story, amounts_of, at, lines_of, people

REASON = "Ten people were counted twice in April."


def less_in_april(story: Story, *, users: int = 100, later: int = 90) -> TrueUp:
    """April is billed with 100 users, and its corrected export has 90."""
    story.deliver(people(users), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    story.deliver(people(later), APRIL, now=at(5, 12))
    return TrueUp.objects.get(state="proposed")


def give_back(story: Story, true_up: TrueUp, *, amount: str | None = None) -> Invoice:
    """Decide for a credit note; the draft that it brings."""
    decide_true_up(
        actor=story.manager,
        true_up=true_up,
        accept=True,
        reason=REASON,
        now=at(5, 13),
        settle="credit_note",
        settled_amount=None if amount is None else Decimal(amount),
        adjustment_reason="" if amount is None else "Agreed with the customer on the phone.",
    )
    return Invoice.objects.get(lines__true_up=true_up)


def final(story: Story, draft: Invoice) -> Invoice:
    return finalize_invoice(actor=story.finance, invoice=draft, now=at(5, 14), today=at(5, 14).date())


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


def test_a_credit_note_is_a_document_of_its_own_with_positive_amounts(plain_story: Story) -> None:
    true_up = less_in_april(plain_story)
    assert true_up.difference_amount == Decimal("-290.00")

    draft = give_back(plain_story, true_up)

    assert (draft.kind, draft.state, draft.number) == ("credit_note", "draft", None)
    assert lines_of(draft) == [("true_up", "1", "290.00", "290.00")]
    assert amounts_of(draft) == (Decimal("290.00"), Decimal("55.10"), Decimal("345.10"))
    note = final(plain_story, draft)
    original = plain_story.row(APRIL).invoice
    assert original is not None
    assert (note.number, note.corrects, note.issue_date, note.due_date) == (
        "C-0001",
        original,
        at(5, 14).date(),
        at(5, 14).date(),
    )
    assert note.frozen["kind"] == "credit_note"
    assert note.frozen["corrects"] == {
        "number": "R-0001",
        "issue_date": "2026-05-03",
        "snapshot_digest": original.snapshot_digest,
    }
    assert note.frozen["totals"]["gross"] == "345.10"
    assert note.frozen["counts"]["active"] == 90
    assert note.frozen["payment"] == {"days": 0}
    true_up.refresh_from_db()
    assert (true_up.invoice, true_up.settled_amount) == (note, Decimal("-290.00"))
    assert findings() == []


def test_credit_notes_have_a_series_of_their_own_without_a_gap(plain_story: Story) -> None:
    first = final(plain_story, give_back(plain_story, less_in_april(plain_story)))
    plain_story.deliver(people(85), APRIL, now=at(5, 20))
    second_draft = give_back(plain_story, TrueUp.objects.get(state="proposed"))
    second = final(plain_story, second_draft)

    assert [first.number, second.number] == ["C-0001", "C-0002"]
    assert (first.previous_digest, second.previous_digest) == ("", first.chain_digest)
    assert second.net_amount == Decimal("145.00")
    series = {row.kind: (row.prefix, row.next_number) for row in InvoiceSeries.objects.all()}
    assert series == {"invoice": ("R-", 2), "credit_note": ("C-", 3)}
    assert held_amount(first.corrects) == Decimal("2465.00")
    assert findings() == []


def test_a_part_is_given_back_and_the_rest_is_waived_for_good(plain_story: Story) -> None:
    draft = give_back(plain_story, less_in_april(plain_story), amount="-200.00")

    assert amounts_of(draft) == (Decimal("200.00"), Decimal("38.00"), Decimal("238.00"))
    words = draft.lines.get().words
    assert words.endswith(f"EUR 200.00 of it is settled, EUR 90.00 is waived. Reason: {REASON}")
    final(plain_story, draft)
    # Two more people are gone later: what was waived is not asked for again.
    plain_story.deliver(people(88), APRIL, now=at(5, 20))
    assert TrueUp.objects.get(state="proposed").difference_amount == Decimal("-58.00")
    assert findings() == []


def test_a_credit_note_is_on_no_other_draft(plain_story: Story) -> None:
    draft = give_back(plain_story, less_in_april(plain_story))
    plain_story.deliver(people(100), MAY, now=at(6, 1))

    closing = plain_story.close(MAY, now=at(6, 2))

    assert lines_of(closing.invoice) == [("usage", "100", "29.00", "2900.00")]
    assert Invoice.objects.filter(pk=draft.pk).exists()


def test_no_more_is_given_back_than_the_invoice_holds(plain_story: Story) -> None:
    true_up = less_in_april(plain_story)
    original = plain_story.row(APRIL).invoice
    assert original is not None
    note = final(plain_story, give_back(plain_story, true_up))
    assert held_amount(original) == Decimal("2610.00")

    # The true-up of a month that cost more than its invoice holds: the surcharge is waived, then everybody is gone.
    plain_story.deliver(people(200), APRIL, now=at(5, 20))
    decide_true_up(
        actor=plain_story.manager,
        true_up=TrueUp.objects.get(state="proposed"),
        accept=False,
        reason="A gift for the first year.",
        now=at(5, 21),
    )
    plain_story.deliver(people(1), APRIL, now=at(5, 22))
    too_much = TrueUp.objects.get(state="proposed")
    assert too_much.difference_amount == Decimal("-5771.00")
    with pytest.raises(MoreThanHeld) as refused:
        give_back(plain_story, too_much)
    assert str(refused.value) == (
        "Invoice R-0001 holds EUR 2,610.00; a credit note cannot give back EUR 5,771.00. "
        "Settle it on the next invoice, or give back less."
    )
    draft = give_back(plain_story, too_much, amount="-2610.00")
    assert final(plain_story, draft).number == "C-0002"
    assert held_amount(original) == 0
    assert note.corrects_id == original.pk
    assert findings() == []


def test_the_database_alone_refuses_to_give_back_too_much(plain_story: Story) -> None:
    draft = give_back(plain_story, less_in_april(plain_story))
    original = plain_story.row(APRIL).invoice
    assert original is not None
    note = final(plain_story, draft)
    series = InvoiceSeries.objects.get(kind="credit_note")

    with pytest.raises(IntegrityError, match=r"holds 2610\.0000 and cannot give back 2700"):
        forge(note, series, number="C-0002", previous_digest=note.chain_digest, net=2700, tax=513)
    with pytest.raises(IntegrityError, match="takes no number of the series"):
        forge(note, original.series, number="R-0002", previous_digest=original.chain_digest, net=290, tax=0)


def forge(
    note: Invoice, series: InvoiceSeries | None, *, number: str, previous_digest: str, net: int, tax: int
) -> None:
    """Write a second final credit note past every operation, with a number drawn from this series."""
    assert series is not None
    forged = Invoice.objects.get(pk=note.pk)
    forged.pk, forged.public_id, forged.series, forged.number = None, "forged", series, number
    forged.sequence, forged.previous_digest = 2, previous_digest
    forged.net_amount, forged.tax_amount, forged.gross_amount = Decimal(net), Decimal(tax), Decimal(net + tax)
    with transaction.atomic():
        InvoiceSeries.objects.filter(pk=series.pk).update(next_number=3)
        forged.save(force_insert=True)


def test_only_what_is_less_is_given_back_and_only_what_is_more_is_billed(plain_story: Story) -> None:
    less = less_in_april(plain_story)
    with pytest.raises(WayRefused, match=r"on the next invoice or by a credit note\."):
        decide_true_up(
            actor=plain_story.manager, true_up=less, accept=True, reason=REASON, now=at(5, 13), settle="own_invoice"
        )


def test_a_document_that_settles_is_neither_discarded_nor_computed_again(plain_story: Story) -> None:
    draft = give_back(plain_story, less_in_april(plain_story))

    with pytest.raises(MoveRefused, match="a decision stands"):
        discard_draft(actor=plain_story.finance, invoice=draft, reason="It looks wrong.", now=at(5, 14))
    with pytest.raises(MoveRefused, match="nothing to compute again"):
        redraft_invoice(actor=plain_story.finance, invoice=draft, now=at(5, 14), today=at(5, 14).date())


def test_an_invoice_of_its_own_is_dated_today_and_taxed_as_its_period(plain_story: Story) -> None:
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    plain_story.deliver(people(117), APRIL, now=at(5, 12))
    true_up = TrueUp.objects.get()

    decide_true_up(
        actor=plain_story.manager,
        true_up=true_up,
        accept=True,
        reason="The tablets synchronized late.",
        now=at(5, 13),
        settle="own_invoice",
    )

    draft = Invoice.objects.get(state="draft")
    assert (draft.kind, draft.corrects) == ("invoice", None)
    invoice = final(plain_story, draft)
    days = plain_story.contract.payment_days
    assert (invoice.number, invoice.issue_date) == ("R-0002", at(5, 14).date())
    assert invoice.due_date == at(5, 14).date() + timedelta(days=days)
    assert amounts_of(invoice) == (Decimal("493.00"), Decimal("93.67"), Decimal("586.67"))
    assert "kind" not in invoice.frozen
    assert invoice.frozen["counts"]["active"] == 117
    assert findings() == []


@pytest.mark.parametrize(
    ("language", "title", "corrects", "given_back", "paid"),
    [
        ("en", "Credit note C-0001", "R-0001 of 3 May 2026", "Given back", "Nothing to pay: this amount is paid back"),
        ("de", "Rechnungskorrektur C-0001", "R-0001 vom 3. Mai 2026", "Zu erstatten", "Nichts zu zahlen: Dieser"),
        ("fr", "Avoir C-0001", "R-0001 du 3 mai 2026", "À rembourser", "Rien à payer : ce montant"),
    ],
)
def test_the_document_speaks_the_language_of_its_customer(
    plain_story: Story, language: str, title: str, corrects: str, given_back: str, paid: str
) -> None:
    note = final(plain_story, give_back(plain_story, less_in_april(plain_story)))
    snapshot = note.frozen | {"language": language}
    check_snapshot(snapshot)

    page = Layout().html(snapshot).replace("\u00a0", " ").replace("\u202f", " ")

    for words in (f"<title>{title}</title>", corrects, given_back, paid):
        assert words in page, words
    assert "IBAN" not in page


@pytest.mark.parametrize(("way", "later", "amount"), [("credit_note", 90, None), ("credit_note", 90, "-200.00")])
def test_the_bundle_of_a_credit_note_proves_both_of_its_ratings(
    plain_story: Story, way: str, later: int, amount: str | None
) -> None:
    note = final(plain_story, give_back(plain_story, less_in_april(plain_story, later=later), amount=amount))

    assert_bundle_is_equal(note)
    assert note.frozen["kind"] == way


def test_the_bundle_of_an_invoice_of_its_own_proves_both_of_its_ratings(plain_story: Story) -> None:
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    plain_story.deliver(people(117), APRIL, now=at(5, 12))
    decide_true_up(
        actor=plain_story.manager,
        true_up=TrueUp.objects.get(),
        accept=True,
        reason="The tablets synchronized late.",
        now=at(5, 13),
        settle="own_invoice",
    )

    assert_bundle_is_equal(final(plain_story, Invoice.objects.get(state="draft")))


def assert_bundle_is_equal(invoice: Invoice) -> None:
    """The vendor's own check of the stored bundle, with the key that the invoice names, comes to the same."""
    made = make_bundle(invoice_id=invoice.pk, now=at(5, 14))
    key = public_key_of(invoice)
    assert key is not None
    checked = verify_bundle(stored_path(made.storage_key, made.sha256), key=bytes(key.public_key))
    assert (checked.outcome, [one.words() for one in checked.differences]) == ("equal", [])


def test_rendering_a_credit_note_gives_one_original(plain_story: Story) -> None:
    note = final(plain_story, give_back(plain_story, less_in_april(plain_story)))

    first = render_document(invoice_id=note.pk, now=at(5, 14))
    second = render_document(invoice_id=note.pk, now=at(5, 15))

    assert [document.pk for document in first] == [document.pk for document in second]
    pdf = next(document for document in first if document.kind == "pdf")
    assert stored_path(pdf.storage_key, pdf.sha256).read_bytes().startswith(b"%PDF-")
    assert findings() == []
