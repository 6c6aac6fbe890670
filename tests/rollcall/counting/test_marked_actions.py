"""What evidence marks as no activity, from the file to all three counters: nobody can smuggle it in or out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rollcall.counting import world
from tests.rollcall.counting.test_counters_agree import agreed
from tests.rollcall.counting.world import JUNE, define, row
from tests.rollcall.intake.readings import HEADER, assert_sound, lines_of, reading

ROWS = [
    row("anna", 3),
    row("anna", 3, action="login !failed"),
    row("bert", 4, action="login !failed", events=5),
    row("carl", 5, action="REFRESH_TOKEN !automatic"),
    row("dora", 6, action="idle !idle"),
]


@pytest.mark.parametrize(
    ("case", "actions", "users"),
    [
        ("whoever did anything: only Anna's log-in was one", ["*"], 1),
        ("failed log-ins are not log-ins", ["login"], 1),
        ("nor is a glob of them", ["log*"], 1),
        ("the contract counts failed log-ins too", ["login", "login !failed"], 2),
        ("the contract counts nothing but failed log-ins", ["LOGIN !FAILED"], 2),
        ("automatic refreshes of a token", ["refresh_token !*"], 1),
        ("everything in the file", ["*", "* !*"], 4),
    ],
)
def test_who_is_active_by_what_the_definition_names(case: str, actions: list[str], users: int) -> None:
    assert agreed([ROWS], define(actions=actions), JUNE).active_users == users, case


def test_a_person_with_failed_log_ins_only_is_listed_with_the_reason() -> None:
    verdicts = {verdict.user_ref: verdict for verdict in agreed([ROWS], define(actions=["login"]), JUNE).verdicts}
    assert verdicts[world.ref("bert")].why == "no_qualifying_action"
    assert (verdicts[world.ref("anna")].events, verdicts[world.ref("bert")].events) == (1, 0)


@pytest.mark.parametrize("engine", ["columnar", "plain"])
def test_a_row_whose_own_action_looks_marked_is_kept_apart(tmp_path: Path, engine: str) -> None:
    lines = [f"e{number},anna,2026-06-0{number}T10:00:00Z,login\n" for number in range(1, 9)]
    lines[3] = "e4,bert,2026-06-04T10:00:00Z,login !failed\n"
    result = reading(tmp_path, HEADER + "".join(lines), engine=engine, now="2026-07-01T00:00:00Z")
    assert lines_of(result) == [(5, "action.marker")]
    assert (result.outcome, result.rows.accepted, result.users) == ("quarantined", 7, 1)
    assert (result.findings[0].column, result.findings[0].value) == ("action", "login !failed")
    assert "' !'" in result.findings[0].message
    assert_sound(tmp_path, result, engine)


def test_the_recount_sets_such_a_row_of_an_export_aside(tmp_path: Path) -> None:
    export = tmp_path / "june.csv"
    export.write_text(HEADER + "e1,anna,2026-06-01T10:00:00Z,login\ne2,bert,2026-06-04T10:00:00Z,login !failed\n")
    definition = define(actions=["login", "login !failed"])
    again = world.recount_files([str(export)], definition, JUNE, folder=tmp_path)
    assert again.active_users == 1
