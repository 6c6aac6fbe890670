"""True-ups through the desk's own forms: found in the list, looked at side by side, decided, approved, taken home."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal

from billing.models import Invoice, TrueUp
from tests.billing.story import APRIL, Story, at, lines_of, people, per_user, story_of, terms_json
from tests.billing.test_true_up_decisions import story_with
from tests.cast import House, Person
from tests.desk.browser import Browser

Desk = Callable[[Person], Browser]
Today = Callable[[int, int], None]
REASON = "The tablets synchronized late."
WHY_LESS = "Half of it was our own outage."


def late_in_april(story: Story, *, late: int = 117) -> TrueUp:
    story.deliver(people(100), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    story.deliver(people(late), APRIL, now=at(5, 12))
    return TrueUp.objects.get(state="proposed")


def test_the_list_leads_to_what_waits_and_goes_home_as_a_file(committed_house: House, desk: Desk, today: Today) -> None:
    true_up = late_in_april(story_with(committed_house))
    today(5, 13)
    manager = desk(committed_house.account_manager).open("/admin/true-ups/")

    assert "1 true-up to decide" in manager.page
    for words in ("K-2026-009", "late usage", "+493.00", "to decide", "R-0001"):
        assert words in manager.page, words
    for nothing in ("?state=accepted", "?kind=amendment", "?find=nobody", "?settle=credit_note"):
        assert "No true-up is in this view." in manager.open(f"/admin/true-ups/{nothing}").page
    assert "1 true-up" in manager.open("/admin/true-ups/?state=all&sort=money&find=r-0001").page
    (header, row) = csv.reader(io.StringIO(manager.download("/admin/true-ups/?as=csv").decode("utf-8-sig")))
    said = dict(zip(header, row, strict=True))
    assert (said["period start"], said["difference before tax"], said["new users"]) == ("2026-04-01", "493.00", "17")
    assert manager.download("/admin/true-ups/?as=xlsx").startswith(b"PK")
    assert str(true_up.public_id) not in manager.page


def test_a_number_stands_in_the_side_bar_while_one_waits(committed_house: House, desk: Desk, today: Today) -> None:
    # The name of an icon leads each entry.
    manager = desk(committed_house.account_manager)
    assert "True-ups event True-ups to come" in manager.open("/admin/true-ups/").page
    late_in_april(story_with(committed_house))
    today(5, 13)
    assert "True-ups 1 event True-ups to come" in manager.open("/admin/true-ups/").page


def test_the_page_shows_both_ratings_the_people_and_the_policy(
    committed_house: House, desk: Desk, today: Today
) -> None:
    story = story_with(committed_house, ignore_below="50.00", approve_above="1000.00", window_days=60)
    true_up = late_in_april(story)
    today(5, 13)
    address = f"/admin/true-ups/{true_up.public_id}/"
    manager = desk(committed_house.account_manager).open(address)

    for words in (
        "60 days after the period: until 29 Jun 2026",
        "new facts count for 47 more days",
        "below it nothing is settled",
        "above it a second person approves",
        "100 + 17 − 0 = 117",
        "2,900.00",
        "3,393.00",
        "Changed 17",
        "Unchanged 100",
        "user0101@aurel.example",
    ):
        assert words in manager.page, words
    unchanged = manager.open(f"{address}?people=unchanged&page=2").page
    assert "as before" in unchanged
    assert "51 to 100 of 100 people" in unchanged
    assert "user0101@aurel.example" not in unchanged
    listed = csv.DictReader(io.StringIO(manager.download(f"{address}people/new.csv").decode("utf-8-sig")))
    assert [(row["user"], row["what changed"]) for row in listed] == [(name, "new") for name in people(17, first=101)]
    assert manager.download(f"{address}people/unchanged.xlsx").startswith(b"PK")
    assert manager.open(f"{address}people/everybody.csv").status == 404


def test_what_one_file_brought_to_several_charges_stands_together(
    committed_house: House, desk: Desk, today: Today
) -> None:
    charges = per_user("29.00") | {
        "support": {"metric": "active", "price": {"model": "per_user", "unit_price": "3.00"}}
    }
    story = story_of(committed_house, terms=terms_json(charges=charges))
    story.deliver(people(100), APRIL, now=at(5, 1))
    story.bill(APRIL, now=at(5, 3))
    story.deliver(people(117), APRIL, now=at(5, 12))
    seats, support = TrueUp.objects.order_by("charge_key")
    today(5, 13)

    page = desk(committed_house.account_manager).open(f"/admin/true-ups/{support.public_id}/").page

    assert "K-2026-009 , support a correction, proposed" in page
    assert "One fact brought 2 true-ups; each is decided by itself." in page
    assert "April 2026 , seats seats 2,900.00 3,393.00 +493.00 EUR to decide" in page
    assert "April 2026, this one support 300.00 351.00 +51.00 EUR to decide" in page
    assert (seats.difference_amount, support.difference_amount) == (Decimal("493.00"), Decimal("51.00"))


def test_each_refusal_stands_at_its_field_and_nothing_typed_is_lost(
    committed_house: House, desk: Desk, today: Today
) -> None:
    true_up = late_in_april(story_with(committed_house))
    today(5, 13)
    manager = desk(committed_house.account_manager).open(f"/admin/true-ups/{true_up.public_id}/")

    manager.send("/decide/", decision="next_invoice", reason="late")
    assert "4 characters are not a reason. Name what came late and from where" in manager.page
    manager.send("/decide/", decision="next_invoice", reason=REASON, amount="much")
    assert "Write the amount with digits and a point, as in 1250.00." in manager.page
    manager.send("/decide/", decision="next_invoice", reason=REASON, amount="500")
    assert "Settle an amount between nothing and EUR 493.00" in manager.page
    manager.send("/decide/", decision="next_invoice", reason=REASON, amount="246.50")
    assert "Say in at least 20 characters why only EUR 246.50 of EUR 493.00 is settled" in manager.page
    assert REASON in manager.page
    # What was typed is still on the page.
    manager.send("/decide/", decision="next_invoice", reason=REASON, amount="246.50", adjustment_reason=WHY_LESS)

    true_up.refresh_from_db()
    assert (true_up.state, str(true_up.settled_amount), true_up.reason) == ("accepted", "246.5000", REASON)
    assert "Accepted: the next invoice of this contract carries it." in manager.page
    assert f"Why not all of it: {WHY_LESS}" in manager.page


def test_above_the_limit_another_person_approves_on_the_page(committed_house: House, desk: Desk, today: Today) -> None:
    story = story_with(committed_house, approve_above="400.00")
    true_up = late_in_april(story)
    today(5, 13)
    address = f"/admin/true-ups/{true_up.public_id}/"
    manager = desk(committed_house.account_manager).open(address)

    manager.send("/decide/", decision="own_invoice", reason=REASON)
    assert "Decided: nothing is billed before a second person approves it." in manager.page
    assert not manager.has_form("/approve/")
    finance = desk(committed_house.finance).open(address)
    finance.send("/send-back/", back_reason="no")
    assert "Say in at least 20 characters what should be decided otherwise." in finance.page
    finance.send("/approve/")

    assert "Accepted: its invoice is drafted, and finance finalizes it." in finance.page
    assert f"Approved by {story.finance.name}" in finance.page
    draft = Invoice.objects.get(state="draft")
    assert lines_of(draft) == [("true_up", "1", "493.00", "493.00")]
    finance.open(f"/admin/invoices/{draft.public_id}/").finalize()
    assert "Finalized as R-0002" in finance.page
    assert "R-0002" in finance.open(address).page


def test_a_credit_note_is_decided_finalized_and_seen_by_the_customer(
    committed_house: House, desk: Desk, today: Today
) -> None:
    story = story_with(committed_house)
    true_up = late_in_april(story, late=90)
    today(5, 13)
    address = f"/admin/true-ups/{true_up.public_id}/"
    manager = desk(committed_house.account_manager).open(address)
    assert "which holds 2,900.00 EUR before tax" in manager.page

    manager.send("/decide/", decision="credit_note", reason=REASON)
    assert "Accepted: its credit note is drafted, and finance finalizes it." in manager.page
    draft = Invoice.objects.get(state="draft")
    finance = desk(committed_house.finance).open(f"/admin/invoices/{draft.public_id}/")
    assert "345.10" in finance.page
    finance.finalize()

    assert "Finalized as C-0001" in finance.page
    assert "Credit note" in finance.page
    assert "C-0001" in finance.open(address).page
    note = Invoice.objects.select_related("corrects").get(kind="credit_note")
    assert note.corrects is not None
    customer = desk(committed_house.customer_admin_a).open(f"/invoices/{note.public_id}/")
    for words in ("345.10 EUR given back for April 2026", "Credit note C-0001", "corrects R-0001", "Total given back"):
        assert words in customer.page, words
    listed = customer.open("/invoices/").page
    assert "C-0001 credit note" in listed
    assert "−345.10" in listed.replace("− 345", "−345")
    assert "corrected by C-0001" in customer.open(f"/invoices/{note.corrects.public_id}/").page
