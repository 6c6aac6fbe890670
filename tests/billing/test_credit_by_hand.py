"""A person credits a finalized invoice: whole, by line, by users or by amount; parts add back to it, to the cent."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billing.credit_parts import OfAmount, OfLine, OfUsers, Part, PartRefused, Whole
from billing.crediting import CreditOutdated, credit_state
from billing.documents.snapshot import check_snapshot
from billing.invariants import CHECKS
from billing.models import Invoice, InvoiceSeries
from billing.operations.credit_invoice import CreditNoteWaits, CreditUnexplained, credit_invoice
from billing.operations.discard_draft import discard_draft
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.make_bundle import make_bundle
from billing.operations.render_document import render_document
from billing.queries.bundles import public_key_of
from billing.settling_documents import MoreThanHeld
from billing.state_moves import MoveRefused
from ground.storage import stored_path
from rollcall.evidence.verify import verify_bundle
from tests.billing.story import APRIL, Story, amounts_of, at, lines_of, people, per_user, story_of, terms_json
from tests.cast import House

REASON = "Three accounts were test accounts of our own people."


def credit(story: Story, invoice: Invoice, *parts: Part, day: int = 14) -> Invoice:
    return credit_invoice(actor=story.finance, invoice=invoice, parts=parts, reason=REASON, now=at(5, day))


def final(story: Story, draft: Invoice, *, day: int = 14) -> Invoice:
    return finalize_invoice(actor=story.finance, invoice=draft, now=at(5, day), today=at(5, day).date())


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


def billed(story: Story, users: int = 100) -> Invoice:
    story.deliver(people(users), APRIL, now=at(5, 1))
    return story.bill(APRIL, now=at(5, 3))


def tiered(house: House) -> Story:
    """EUR 29.00 up to 10 users, then 24.99; a discount of 10 %."""
    price = {
        "model": "graduated",
        "bound": "inclusive",
        "tiers": [{"up_to": 10, "unit_price": "29.00"}, {"up_to": None, "unit_price": "24.99"}],
    }
    seats = per_user("29.00")["seats"] | {"price": price, "discounts": [{"name": "Partner", "percent": "10"}]}
    return story_of(house, terms=terms_json(charges={"seats": seats}))


def test_a_whole_invoice_is_given_back_line_by_line(plain_story: Story) -> None:
    invoice = billed(plain_story)
    draft = credit(plain_story, invoice, Whole())

    assert (draft.kind, draft.state, draft.corrects) == ("credit_note", "draft", invoice)
    assert lines_of(draft) == [("given_back", "100", "29.00", "2900.00")]
    assert amounts_of(draft) == amounts_of(invoice)
    note = final(plain_story, draft)
    assert note.number == "C-0001"
    assert note.frozen["corrects"]["number"] == "R-0001"
    assert note.frozen["corrects"]["reason"] == REASON
    assert note.frozen["working"][0]["words"] == f"Given back of R-0001: {REASON}"
    assert note.frozen["lines"][0]["words"].startswith("Given back: ")
    assert note.frozen["counts"] == invoice.frozen["counts"]
    assert credit_state(invoice=invoice).room == 0
    assert findings() == []


def test_two_parts_add_back_to_the_tax_of_the_invoice(plain_story: Story) -> None:
    invoice = billed(plain_story, users=7)  # EUR 203.00 and 38.57 of tax
    notes = [
        final(plain_story, credit(plain_story, invoice, OfAmount(amount=Decimal(some)))) for some in ("67.67", "67.67")
    ]
    notes.append(final(plain_story, credit(plain_story, invoice, Whole())))

    assert [note.net_amount for note in notes] == [Decimal("67.67"), Decimal("67.67"), Decimal("67.66")]
    # 19 % of 67.67 is 12.86 each time; of both 25.71, so the second has a cent less, and the last one the rest.
    assert [note.tax_amount for note in notes] == [Decimal("12.86"), Decimal("12.85"), Decimal("12.86")]
    assert sum(note.gross_amount for note in notes) == invoice.gross_amount
    for note in notes:
        check_snapshot(note.frozen)
    assert findings() == []


def test_users_come_back_from_the_highest_tier_with_their_part_of_the_discount(committed_house: House) -> None:
    story = tiered(committed_house)
    invoice = billed(story, users=13)
    assert [(kind, amount) for kind, _, _, amount in lines_of(invoice)] == [
        ("usage", "290.00"),
        ("usage", "74.97"),
        ("discount", "-36.50"),
    ]

    draft = credit(story, invoice, OfUsers(position=1, users=5))

    # Three people cost 24.99 and two 29.00; they had 10 % of 132.97 less.
    assert lines_of(draft) == [
        ("given_back", "2", "29.00", "58.00"),
        ("given_back", "3", "24.99", "74.97"),
        ("given_back", "-1", "13.30", "-13.30"),
    ]
    note = final(story, draft)
    assert note.net_amount == Decimal("119.67")
    state = credit_state(invoice=invoice)
    assert [row.users_left for row in state.lines] == [8, 0, 0]
    rest = final(story, credit(story, invoice, OfUsers(position=2, users=8)))
    assert credit_state(invoice=invoice).room == 0
    assert note.gross_amount + rest.gross_amount == invoice.gross_amount
    assert findings() == []


def capped(house: House, limits: dict[str, object]) -> Story:
    """Users at EUR 29.00 and EUR 750.00 of support, with limits over both."""
    support = {"price": {"model": "fixed", "amount": "750.00"}, "in_part_periods": "whole"}
    charges = {**per_user("29.00"), "support": support}
    return story_of(house, terms=terms_json(charges=charges, limits=limits))


def test_users_come_back_with_their_part_of_the_cap_of_the_whole_contract(committed_house: House) -> None:
    story = capped(committed_house, {"cap": {"amount": "3500.00", "per": "cycle"}})
    invoice = billed(story)
    assert invoice.net_amount == Decimal("3500.00")

    draft = credit(story, invoice, OfUsers(position=1, users=10))

    # 290.00 of 3,650.00 before the cap, which took 150.00: 11.92 of it.
    assert lines_of(draft) == [("given_back", "10", "29.00", "290.00"), ("given_back", "-1", "11.92", "-11.92")]
    notes = [final(story, draft)]
    for users in (45, 45):
        notes.append(final(story, credit(story, invoice, OfUsers(position=1, users=users))))
    assert [note.net_amount for note in notes] == [Decimal("278.08"), Decimal("1251.37"), Decimal("1251.37")]
    rest = final(story, credit(story, invoice, Whole()))
    # 750.00 of support, and what is left of the cap: 30.82.
    assert rest.net_amount == Decimal("719.18")
    made = make_bundle(invoice_id=notes[0].pk, now=at(5, 14))
    checked = verify_bundle(stored_path(made.storage_key, made.sha256))
    assert [one.words() for one in checked.differences] == []
    assert sum(note.gross_amount for note in (*notes, rest)) == invoice.gross_amount
    assert findings() == []


def test_the_last_users_take_all_that_lowered_them(committed_house: House) -> None:
    cap = {"cap": {"amount": "200.00", "per": "cycle"}}
    story = story_of(committed_house, terms=terms_json(charges=per_user("29.00"), limits=cap))
    invoice = billed(story, users=7)

    notes = [final(story, credit(story, invoice, OfUsers(position=1, users=users))) for users in (1, 1, 1, 1, 1, 1, 1)]

    # 3.00 above the cap: 0.43 of each, and 0.42 of the last.
    assert [note.net_amount for note in notes] == [Decimal("28.57")] * 6 + [Decimal("28.58")]
    assert credit_state(invoice=invoice).room == 0
    assert findings() == []


def test_a_discount_on_another_charge_is_not_taken_off_users(committed_house: House) -> None:
    half = {"name": "Launch", "percent": "50", "charges": ["support"]}
    both = {"name": "Partner", "percent": "10"}
    story = capped(committed_house, {"discounts": [half, both], "cap": {"amount": "2900.00", "per": "cycle"}})
    invoice = billed(story)
    assert [amount for _, _, _, amount in lines_of(invoice)] == ["2900.00", "750.00", "-375.00", "-327.50", "-47.50"]

    draft = credit(story, invoice, OfUsers(position=1, users=10))

    # 10 % of 290.00, and of the 47.50 above the cap as much as 261.00 is of 2,947.50.
    assert [amount for _, _, _, amount in lines_of(draft)] == ["290.00", "-29.00", "-4.21"]
    assert final(story, draft).net_amount == Decimal("256.79")
    assert findings() == []


def test_a_line_is_given_back_wholly_or_in_part(committed_house: House) -> None:
    story = tiered(committed_house)
    invoice = billed(story, users=13)

    draft = credit(story, invoice, OfLine(position=2), OfLine(position=1, amount=Decimal("20.00")))

    assert lines_of(draft) == [("given_back", "1", "20.00", "20.00"), ("given_back", "3", "24.99", "74.97")]
    final(story, draft)
    with pytest.raises(PartRefused, match=r"Of line 2 EUR 0\.00 is left"):
        credit(story, invoice, OfLine(position=2, amount=Decimal("0.01")))
    assert findings() == []


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([OfAmount(amount=Decimal("2900.01"))], r"holds EUR 2,900\.00 before tax"),
        ([OfLine(position=1), OfLine(position=1, amount=Decimal(1))], r"Of line 1 EUR 0\.00 is left"),
        ([OfUsers(position=1, users=101)], "have 100 users left to give back, not 101"),
        ([OfLine(position=4)], "has no line 4"),
        ([OfLine(position=1, amount=Decimal("1.005"))], "no more decimals than EUR has"),
        ([OfLine(position=1, amount=Decimal("NaN"))], "no more decimals than EUR has"),
        ([], "Nothing would be given back"),
    ],
)
def test_more_than_there_is_is_refused(plain_story: Story, parts: Sequence[Part], sentence: str) -> None:
    invoice = billed(plain_story)
    with pytest.raises((PartRefused, MoreThanHeld), match=sentence):
        credit(plain_story, invoice, *parts)
    assert not invoice.credit_notes.exists()


def test_one_draft_at_a_time_and_asked_twice_it_is_the_same(plain_story: Story) -> None:
    invoice = billed(plain_story)
    draft = credit(plain_story, invoice, OfUsers(position=1, users=3))

    assert credit(plain_story, invoice, OfUsers(position=1, users=3)) == draft
    with pytest.raises(CreditNoteWaits):
        credit(plain_story, invoice, OfUsers(position=1, users=4))
    discard_draft(actor=plain_story.finance, invoice=draft, reason="The wrong number.", now=at(5, 14))
    assert credit(plain_story, invoice, OfUsers(position=1, users=4)).net_amount == Decimal("116.00")
    with pytest.raises(CreditUnexplained):
        credit_invoice(actor=plain_story.finance, invoice=invoice, parts=[Whole()], reason="Oops", now=at(5, 14))
    with pytest.raises(MoveRefused, match="not finalized"):
        credit(plain_story, invoice.credit_notes.get(), Whole())


def test_the_bundle_and_the_documents_of_a_credit_note_by_hand(committed_house: House) -> None:
    story = tiered(committed_house)
    invoice = billed(story, users=13)
    note = final(story, credit(story, invoice, OfUsers(position=1, users=5)))

    render_document(invoice_id=note.pk, now=at(5, 14))
    made = make_bundle(invoice_id=note.pk, now=at(5, 14))

    key = public_key_of(note)
    assert key is not None
    checked = verify_bundle(stored_path(made.storage_key, made.sha256), key=bytes(key.public_key))
    assert [one.words() for one in checked.differences] == []
    assert checked.outcome == "equal"
    assert findings() == []


def test_a_draft_that_no_longer_fits_is_refused(plain_story: Story) -> None:
    invoice = billed(plain_story)
    draft = credit(plain_story, invoice, Whole())
    Invoice.objects.filter(pk=draft.pk).update(tax_amount=draft.tax_amount - 1, gross_amount=draft.gross_amount - 1)

    with pytest.raises(CreditOutdated, match="Discard it, and credit what is left"):
        final(plain_story, draft)


def test_the_database_alone_refuses_to_give_back_a_line_twice(committed_house: House) -> None:
    story = tiered(committed_house)
    invoice = billed(story, users=13)
    final(story, credit(story, invoice, OfLine(position=2)))
    draft = credit(story, invoice, OfAmount(amount=Decimal("74.97")))
    line = draft.lines.order_by("position").first()
    assert line is not None
    # Past every operation the draft gives back the second line, which is gone already.
    second = invoice.lines.get(position=2)
    with transaction.atomic():
        draft.lines.exclude(pk=line.pk).delete()
        draft.lines.filter(pk=line.pk).update(
            credited_line=second, amount=second.amount, quantity=second.quantity, unit_price=second.unit_price
        )

    with pytest.raises(CreditOutdated):
        final(story, draft)
    with pytest.raises(IntegrityError, match=r"Line 2 of invoice R-0001 billed 74\.9700 and cannot give back 149\.94"):
        stamp(draft)


def stamp(draft: Invoice) -> None:
    """Make a draft final past every operation; the check of what it gives back comes before that of its number."""
    with transaction.atomic():
        series = InvoiceSeries.objects.get(kind="credit_note")
        Invoice.objects.filter(pk=draft.pk).update(state="finalized", series=series, sequence=2)


def test_what_credit_of_the_contract_paid_is_not_paid_out(committed_house: House) -> None:
    pool = {"name": "welcome", "amount": "50.00", "granted": "once", "on": "2026-04-01", "expires": "term"}
    term = {"start": "2026-04-01", "end": "2027-01-01"}
    limits = {"credits": [pool | {"priority": 1, "applies": "after_tax"}]}
    story = story_of(committed_house, terms=terms_json(term=term, charges=per_user("29.00"), limits=limits))
    invoice = billed(story, users=10)
    assert (invoice.gross_amount, invoice.prepaid_amount) == (Decimal("345.10"), Decimal("50.00"))

    first = final(story, credit(story, invoice, OfAmount(amount=Decimal("240.00"))))
    rest = final(story, credit(story, invoice, Whole()))

    # Of 345.10 the customer paid 295.10 in money: 285.60 go back with the first note, 9.50 with the second.
    assert (first.gross_amount, first.prepaid_amount) == (Decimal("285.60"), Decimal(0))
    assert (rest.gross_amount, rest.prepaid_amount) == (Decimal("59.50"), Decimal("50.00"))
    assert rest.frozen["totals"]["payable"] == "9.50"
    assert findings() == []
