"""Finance credits a finalized invoice through the desk's own form, and looks at the credit note before it is drafted."""

from collections.abc import Callable
from decimal import Decimal

from billing.models import Invoice
from tests.billing.story import APRIL, Story, amounts_of, at, lines_of, people
from tests.cast import Person
from tests.desk.browser import Browser

Desk = Callable[[Person], Browser]
REASON = "Three accounts were test accounts of our own people."


def billed(story: Story) -> Invoice:
    story.deliver(people(100), APRIL, now=at(5, 1))
    return story.bill(APRIL, now=at(5, 3))


def test_three_users_are_looked_at_drafted_and_finalized(plain_story: Story, desk: Desk) -> None:
    invoice = billed(plain_story)
    finance = desk(plain_story.house.finance).open(f"/admin/invoices/{invoice.public_id}/")
    assert "/credit/" in str(finance.client.get(f"/admin/invoices/{invoice.public_id}/").content)
    finance.open(f"/admin/invoices/{invoice.public_id}/credit/")

    finance.send("/credit/", way="users", **{"users-1": "3", "do": []})
    assert "Given back, 3 of 100: " in finance.page
    for amount in ("87.00", "16.53", "103.53", "2,813.00"):
        assert amount in finance.page, amount
    assert not Invoice.objects.filter(kind="credit_note").exists()

    finance.send("/credit/", way="users", reason="Oops", **{"users-1": "3"})
    assert "Say in at least 12 characters" in finance.page
    assert finance.status == 422
    finance.send("/credit/", way="users", reason=REASON, **{"users-1": "3"})

    draft = Invoice.objects.get(kind="credit_note")
    assert lines_of(draft) == [("given_back", "3", "29.00", "87.00")]
    assert "Drafted. Look at it, then finalize it" in finance.page
    assert f"Given back of R-0001: {REASON}" in finance.page
    finance.finalize()
    assert "Finalized as C-0001" in finance.page
    assert amounts_of(draft) == (Decimal("87.00"), Decimal("16.53"), Decimal("103.53"))
    finance.open(f"/admin/invoices/{invoice.public_id}/")
    assert "corrected by C-0001" in finance.page
    finance.open(f"/admin/invoices/{invoice.public_id}/credit/")
    assert "holds 2,813.00 EUR" in finance.page


def test_each_way_says_beside_its_field_what_is_wrong(plain_story: Story, desk: Desk) -> None:
    invoice = billed(plain_story)
    finance = desk(plain_story.house.finance).open(f"/admin/invoices/{invoice.public_id}/credit/")
    for values, sentence in (
        ({}, "Choose what is given back."),
        ({"way": "lines"}, "Nothing is written yet."),
        ({"way": "amount", "amount": "1,250"}, "with digits and a point"),
        ({"way": "amount", "amount": "2900.01"}, "holds EUR 2,900.00 before tax"),
        ({"way": "users", "users-1": "-3"}, "Write a whole number of users."),
        ({"way": "users", "users-1": "101"}, "not 101"),
        ({"way": "lines", "lines-1": "NaN"}, "with digits and a point"),
        ({"way": "lines", "lines-1": "0.001"}, "no more decimals than EUR has"),
    ):
        finance.send("/credit/", reason=REASON, **values)
        assert (sentence in finance.page, finance.status) == (True, 422), sentence
    assert not Invoice.objects.filter(kind="credit_note").exists()


def test_a_draft_is_discarded_and_nothing_is_given_back(plain_story: Story, desk: Desk) -> None:
    invoice = billed(plain_story)
    finance = desk(plain_story.house.finance).open(f"/admin/invoices/{invoice.public_id}/credit/")
    finance.send("/credit/", way="whole", reason=REASON)
    finance.send("/discard/", reason="The wrong invoice.")
    assert "Discarded: nothing of R-0001 is given back." in finance.page
    assert not Invoice.objects.filter(kind="credit_note").exists()


def test_only_finance_credits(plain_story: Story, desk: Desk) -> None:
    invoice = billed(plain_story)
    browser = desk(plain_story.house.account_manager).open(f"/admin/invoices/{invoice.public_id}/credit/")
    assert "Finance credits." in browser.page
    browser.send("/credit/", way="whole", reason=REASON, **{"do": "draft"} if "do" in browser.forms else {})
    assert not Invoice.objects.filter(kind="credit_note").exists()
