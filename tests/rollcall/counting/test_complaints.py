"""What users of other billing systems complained about, as far as a counter can prevent it. One story each."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rollcall.counting.aggregates import calculate
from rollcall.counting.answer import CountResult
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import NO_RESOLUTION, Resolution, resolve, user_ref
from tests.rollcall.counting import world
from tests.rollcall.counting.world import JUNE, define

SALT = b"salt of the contract"


def did(user: str, day: int | date, action: str = "login", instance: str = "eu") -> EvidenceRow:
    """Return a row of a person whose name lies under the contract's salt."""
    return world.row("", day, action=action, instance=instance)._replace(user_ref=user_ref(SALT, user))


def counted(
    rows: list[EvidenceRow], definition: ActivityDefinition, folder: Path, resolution: Resolution = NO_RESOLUTION
) -> CountResult:
    """Count June with both counters."""
    plain = world.count_plainly(rows, definition, JUNE, resolution)
    path = world.store(rows, folder / "evidence")
    assert world.difference(plain, world.count_by_columns([path], definition, JUNE, resolution)) == ""
    return plain


def people(*names: str) -> dict[str, str]:
    """Return the names file of some people."""
    return {user_ref(SALT, name): name for name in names}


def test_deactivating_a_user_today_does_not_change_a_past_month(tmp_path: Path) -> None:
    rows = [did("anna", 3), did("bert", 4)]
    definition = define()
    everybody, without_bert = (resolve(people(*names), definition, SALT) for names in (("anna", "bert"), ("anna",)))
    result = counted(rows, definition, tmp_path, everybody)
    assert result.active_users == 2
    assert world.count_plainly(rows, definition, JUNE, without_bert).digest == result.digest


def test_deleted_users_stay_countable_and_are_listed(tmp_path: Path) -> None:
    result = counted([did("anna", 3), did("deleted later", 1)], define(), tmp_path)
    assert result.active_users == 2
    assert user_ref(SALT, "deleted later") in {verdict.user_ref for verdict in result.verdicts if verdict.counted}


def test_daily_active_users_are_not_the_active_users_of_the_month(tmp_path: Path) -> None:
    result = counted([did("anna", 1), did("bert", 2), did("carl", 3), did("carl", 4)], define(), tmp_path)
    assert result.active_users == 3
    assert set(result.daily_active_users.values()) == {1}
    assert calculate(calculation="max", result=result) == 1
    assert calculate(calculation="unique", result=result) == 3


def test_once_is_enough_and_a_failure_is_no_activity(tmp_path: Path) -> None:
    rows = [did("once", 3), did("often", 3), did("often", 9), did("failed", 3, action="login_failed")]
    result = counted(rows, define(actions=["login"]), tmp_path)
    assert result.active_users == 2
    assert {verdict.why for verdict in result.verdicts} == {"counted", "no_qualifying_action"}


def test_provisioned_disabled_bots_and_active_are_four_numbers(tmp_path: Path) -> None:
    provisioned = people("anna", "bert", "disabled", "svc-backup", "deploy[bot]", "idle")
    rows = [did("anna", 3), did("bert", 3), did("svc-backup", 3), did("deploy[bot]", 3)]
    definition = define(excluded_users=["svc-*", "*[[]bot]"])
    result = counted(rows, definition, tmp_path, resolve(provisioned, definition, SALT))
    reasons = [verdict.why for verdict in result.verdicts]
    assert (len(provisioned), len(reasons), reasons.count("excluded"), result.active_users) == (6, 4, 2, 2)


def test_one_tester_with_many_ids_is_one_user_once_the_customer_says_so(tmp_path: Path) -> None:
    ids = [f"tester+{number}@corp.example" for number in range(9)]
    rows = [did(name, 3) for name in ids]
    assert world.count_plainly(rows, define(), JUNE).active_users == 9
    definition = define(identity={"aliases": dict.fromkeys(ids, "tester@corp.example")})
    result = counted(rows, definition, tmp_path, resolve(people(*ids), definition, SALT))
    assert result.active_users == 1
    assert [verdict.user_ref for verdict in result.verdicts] == [user_ref(SALT, "tester@corp.example")]


@pytest.mark.parametrize("day", [1, 30])
def test_the_edges_of_the_month_belong_to_it(day: int, tmp_path: Path) -> None:
    first, last = did("early", day)._replace(first_minute=0), did("late", day)._replace(last_minute=1439)
    outside = [did("before", date(2026, 5, 31)), did("after", date(2026, 7, 1))]
    result = counted([first, last, *outside], define(), tmp_path)
    assert result.active_users == 2
    assert len(list(result.verdicts)) == 2


def test_peak_and_month_and_year_are_different_questions(tmp_path: Path) -> None:
    rows = [did("anna", 3), did("bert", 3), did("carl", 9), did("dora", date(2026, 2, 3))]
    year = Period(date(2026, 1, 1), date(2027, 1, 1))
    month = counted(rows, define(), tmp_path)
    assert (calculate(calculation="max", result=month), month.active_users) == (2, 3)
    assert world.count_plainly(rows, define(), year).active_users == 4


def test_usage_from_an_instance_that_was_forgotten_only_adds(tmp_path: Path) -> None:
    known, forgotten = [did("anna", 3), did("bert", 3)], [did("bert", 5, instance="us"), did("carl", 5, instance="us")]
    before = world.count_plainly(known, define(), JUNE)
    after = counted([*known, *forgotten], define(), tmp_path)
    assert (before.active_users, after.active_users) == (2, 3)
    gone = {verdict.user_ref for verdict in before.verdicts} - {verdict.user_ref for verdict in after.verdicts}
    assert not gone
