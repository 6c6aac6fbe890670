"""A held month at the desk: until when the contract holds it, what a check did, and refusals with the way on."""

from collections.abc import Callable
from datetime import date

from billing.models import Invoice
from rollcall.period import Period
from tests.billing.story import APRIL, Story, at, lines_of, people
from tests.cast import Person
from tests.desk.browser import Browser

Desk = Callable[[Person], Browser]
FIRST_HALF = Period(date(2026, 4, 1), date(2026, 4, 17))
SILENT = Period(date(2026, 4, 17), date(2026, 4, 20))
SECOND_HALF = Period(date(2026, 4, 20), date(2026, 5, 1))
MISSING = "Days without a report, Hamburg-9: 17 to 19 Apr 2026 (3 days)."
UNTIL = "held until 10 May 2026, then billed with the days that are known"
RULE_DRAFTS = "Nothing holds it any more: checking again drafts it now."


def held_for_three_days(story: Story) -> str:
    """The address of April, which lacks three days."""
    story.deliver(people(150), FIRST_HALF, now=at(5, 1))
    story.deliver(people(150, first=101), SECOND_HALF, now=at(5, 1))
    assert story.close(APRIL, now=at(5, 3)).state == "held"
    return f"/admin/periods/{story.row(APRIL).pk}/"


def test_a_held_month_says_until_when_and_what_follows(plain_story: Story, desk: Desk) -> None:
    address = held_for_three_days(plain_story)

    finance = desk(plain_story.house.finance).open(address)
    assert f"Held: {MISSING}" in finance.page
    assert f"By the contract it is {UNTIL}." in finance.page
    assert RULE_DRAFTS not in finance.page
    assert f"{MISSING} By the contract {UNTIL}." in finance.open("/admin/").page

    finance.open(address).send("/check/")
    assert f"Checked again: still held. {MISSING}" in finance.page
    assert Invoice.objects.count() == 0


def test_after_the_days_of_the_contract_a_check_drafts_and_says_by_which_rule(
    plain_story: Story, desk: Desk, today: Callable[[int, int], None]
) -> None:
    address = held_for_three_days(plain_story)
    today(5, 10)
    finance = desk(plain_story.house.finance).open(address)
    assert RULE_DRAFTS not in finance.page

    today(5, 11)
    finance.open(address)
    assert RULE_DRAFTS in finance.page
    assert "Check again and draft" in finance.page
    finance.send("/check/")

    draft = Invoice.objects.get()
    assert lines_of(draft) == [("usage", "250", "29.00", "7250.00")]
    assert finance.address == f"/admin/invoices/{draft.public_id}/"
    said = f"Checked again: drafted, 7,250.00 EUR before tax. {MISSING} By the contract the period was {UNTIL}."
    assert said in finance.page


def test_a_check_after_the_days_have_arrived_names_no_rule(plain_story: Story, desk: Desk) -> None:
    address = held_for_three_days(plain_story)
    finance = desk(plain_story.house.finance).open(address)
    plain_story.deliver(people(20, first=241), SILENT, now=at(5, 3), review=False)

    assert RULE_DRAFTS in finance.open(address).page
    finance.send("/check/")

    assert lines_of(Invoice.objects.get()) == [("usage", "260", "29.00", "7540.00")]
    assert "Checked again: drafted, 7,540.00 EUR before tax." in finance.page
    assert "By the contract" not in finance.page


def test_a_release_that_comes_too_late_names_the_month_and_leads_to_its_draft(plain_story: Story, desk: Desk) -> None:
    address = held_for_three_days(plain_story)
    late = desk(plain_story.house.finance).open(address)
    manager = desk(plain_story.house.account_manager).open(address)
    manager.send("/release/", reason="The site was closed for three days.")
    draft = Invoice.objects.get()

    late.send("/release/", reason="The site was closed for three days.")

    row = plain_story.row(APRIL)
    said = f"{row.contract.number}, seats, 1 to 30 Apr 2026 (Europe/Berlin) is drafted; only a held period is released."
    assert f"{said} Open the draft" in late.page
    assert f"#{row.pk}" not in late.page
    answer = late.client.get(late.address).content.decode()
    assert f'href="/admin/invoices/{draft.public_id}/"' in answer


def test_an_outdated_draft_is_named_by_its_contract_and_month(plain_story: Story, desk: Desk) -> None:
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 3)).invoice
    assert draft is not None
    finance = desk(plain_story.house.finance).open(f"/admin/invoices/{draft.public_id}/finalize/")
    plain_story.deliver(people(103), APRIL, now=at(5, 3), review=False)

    finance.send("/finalize/")

    named = f"the draft of {draft.contract.number} for 1 to 30 Apr 2026 (Europe/Berlin)"
    assert f"changed after {named} was computed. Compute it again, look at the new draft" in finance.page
    assert "Open the draft" in finance.page
    assert draft.public_id not in finance.page


def test_a_month_that_waits_for_a_file_leads_to_the_file(plain_story: Story, desk: Desk) -> None:
    plain_story.deliver(people(150), FIRST_HALF, now=at(5, 1))
    waiting = plain_story.deliver(people(150), SECOND_HALF, now=at(5, 1), read=False)
    assert plain_story.close(APRIL, now=at(5, 3)).held_code == "report_waiting"

    manager = desk(plain_story.house.account_manager).open(f"/admin/periods/{plain_story.row(APRIL).pk}/")

    assert waiting.file_name in manager.page
    assert manager.leads_to(f"/admin/usage/usagereport/{waiting.pk}/change/")
