"""Amendments through the database: inside a cycle, at its boundary, and of months that were billed already."""

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.invariants import CHECKS
from billing.invariants.periods import ratings_repeat
from billing.invariants.true_ups import true_ups_are_settled_once
from billing.models import Invoice, TrueUp
from billing.operations.decide_true_up import decide_true_up
from billing.operations.finalize_invoice import DraftOutdated, finalize_invoice
from billing.operations.open_periods import PeriodsOverlap
from billing.operations.review_amendment import review_amendment
from licenses.models import ContractVersion
from licenses.operations.add_contract_version import add_contract_version
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, at, people, per_user, story_of, terms_json
from tests.cast import House


def amend(story: Story, day: date, *, month: int = 4, **changes: Any) -> ContractVersion:
    return add_contract_version(
        actor=story.manager,
        contract=story.contract,
        terms=terms_json(**changes),
        active=Period(day, date(2027, 1, 1)),
        agreed_at=at(month, 1),
        reason="the price of the second year",
    )


def lines(invoice: Invoice | None) -> list[tuple[str, str]]:
    assert invoice is not None
    return [(line.key, f"{line.amount:.2f}") for line in invoice.lines.order_by("position")]


def holds_again() -> None:
    for check in (ratings_repeat(), true_ups_are_settled_once()):
        assert check.findings == []


def start(house: House, **changes: Any) -> Story:
    return story_of(house, terms=terms_json(charges=per_user("10.00"), **changes))


DEARER = per_user("13.00")
MIDDLE = date(2026, 4, 11)


@pytest.mark.parametrize(
    ("rule", "april"),
    [
        ("next_cycle", [("seats/price", "90.00")]),
        ("whole_cycle", [("seats/price", "117.00")]),
        # 9 x 10.00 x 10/30 and 9 x 13.00 x 20/30.
        ("by_days", [("seats/price", "30.00"), ("seats/price@2026-04-11", "78.00")]),
    ],
)
def test_a_price_that_changes_inside_a_month(committed_house: House, rule: str, april: list[tuple[str, str]]) -> None:
    story = start(committed_house, mid_cycle=rule)
    amend(story, MIDDLE, charges=DEARER, mid_cycle=rule)
    for month, now in ((MARCH, at(4, 2)), (APRIL, at(5, 2)), (MAY, at(6, 2))):
        story.deliver(people(9), month, now=now)
    assert lines(story.close(MARCH, now=at(4, 3)).invoice) == [("seats/price", "90.00")]
    assert lines(story.close(APRIL, now=at(5, 3)).invoice) == april
    assert lines(story.close(MAY, now=at(6, 3)).invoice) == [("seats/price", "117.00")]

    row = story.row(APRIL)
    assert row.contract_version is not None
    assert row.contract_version.number == 1, "the version of its first day"
    assert [one["name"] for one in row.rated.rating["schedule"]] == ["version 1", "version 2"]
    named = [one["name"] for one in row.rated.rating.get("versions", [])]
    assert named == {"next_cycle": [], "whole_cycle": ["version 2"], "by_days": ["version 1", "version 2"]}[rule]
    assert "schedule" not in story.row(MARCH).rated.rating, "nothing had changed by the end of March"
    holds_again()


