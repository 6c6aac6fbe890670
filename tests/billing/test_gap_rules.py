"""Missing days by the contract's gap rule, from the file to the invoice and back when the days arrive."""

from datetime import date
from typing import Any

import pytest

from billing.documents.first_page import lead
from billing.documents.snapshot import read_snapshot
from billing.documents.wording import wording_of
from billing.invariants import CHECKS
from billing.models import Invoice, TrueUp
from billing.operations.release_period import release_period
from licenses.operations.add_contract_version import add_contract_version
from rollcall.period import Period
from tests.billing.story import APRIL, MARCH, MAY, Story, amounts_of, at, lines_of, people, per_user, story_of
from tests.cast import BUILDER, House, terms_json

KNOWN = Period(date(2026, 4, 1), date(2026, 4, 28))
LAST_DAYS = Period(date(2026, 4, 28), date(2026, 5, 1))


def story_with(house: House, **changes: Any) -> Story:
    return story_of(house, terms=terms_json(charges=per_user("29.00"), **changes))


def lead_of(invoice: Invoice) -> str:
    """The first sentences of the printed invoice, with plain blanks."""
    return lead(wording_of(read_snapshot(invoice.frozen))).replace("\xa0", " ").replace("\u202f", " ")


def march_and_most_of_april(story: Story, *, march: int = 320, april: int = 250) -> None:
    story.deliver(people(march), MARCH, now=at(4, 1))
    story.bill(MARCH, now=at(4, 3))
    story.deliver(people(april), KNOWN, now=at(5, 1))


@pytest.mark.parametrize(
    ("case", "gap_rule", "expected"),
    [
        (
            "the month before had 320: 70 of them are estimated",
            {"rule": "prior_period"},
            [("usage", "250", "29.00", "7250.00"), ("estimated", "70", "29.00", "2030.00")],
        ),
        (
            "the highest month so far had 320 too",
            {"rule": "prior_peak"},
            [("usage", "250", "29.00", "7250.00"), ("estimated", "70", "29.00", "2030.00")],
        ),
        ("only what is known is billed", {"rule": "bill_known"}, [("usage", "250", "29.00", "7250.00")]),
    ],
)
def test_three_missing_days_are_billed_as_agreed(
    committed_house: House, case: str, gap_rule: dict[str, Any], expected: list[tuple[str, str, str, str]]
) -> None:
    story = story_with(committed_house, gap_rule=gap_rule)
    march_and_most_of_april(story)

    closing = story.close(APRIL, now=at(5, 2))

    assert closing.state == "drafted", (case, closing.held_words)
    assert lines_of(closing.invoice) == expected, case


def test_a_hold_ends_in_an_estimate_on_its_day(committed_house: House) -> None:
    story = story_with(committed_house, gap_rule={"hold_at_most_days": 5, "then": "prior_period"})
    march_and_most_of_april(story)

    waiting = story.close(APRIL, now=at(5, 5))
    assert (waiting.state, waiting.held_words) == (
        "held",
        "Days without a report, Hamburg-9: 28 to 30 Apr 2026 (3 days).",
    )

    closing = story.close(APRIL, now=at(5, 6))
    assert lines_of(closing.invoice) == [("usage", "250", "29.00", "7250.00"), ("estimated", "70", "29.00", "2030.00")]


def test_the_estimate_is_settled_by_itself_when_the_days_arrive(committed_house: House) -> None:
    story = story_with(committed_house, gap_rule={"rule": "prior_period"})
    march_and_most_of_april(story)
    invoice = story.bill(APRIL, now=at(5, 2), render=True)
    assert [f"{amount:.2f}" for amount in amounts_of(invoice)] == ["9280.00", "1763.20", "11043.20"]
    counts = invoice.frozen["counts"]
    assert (counts["active"], counts["billable"], counts["billed"]) == (250, 250, 320)
    assert [entry["words"] for entry in invoice.frozen["working"] if entry["step"] == "missing_days"] == [
        "No report from Hamburg-9 for 28 to 30 Apr 2026 (3 days); billed with the estimate that the contract agrees on."
    ]

    assert "For 3 days a report is missing: 70 are estimated as your contract says" in lead_of(invoice)
    assert "added as shortfall" not in lead_of(invoice)

    # 11 of the 31 people of the last days were not active before: 261 users in all.
    story.deliver(people(31, first=231), LAST_DAYS, now=at(5, 9))

    true_up = TrueUp.objects.get()
    assert (true_up.state, f"{true_up.difference_amount:.2f}") == ("accepted", "-1711.00")
    assert (true_up.new_users, true_up.gone_users) == (11, 0)
    assert (true_up.decided_by, true_up.reason) == (
        "worker",
        "The days that were billed by an estimate were reported.",
    )
    assert "250 active users and 70 estimated then, 261 now (11 new, 0 gone)" in true_up.words

    story.deliver(people(270), MAY, now=at(6, 1))
    assert lines_of(story.close(MAY, now=at(6, 2)).invoice) == [
        ("usage", "270", "29.00", "7830.00"),
        ("true_up", "-1", "1711.00", "-1711.00"),
    ]
    assert [finding for check in CHECKS for finding in check().findings] == []


