"""Credit notes: within what their invoices held, line by line, rate by rate, and saying so."""

from collections import defaultdict
from decimal import Decimal

from billing.invariants.report import CheckResult
from billing.models import Invoice, InvoiceLine
from billing.settling_documents import held_amount
from billing.totals import added_up, tax_entries
from rollcall.money import exact_sum

FINALIZED = Invoice.State.FINALIZED


def credit_notes_are_within_their_invoices() -> CheckResult:
    """What a credit note gives back, its invoice held, at the tax at which it was billed; and it names that invoice."""
    result = CheckResult(name="credit notes give back what their invoices held", figures={"credit notes": 0})
    originals: dict[int, Invoice] = {}
    notes = Invoice.objects.filter(kind=Invoice.Kind.CREDIT_NOTE, state=FINALIZED)
    for note in notes.select_related("corrects").order_by("pk"):
        result.count("credit notes")
        who, original = f"credit note {note.number} (row {note.pk})", note.corrects
        with result.reading(who):
            if original is None:
                result.expect(False, f"{who}: it corrects no invoice")
                continue
            originals[original.pk] = original
            held = held_amount(original, is_final=True)
            result.expect(held >= 0, f"{who}: invoice {original.number} gave back {-held} more than it held")
            named = note.frozen.get("corrects", {}).get("number")
            result.expect(named == original.number, f"{who}: it corrects {original.number}, its snapshot says {named}")
            taxes = set(original.lines.values_list("tax_category", "tax_rate"))
            own = set(note.lines.values_list("tax_category", "tax_rate"))
            result.expect(own <= taxes, f"{who}: its tax is {own}, that of {original.number} is {taxes}")
    for original in originals.values():
        with result.reading(f"invoice {original.number} (row {original.pk})"):
            _lines(result, original)
            _in_order(result, original)
    return result


def _lines(result: CheckResult, original: Invoice) -> None:
    """No line gave back more than it billed, nor anything in the other direction."""
    given: dict[int, list[Decimal]] = defaultdict(list)
    credits = InvoiceLine.objects.filter(credited_line__invoice=original, invoice__state=FINALIZED)
    for pk, amount in credits.values_list("credited_line_id", "amount"):
        given[pk or 0].append(amount)
    for line in original.lines.order_by("position"):
        back = exact_sum(given.get(line.pk, []))
        within = min(line.amount, Decimal(0)) <= back <= max(line.amount, Decimal(0))
        who = f"invoice {original.number}, line {line.position} (row {line.pk})"
        result.expect(within, f"{who}: {back} of {line.amount} went back")


def _in_order(result: CheckResult, original: Invoice) -> None:
    """Each note by hand states what the notes before it gave back of each tax, and together they stay within all."""
    notes = original.credit_notes.filter(state=FINALIZED).order_by("issue_date", "finalized_at", "sequence")
    before: list[dict[str, str]] = []
    by_hand = True
    for note in notes:
        stated = note.frozen["corrects"].get("before")
        by_hand = by_hand and stated is not None
        if stated is not None:
            who = f"credit note {note.number} (row {note.pk})"
            result.expect(stated == before, f"{who}: {before} was given back before it, its snapshot says {stated}")
        before = tax_entries(added_up([*before, *note.frozen["totals"]["taxes"]]), original.currency)
    who = f"invoice {original.number} (row {original.pk})"
    tax, prepaid = (exact_sum(notes.values_list(name, flat=True)) for name in ("tax_amount", "prepaid_amount"))
    result.expect(
        not by_hand or tax <= original.tax_amount, f"{who}: {tax} of its tax of {original.tax_amount} went back"
    )
    result.expect(
        prepaid <= original.prepaid_amount, f"{who}: credits paid {original.prepaid_amount}, kept back is {prepaid}"
    )
