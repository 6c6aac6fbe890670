"""Quantities other than people who count once, from what was reported to the lines of a draft and its snapshot."""

from datetime import date

from billing.invariants import CHECKS
from licenses.operations.record_provisioned_count import record_provisioned_count
from tests.billing.story import APRIL, MARCH, Story, at, days_before, lines_of, people, per_user, story_of, terms_json
from tests.cast import House
from usage.operations.excuse_days import excuse_days

PEAK = {"kind": "active_users", "definition": {"actions": ["*"]}, "calculation": "max"}
FIRST, SECOND = date(2026, 3, 2), date(2026, 3, 3)


def told(committed_house: House, metric: dict[str, object], **more: object) -> Story:
    terms = terms_json(metrics={"active": metric}, charges=per_user("10.00"), **more)
    return story_of(committed_house, terms=terms)


def invariants_hold() -> bool:
    return all(not check().findings for check in CHECKS)


def test_the_peak_of_a_month_and_a_day_that_a_person_excused(committed_house: House) -> None:
    story = told(committed_house, PEAK)
    # Five people on the 2nd, four on the 3rd.
    story.deliver(people(9), MARCH, now=at(4, 1), days=[FIRST, SECOND])
    drafted = story.close(MARCH, now=at(4, 2))
    assert lines_of(drafted.invoice) == [("usage", "5", "10.00", "50.00")]
    excuse_days(actor=story.manager, contract=story.contract, days=[FIRST], reason="Load test", now=at(4, 3))
    again = story.close(MARCH, now=at(4, 3))
    assert lines_of(again.invoice) == [("usage", "4", "10.00", "40.00")]
    assert again.invoice is not None
    words = again.invoice.lines.get().words
    assert words.endswith("2 Mar 2026 excused (Load test, decided by Amir Manders); with these days 5")
    story.finalize(again, now=at(4, 4))
    assert invariants_hold()


def test_missing_days_of_a_peak_are_held_and_then_estimated(committed_house: House) -> None:
    story = told(committed_house, PEAK, gap_rule={"rule": "prior_period"})
    story.deliver(people(9), MARCH, now=at(4, 1), days=[FIRST])
    story.bill(MARCH, now=at(4, 2))
    story.deliver(people(4), days_before(APRIL, 10), now=at(5, 1), days=[date(2026, 4, 2)])
    drafted = story.close(APRIL, now=at(5, 2))
    assert lines_of(drafted.invoice) == [("usage", "4", "10.00", "40.00"), ("estimated", "5", "10.00", "50.00")]
    assert invariants_hold()


def test_accounts_are_held_until_somebody_states_them(committed_house: House) -> None:
    story = told(committed_house, {"kind": "provisioned_users", "calculation": "last"})
    held = story.close(MARCH, now=at(4, 2))
    assert (held.state, held.held_code) == ("held", "no_reports")
    assert "No number of provisioned users was stated" in held.held_words
    record_provisioned_count(
        actor=story.manager, contract=story.contract, users=70, date=date(2026, 3, 31), source="user_list", now=at(4, 3)
    )
    drafted = story.close(MARCH, now=at(4, 3))
    assert lines_of(drafted.invoice) == [("usage", "70", "10.00", "700.00")]
    story.finalize(drafted, now=at(4, 4))
    assert invariants_hold()


def test_a_peak_that_stays_needs_the_months_before(committed_house: House) -> None:
    mark = {"kind": "active_users", "definition": {"actions": ["*"]}, "over_periods": {"rule": "high_water_mark"}}
    story = told(committed_house, mark, term={"start": "2026-03-01", "end": "2027-03-01"})
    story.deliver(people(9), MARCH, now=at(4, 1))
    story.deliver(people(4), APRIL, now=at(5, 1))
    held = story.close(APRIL, now=at(5, 2))
    assert (held.state, held.held_code) == ("held", "earlier_open")
    assert "depend on those of 1 to 31 Mar 2026" in held.held_words
    story.close(MARCH, now=at(5, 2))
    drafted = story.close(APRIL, now=at(5, 3))
    assert lines_of(drafted.invoice) == [("usage", "9", "10.00", "90.00")]
