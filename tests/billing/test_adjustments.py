"""A person puts an amount with a reason on a draft: it stays with the period, and above a limit two people decide."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, connections, transaction
from pypdf import PdfReader

from billing.adjusting import AdjustmentWaits
from billing.invariants import CHECKS
from billing.models import Adjustment, ApprovalLimit, Invoice, InvoiceEvent
from billing.operations.adjust_draft import AdjustmentRefused, adjust_draft
from billing.operations.approve_adjustment import approve_adjustment
from billing.operations.approve_true_up import SamePerson
from billing.operations.discard_draft import ReasonMissing, discard_draft
from billing.operations.redraft_invoice import redraft_invoice
from billing.operations.withdraw_adjustment import withdraw_adjustment
from billing.queries.explain import explain_invoice
from billing.state_moves import MoveRefused
from ground import faults
from ground.actor import Actor, NotAllowed
from ground.storage import stored_path
from licenses.models import Customer
from rollcall.evidence.compare_adjustments import compare_adjustments
from rollcall.evidence.verify import verify_bundle
from tests.billing.story import APRIL, MARCH, Story, amounts_of, at, lines_of, people

REASON = "Two days of the outage in March are not charged."
NOW = at(4, 3)
CREDIT, SURCHARGE = Decimal("-58.00"), Decimal("40.00")


def limit(story: Story, amount: str = "100.00") -> None:
    ApprovalLimit.objects.create(legal_entity=story.house.legal_entity, currency="EUR", amount=Decimal(amount))


def drafted(story: Story, users: int = 10) -> Invoice:
    story.deliver(people(users), MARCH, now=NOW)
    invoice = story.close(MARCH, now=NOW).invoice
    assert invoice is not None
    return invoice


def adjust(story: Story, invoice: Invoice, amount: Decimal, **more: str) -> Adjustment:
    return adjust_draft(actor=story.manager, invoice=invoice, amount=amount, reason=REASON, now=NOW, **more)


def test_the_line_stands_after_the_rated_ones_and_is_taxed_with_them(plain_story: Story) -> None:
    limit(plain_story)
    invoice = drafted(plain_story)
    row = adjust(plain_story, invoice, CREDIT)
    assert (row.state, row.takes_two) == ("stands", False)
    assert lines_of(invoice) == [("usage", "10", "29.00", "290.00"), ("adjustment", "-1", "58.00", "-58.00")]
    assert amounts_of(invoice) == (Decimal("232.00"), Decimal("44.08"), Decimal("276.08"))
    event = InvoiceEvent.objects.get(invoice_public_id=invoice.public_id, verb="adjusted")
    assert (event.reason, event.data["net_amount_before"][:6]) == (REASON, "290.00")


def test_the_draft_is_computed_again_and_keeps_it(plain_story: Story) -> None:
    limit(plain_story)
    invoice = drafted(plain_story)
    adjust(plain_story, invoice, CREDIT)
    plain_story.deliver(people(12), MARCH, now=at(4, 4), made_at=at(4, 4))
    again = redraft_invoice(actor=plain_story.finance, invoice=invoice, now=at(4, 5), today=at(4, 5).date())
    assert lines_of(again.invoice) == [("usage", "12", "29.00", "348.00"), ("adjustment", "-1", "58.00", "-58.00")]
    discard_draft(actor=plain_story.finance, invoice=invoice, reason="looked at again", now=at(4, 6))
    anew = plain_story.close(MARCH, now=at(4, 7))
    assert lines_of(anew.invoice)[-1] == ("adjustment", "-1", "58.00", "-58.00")


def test_it_changes_no_count_and_is_on_no_other_period(plain_story: Story) -> None:
    limit(plain_story)
    invoice = drafted(plain_story)
    adjust(plain_story, invoice, SURCHARGE)
    assert plain_story.count(MARCH).users == 10
    plain_story.finalize(plain_story.close(MARCH, now=NOW), now=NOW)
    plain_story.deliver(people(10), APRIL, now=at(5, 3))
    assert lines_of(plain_story.close(APRIL, now=at(5, 3)).invoice) == [("usage", "10", "29.00", "290.00")]


def test_above_the_limit_another_person_approves_before_it_is_finalized(plain_story: Story) -> None:
    limit(plain_story, "50.00")
    invoice = drafted(plain_story)
    row = adjust(plain_story, invoice, CREDIT)
    assert (row.state, amounts_of(invoice)[0]) == ("needs_approval", Decimal("232.00"))
    closing = plain_story.close(MARCH, now=NOW)
    with pytest.raises(AdjustmentWaits, match="approval of a second person"):
        plain_story.finalize(closing, now=NOW)
    with pytest.raises(SamePerson, match="somebody else approves"):
        approve_adjustment(actor=plain_story.manager, adjustment=row, now=NOW)
    with pytest.raises(SamePerson, match="not a person"):
        approve_adjustment(actor=Actor.system("worker"), adjustment=row, now=NOW)
    approved = approve_adjustment(actor=plain_story.finance, adjustment=row, now=NOW)
    assert (approved.state, approved.approved_by) == ("stands", "Fiona Nance")
    assert approve_adjustment(actor=plain_story.finance, adjustment=row, now=at(4, 9)).approved_at == NOW
    final = plain_story.finalize(closing, now=NOW)
    approved.refresh_from_db()
    assert (final.net_amount, approved.invoice_id) == (Decimal("232.00"), final.pk)


def test_many_small_ones_do_not_pass_where_one_large_one_would_not(plain_story: Story) -> None:
    limit(plain_story)
    invoice = drafted(plain_story)
    states = [adjust(plain_story, invoice, amount).state for amount in (SURCHARGE, CREDIT, Decimal("2.01"))]
    assert states == ["stands", "stands", "needs_approval"]


def test_without_a_limit_for_the_currency_every_one_takes_two(plain_story: Story) -> None:
    assert adjust(plain_story, drafted(plain_story), Decimal("0.01")).state == "needs_approval"


def test_it_is_withdrawn_with_a_reason_and_stays_on_record(plain_story: Story) -> None:
    limit(plain_story)
    invoice = drafted(plain_story)
    row = adjust(plain_story, invoice, SURCHARGE)
    with pytest.raises(ReasonMissing):
        withdraw_adjustment(actor=plain_story.finance, adjustment=row, reason=" ", now=NOW)
    gone = withdraw_adjustment(actor=plain_story.finance, adjustment=row, reason="typed twice", now=NOW)
    assert (gone.state, gone.reason, gone.withdrawn_reason) == ("withdrawn", REASON, "typed twice")
    assert lines_of(invoice) == [("usage", "10", "29.00", "290.00")]
    assert amounts_of(invoice)[0] == Decimal("290.00")
    with pytest.raises(MoveRefused):
        approve_adjustment(actor=plain_story.finance, adjustment=row, now=NOW)


def test_the_same_form_sent_twice_is_one_adjustment(plain_story: Story) -> None:
    limit(plain_story)
    invoice = drafted(plain_story)
    first, second = (adjust(plain_story, invoice, SURCHARGE, mark="m" * 26) for _ in range(2))
    assert (first.pk, Adjustment.objects.count()) == (second.pk, 1)


@pytest.mark.parametrize("amount", ["0", "1.005", "NaN", "Infinity", "-290.01", "1000000000000"])
def test_amounts_that_cannot_stand_are_refused(plain_story: Story, amount: str) -> None:
    limit(plain_story, "5000000000000")
    invoice = drafted(plain_story)
    with pytest.raises(AdjustmentRefused):
        adjust(plain_story, invoice, Decimal(amount))
    assert not Adjustment.objects.exists()
    assert lines_of(invoice) == [("usage", "10", "29.00", "290.00")]


def test_only_people_of_finance_and_account_managers_adjust_with_a_reason(plain_story: Story) -> None:
    invoice = drafted(plain_story)
    for actor in (plain_story.house.vendor_admin.actor, plain_story.house.customer_admin_a.actor, Actor.system("x")):
        with pytest.raises(NotAllowed):
            adjust_draft(actor=actor, invoice=invoice, amount=CREDIT, reason=REASON, now=NOW)
    with pytest.raises(ReasonMissing, match="at least 20 characters"):
        adjust_draft(actor=plain_story.finance, invoice=invoice, amount=CREDIT, reason="goodwill", now=NOW)


def test_a_finalized_invoice_takes_none_and_keeps_what_it_has(plain_story: Story) -> None:
    limit(plain_story)
    invoice = drafted(plain_story)
    row = adjust(plain_story, invoice, CREDIT)
    plain_story.finalize(plain_story.close(MARCH, now=NOW), now=NOW)
    with pytest.raises(MoveRefused, match="is finalized"):
        adjust(plain_story, invoice, CREDIT)
    with pytest.raises(MoveRefused, match="credit note"):
        withdraw_adjustment(actor=plain_story.finance, adjustment=row, reason="too late", now=NOW)
    for statement in (
        "UPDATE billing_adjustment SET state = 'withdrawn', withdrawn_by = 'x', withdrawn_reason = 'x',"
        " withdrawn_at = now(), invoice_id = NULL",
        "UPDATE billing_adjustment SET amount = 1",
        "DELETE FROM billing_adjustment",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_database_alone_refuses_to_finalize_what_waits(plain_story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    invoice = drafted(plain_story)
    adjust(plain_story, invoice, CREDIT)
    for guard in ("require_approved", "bill_adjustments"):
        monkeypatch.setattr(f"billing.operations.finalize_invoice.{guard}", lambda draft: None)
    with pytest.raises(DatabaseError, match="Adjustment 1 over"):
        plain_story.finalize(plain_story.close(MARCH, now=NOW), now=NOW)
    invoice.refresh_from_db()
    assert invoice.state == "draft"


def test_snapshot_document_and_bundle_say_it(plain_story: Story) -> None:
    limit(plain_story)
    adjust(plain_story, drafted(plain_story), CREDIT)
    final = plain_story.finalize(plain_story.close(MARCH, now=NOW), now=NOW, render=True)
    says = final.frozen
    (entry,) = says["adjustments"]
    assert (entry["amount"], entry["reason"], entry["made_on"], entry["approved_on"]) == (
        "-58.00",
        REASON,
        "2026-04-03",
        "",
    )
    assert [(step["step"], step["amount"]) for step in says["working"]][-1] == ("adjustment", "-58.00")
    for check in CHECKS:
        result = check()
        assert not result.findings, (result.name, result.findings)


def test_the_page_that_explains_a_draft_tells_it(plain_story: Story) -> None:
    limit(plain_story)
    invoice = drafted(plain_story)
    adjust(plain_story, invoice, CREDIT)
    told = explain_invoice(actor=plain_story.finance, invoice=Invoice.objects.get(pk=invoice.pk))
    assert [(line["kind"], line["amount"]) for line in told.lines] == [("usage", "290.00"), ("adjustment", "-58.00")]
    assert (told.working[-1]["words"], told.net_amount) == (f"Adjustment: {REASON}", Decimal("232.00"))


POINTS = {
    "adjust.before_lines": "make",
    "adjust.before_commit": "make",
    "adjust.before_approved": "approve",
    "adjust.before_withdrawn": "withdraw",
}


@pytest.mark.parametrize("point", POINTS)
def test_what_fails_halfway_leaves_everything_as_it_was(
    plain_story: Story, armed: Callable[..., None], point: str
) -> None:
    invoice = drafted(plain_story)
    deeds = {
        "make": lambda: adjust(plain_story, invoice, CREDIT, mark="m" * 26),
        "approve": lambda: approve_adjustment(actor=plain_story.finance, adjustment=Adjustment.objects.get(), now=NOW),
        "withdraw": lambda: withdraw_adjustment(
            actor=plain_story.finance, adjustment=Adjustment.objects.get(), reason="typed twice", now=NOW
        ),
    }
    if POINTS[point] != "make":
        deeds["make"]()
    before = (list(Adjustment.objects.values()), lines_of(invoice), InvoiceEvent.objects.count())
    armed(point)
    with pytest.raises(faults.InjectedFault):
        deeds[POINTS[point]]()
    faults.disarm()
    assert (list(Adjustment.objects.values()), lines_of(invoice), InvoiceEvent.objects.count()) == before
    for _ in range(2):
        deeds[POINTS[point]]()
    assert InvoiceEvent.objects.count() == before[2] + 1
    assert [finding for check in CHECKS for finding in check().findings] == []


def test_eight_at_once_make_one_adjustment(plain_story: Story) -> None:
    limit(plain_story)
    invoice = drafted(plain_story)

    def work(_: int) -> int:
        try:
            return adjust(plain_story, invoice, SURCHARGE, mark="m" * 26).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(work, range(8)))
    assert len(made) == 1
    assert lines_of(invoice) == [("usage", "10", "29.00", "290.00"), ("adjustment", "1", "40.00", "40.00")]


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_the_pdf_tells_it_in_the_customers_language(plain_story: Story, language: str) -> None:
    limit(plain_story)
    Customer.objects.filter(pk=plain_story.contract.customer_id).update(language=language)
    adjust(plain_story, drafted(plain_story), CREDIT)
    final = plain_story.finalize(plain_story.close(MARCH, now=NOW), now=NOW, render=True)
    document = final.documents.get(kind="pdf")
    text = "".join(page.extract_text() for page in PdfReader(stored_path(document.storage_key, document.sha256)).pages)
    words = " ".join(text.split())
    assert REASON.partition(" of ")[0] in words
    assert {"en": "Adjustment", "de": "Anpassung", "fr": "Ajustement"}[language] in words
    assert ("−58.00" if language == "en" else "−58,00") in words


def test_verifying_says_that_a_person_made_the_line(plain_story: Story) -> None:
    limit(plain_story)
    adjust(plain_story, drafted(plain_story), CREDIT)
    final = plain_story.finalize(plain_story.close(MARCH, now=NOW), now=NOW, render=True)
    bundle = final.documents.get(kind="bundle")
    found = verify_bundle(stored_path(bundle.storage_key, bundle.sha256))
    assert found.differences == ()
    said = "One line over -58.00 EUR is an adjustment that a person made, for the reason it gives."
    assert said.replace("-", "−") in [sentence.replace("-", "−") for sentence in found.stated]
    for change, sentence in (
        ({"adjustments": []}, "is an adjustment without a reason"),
        ({"lines": final.frozen["lines"][:1]}, "is on no line"),
        ({"working": final.frozen["working"][:-1]}, "the working does not tell the adjustment"),
    ):
        told = [one.sentence for one in compare_adjustments({**final.frozen, **change})]
        assert [sentence in one for one in told] == [True], (change, told)