def test_the_customer_rates_an_amended_month_again_from_what_the_invoice_carries(
    committed_house: House, tmp_path: Path
) -> None:
    story = start(committed_house, mid_cycle="by_days")
    amend(story, MIDDLE, charges=DEARER, mid_cycle="by_days")
    for month, now in ((MARCH, at(4, 2)), (APRIL, at(5, 2))):
        story.deliver(people(9), month, now=now)
        invoice = story.bill(month, now=now, render=True)
    files = invoice.frozen["attachments"]
    assert [one["name"] for one in files["VERSIONS.json"]["versions"]] == ["version 1", "version 2"]
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    command = [sys.executable, "-m", "rollcall", "rate", "TERMS.json", "USAGE.json", "--versions", "VERSIONS.json"]
    done = subprocess.run(
        [*command, "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONUTF8": "1"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    march, april = json.loads(done.stdout)["periods"]
    assert (march["net_amount"], april["net_amount"]) == ("90.00", "108.00")
    assert [line["key"] for line in april["lines"]] == [line.key for line in invoice.lines.order_by("position")]


def test_a_charge_that_is_added_inside_a_month_has_its_row_and_its_days(committed_house: House) -> None:
    story = start(committed_house, mid_cycle="by_days")
    story.deliver(people(9), APRIL, now=at(5, 2))
    story.close(APRIL, now=at(5, 3))
    support = {"support": {"price": {"model": "fixed", "amount": "60.00"}}}
    amend(story, MIDDLE, charges=per_user("10.00") | support, mid_cycle="by_days")
    closing = story.close(APRIL, now=at(5, 3))
    assert lines(closing.invoice) == [("seats/price", "90.00"), ("support/price", "40.00")]
    invoice = story.finalize(closing, now=at(5, 3), render=True)
    assert invoice.frozen["charges"] == {
        "seats": {"metric": "active_users", "noun": "active users"},
        "support": {"metric": "fixed", "noun": "units"},
    }
    holds_again()


def test_a_draft_that_an_amendment_reaches_is_not_finalized_and_is_drawn_up_again(committed_house: House) -> None:
    story = start(committed_house, mid_cycle="by_days")
    story.deliver(people(9), APRIL, now=at(5, 2))
    closing = story.close(APRIL, now=at(5, 3))
    assert closing.invoice is not None
    version = amend(story, MIDDLE, charges=DEARER, mid_cycle="by_days")
    with pytest.raises(DraftOutdated, match="Reports or terms"):
        finalize_invoice(actor=story.finance, invoice=closing.invoice, now=at(5, 4), today=date(2026, 5, 4))
    assert review_amendment(version_id=version.pk, now=at(5, 4)).closed_again == 1
    assert review_amendment(version_id=version.pk, now=at(5, 4)).closed_again == 0
    story.finalize(story.close(APRIL, now=at(5, 4)), now=at(5, 4))
    closing.invoice.refresh_from_db()
    assert closing.invoice.net_amount == Decimal("108.00")
    assert closing.invoice.state == Invoice.State.FINALIZED


def test_a_later_amendment_does_not_touch_an_earlier_draft(committed_house: House) -> None:
    story = start(committed_house)
    story.deliver(people(9), APRIL, now=at(5, 2))
    closing = story.close(APRIL, now=at(5, 3))
    amend(story, date(2026, 5, 1), charges=DEARER)
    assert story.close(APRIL, now=at(5, 4)).changed is False
    assert story.finalize(closing, now=at(5, 4)).net_amount == Decimal("90.00")


def test_an_amendment_of_a_billed_month_is_a_true_up(committed_house: House) -> None:
    story = start(committed_house)
    for month, now in ((MARCH, at(4, 2)), (APRIL, at(5, 2))):
        story.deliver(people(9), month, now=now)
        story.bill(month, now=now)
    version = amend(story, date(2026, 4, 1), charges=per_user("8.00"), month=5)

    review = review_amendment(version_id=version.pk, now=at(5, 4))
    assert review_amendment(version_id=version.pk, now=at(5, 5)).proposed == review.proposed
    (true_up,) = TrueUp.objects.filter(contract=story.contract)
    assert true_up.billing_period == story.row(APRIL), "nothing before the day changes"
    assert true_up.difference_amount == Decimal("-18.00")
    assert true_up.before_count == true_up.after_count
    assert "the terms of seats changed since" in true_up.words

    story.accept(true_up, now=at(5, 6), reason="The price of the second year.")
    story.deliver(people(9), MAY, now=at(6, 2))
    closing = story.close(MAY, now=at(6, 3))
    assert [amount for _, amount in lines(closing.invoice)] == ["72.00", "-18.00"]
    story.finalize(closing, now=at(6, 3))

    # What arrives late for April is settled by the price that was agreed since, from what was settled last.
    story.deliver(people(10), APRIL, now=at(6, 4), made_at=at(6, 4))
    late = TrueUp.objects.filter(contract=story.contract, state=TrueUp.State.PROPOSED).get()
    assert late.difference_amount == Decimal("8.00")
    holds_again()


def test_a_waived_amendment_stays_waived(committed_house: House) -> None:
    story = start(committed_house)
    story.deliver(people(9), APRIL, now=at(5, 2))
    story.bill(APRIL, now=at(5, 2))
    version = amend(story, date(2026, 4, 1), charges=DEARER, month=5)
    review_amendment(version_id=version.pk, now=at(5, 4))
    true_up = TrueUp.objects.get(contract=story.contract)
    decide_true_up(actor=story.manager, true_up=true_up, accept=False, reason="Not for a past month.", now=at(5, 5))
    assert review_amendment(version_id=version.pk, now=at(5, 6)).proposed == ()
    holds_again()


def seats(*bought: tuple[str, int]) -> dict[str, Any]:
    return {
        "metrics": {
            "seats": {
                "kind": "seats",
                "bought": [{"from": day, "seats": number} for day, number in bought],
                "removed": "at_once",
            }
        },
        "charges": {
            "seats": {"metric": "seats", "bill": "in_advance", "price": {"model": "per_user", "unit_price": "8.00"}}
        },
    }


def test_seats_added_in_a_month_that_was_billed_in_advance_are_charged_for_the_days_left(
    committed_house: House,
) -> None:
    story = story_of(committed_house, terms=terms_json(**seats(("2026-01-01", 5))))
    story.finalize(story.close(APRIL, now=at(4, 1, 12)), now=at(4, 1, 12))
    version = amend(story, MIDDLE, **seats(("2026-01-01", 5), ("2026-04-11", 6)))

    review_amendment(version_id=version.pk, now=at(4, 11))
    (true_up,) = TrueUp.objects.filter(contract=story.contract)
    # Slack's own number: one more at 8.00 with 20 of 30 days left.
    assert true_up.difference_amount == Decimal("5.33")
    assert (true_up.before_count, true_up.after_count) == (None, None)
    story.accept(true_up, now=at(4, 12), reason="One more seat from 11 April on.")
    closing = story.close(APRIL, now=at(5, 1, 12))
    assert [amount for _, amount in lines(closing.invoice)] == ["48.00", "5.33"]
    story.finalize(closing, now=at(5, 2))
    assert review_amendment(version_id=version.pk, now=at(5, 3)).proposed == ()
    holds_again()


def test_phases_of_a_contract_are_billed_from_their_day_on(committed_house: House) -> None:
    ramp = [{"from": "2026-04-01", "charges": {"seats": {"price": {"model": "per_user", "unit_price": "12.50"}}}}]
    story = start(committed_house, phases=ramp)
    for month, now, amount in ((MARCH, at(4, 2), "90.00"), (APRIL, at(5, 2), "112.50")):
        story.deliver(people(9), month, now=now)
        assert lines(story.close(month, now=now).invoice) == [("seats/price", amount)]
    holds_again()


def test_a_cycle_that_changes_under_a_billed_month_is_said_and_settles_nothing(committed_house: House) -> None:
    story = start(committed_house)
    story.deliver(people(9), APRIL, now=at(5, 2))
    story.bill(APRIL, now=at(5, 2))
    quarters = {"unit": "quarter", "anchor": "2026-04-01"}
    version = amend(story, date(2026, 4, 1), charges=per_user("10.00"), cycle=quarters, month=5)
    with pytest.raises(PeriodsOverlap, match="A cycle changes at its end only"):
        review_amendment(version_id=version.pk, now=at(5, 4))


def test_a_charge_that_is_added_to_or_taken_from_a_billed_month(committed_house: House) -> None:
    support = {"support": {"price": {"model": "fixed", "amount": "60.00"}}}
    story = start(committed_house)
    story.deliver(people(9), APRIL, now=at(5, 2))
    story.bill(APRIL, now=at(5, 2))

    added = amend(story, date(2026, 4, 1), charges=per_user("10.00") | support, month=5)
    assert review_amendment(version_id=added.pk, now=at(5, 4)).closed_again == 1
    closing = story.close(APRIL, now=at(5, 4))
    assert lines(closing.invoice) == [("support/price", "60.00")]
    story.finalize(closing, now=at(5, 4))

    taken = amend(story, date(2026, 4, 2), charges=support, mid_cycle="whole_cycle", month=5)
    assert review_amendment(version_id=taken.pk, now=at(5, 5)).proposed == (), "it counts from May on"
    holds_again()


def test_a_charge_that_counts_no_more_is_given_back(committed_house: House) -> None:
    story = start(committed_house, mid_cycle="by_days")
    story.deliver(people(9), APRIL, now=at(5, 2))
    story.bill(APRIL, now=at(5, 2))
    support = {"support": {"price": {"model": "fixed", "amount": "60.00"}}}
    version = amend(story, MIDDLE, charges=support, mid_cycle="by_days", month=5)
    review = review_amendment(version_id=version.pk, now=at(5, 4))
    (true_up,) = TrueUp.objects.filter(contract=story.contract)
    assert review.proposed == (true_up.public_id,)
    assert true_up.difference_amount == Decimal("-60.00"), "20 of 30 days"
    closing = story.close(APRIL, now=at(5, 4))
    assert lines(closing.invoice) == [("support/price", "40.00")]
    invoice = story.finalize(closing, now=at(5, 4), render=True)
    assert (invoice.frozen["counts"]["active"], invoice.net_amount) == (None, Decimal("40.00"))
    assert [found for check in CHECKS for found in check().findings] == []


@pytest.mark.parametrize(
    ("clause", "proposed"),
    [
        ({"ignore_below": "0.00"}, [Decimal("20.00")]),
        ({"ignore_below": "25.00"}, []),
        ({"window_days": 12}, [Decimal("20.00")]),
        ({"window_days": 11}, []),
    ],
)
def test_late_usage_of_a_billed_month_is_settled_by_the_clause_that_is_agreed_now(
    committed_house: House, clause: dict[str, Any], proposed: list[Decimal]
) -> None:
    """April was billed with 9 users under no clause; 11 are reported on 12 May, after the clause alone was amended."""
    story = start(committed_house)
    story.deliver(people(9), APRIL, now=at(5, 2))
    story.bill(APRIL, now=at(5, 2))
    version = amend(story, date(2026, 4, 1), charges=per_user("10.00"), true_up=clause, month=5)
    assert review_amendment(version_id=version.pk, now=at(5, 4)).proposed == ()

    story.deliver(people(11), APRIL, now=at(5, 12))

    assert [one.difference_amount for one in TrueUp.objects.filter(contract=story.contract)] == proposed
    assert [found for check in CHECKS for found in check().findings] == []