def test_a_part_of_the_days_settles_nothing_yet(committed_house: House) -> None:
    story = story_with(committed_house, gap_rule={"rule": "prior_period"})
    march_and_most_of_april(story)
    story.bill(APRIL, now=at(5, 2))

    story.deliver(people(31, first=231), Period(date(2026, 4, 28), date(2026, 4, 30)), now=at(5, 9))

    assert not TrueUp.objects.exists(), "261 are known now, 320 are still billed until the last day is there"


def test_nothing_reported_at_all_is_billed_by_the_month_before(committed_house: House) -> None:
    story = story_with(committed_house, gap_rule={"hold_at_most_days": 5, "then": "prior_period"})
    story.deliver(people(320), MARCH, now=at(4, 1))
    story.bill(MARCH, now=at(4, 3))
    assert story.close(APRIL, now=at(5, 5)).held_code == "no_reports"

    invoice = story.bill(APRIL, now=at(5, 6), render=True)

    assert lines_of(invoice) == [("usage", "0", "29.00", "0.00"), ("estimated", "320", "29.00", "9280.00")]
    assert (invoice.frozen["counts"]["active"], invoice.frozen["counts"]["billed"]) == (0, 320)
    assert invoice.frozen["evidence"] == []
    story.deliver(people(305), APRIL, now=at(5, 20))
    assert [(f"{row.difference_amount:.2f}", row.state, row.new_users) for row in TrueUp.objects.all()] == [
        ("-435.00", "accepted", 305)
    ]
    assert [finding for check in CHECKS for finding in check().findings] == []


def test_without_an_earlier_month_nothing_is_guessed(committed_house: House) -> None:
    story = story_with(committed_house, gap_rule={"rule": "prior_period"})
    story.deliver(people(250), KNOWN, now=at(5, 1))

    closing = story.close(APRIL, now=at(5, 2))

    assert (closing.state, closing.held_code) == ("held", "days_missing")
    assert closing.held_words == (
        "Days without a report, Hamburg-9: 28 to 30 Apr 2026 (3 days). "
        "The contract bills them by the period before, and none was counted."
    )


def test_a_person_who_lets_the_days_go_bills_what_is_known(committed_house: House) -> None:
    story = story_with(committed_house, gap_rule={"hold_at_most_days": 30, "then": "prior_period"})
    march_and_most_of_april(story)
    story.close(APRIL, now=at(5, 2))

    closing = release_period(
        actor=story.manager,
        contract=story.contract,
        period=APRIL,
        reason="The site was closed for three days.",
        now=at(5, 4),
        today=date(2026, 5, 4),
    )

    assert lines_of(closing.invoice) == [("usage", "250", "29.00", "7250.00")]


def test_one_report_for_each_month_leaves_no_day_missing(committed_house: House) -> None:
    story = story_with(committed_house, reporting_cadence="once_per_period")
    story.deliver(people(250), KNOWN, now=at(5, 1))

    invoice = story.bill(APRIL, now=at(5, 2))

    assert lines_of(invoice) == [("usage", "250", "29.00", "7250.00")]
    assert invoice.frozen["missing_days"] == []
    assert (
        "One report for each month is agreed: an instance that reported any day of it has reported."
        in (invoice.frozen["contract"]["sentences"])
    )


def test_one_report_for_each_month_holds_for_an_instance_without_any(committed_house: House) -> None:
    story = story_with(committed_house, reporting_cadence="once_per_period", gap_rule={"rule": "hold"})
    story.deliver(people(250), MARCH, now=at(4, 1))

    assert story.close(APRIL, now=at(5, 2)).held_code == "no_reports"


def test_an_amendment_of_the_gap_rule_leaves_earlier_estimates_alone(committed_house: House) -> None:
    """April was estimated; from May on missing days hold. May is billed, and April's estimate is settled as agreed."""
    story = story_with(committed_house, gap_rule={"rule": "prior_period"})
    march_and_most_of_april(story)
    story.bill(APRIL, now=at(5, 2))
    add_contract_version(
        actor=BUILDER,
        contract=story.contract,
        terms=terms_json(charges=per_user("29.00"), gap_rule={"rule": "hold"}),
        active=Period(date(2026, 5, 1), date(2027, 1, 1)),
        agreed_at=at(4, 20),
    )
    story.deliver(people(270), MAY, now=at(6, 1))

    assert lines_of(story.close(MAY, now=at(6, 2)).invoice) == [("usage", "270", "29.00", "7830.00")]
    story.deliver(people(31, first=231), LAST_DAYS, now=at(6, 3))
    assert [f"{true_up.difference_amount:.2f}" for true_up in TrueUp.objects.all()] == ["-1711.00"]
