"""Counts that nobody could reproduce, as users of other systems told it: one story for each complaint.

What happens on pages and drafts is told in `tests/billing/test_complaints.py`.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from rollcall.period import BillingCycle, Period
from rollcall.rows import EvidenceRow
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.identity import resolve
from tests.rollcall.counting import world
from tests.rollcall.counting.stories import SALT, counted, did, people, person, taken, verdicts
from tests.rollcall.counting.world import JUNE, define, peak
from tests.rollcall.terms.documents import plain_terms

JULY = Period(date(2026, 7, 1), date(2026, 8, 1))
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


def test_daily_active_users_were_sent_where_the_active_users_of_the_month_were_meant(tmp_path: Path) -> None:
    """mattermost/mattermost#24921: the true-up report read the table of the last 24 hours."""
    result = counted([did("anna", 1), did("bert", 2), did("carl", 3), did("carl", 4)], define(), tmp_path)
    assert result.active_users == 3
    assert set(result.daily_active_users.values()) == {1}
    assert peak(result) == 1


def test_the_number_of_a_true_up_report_was_taken_for_a_count(tmp_path: Path) -> None:
    """mattermost/docs#6904, #6915: a second number with a near-identical name was added to the report."""
    report = {"active_users": 512, "licensed_seats": 600, "license_id": "l", "server_id": "s", "license_plan": "E"}
    result, evidence = taken(json.dumps(report), "true-up.json", tmp_path)
    assert (result.format, result.kind) == ("mattermost_true_up", "snapshot")
    assert (evidence, result.evidence_file, result.days) == ([], None, ())
    assert result.user_list is not None
    assert result.user_list.users == 512


def test_nobody_could_tell_whether_deactivated_users_count(tmp_path: Path) -> None:
    """mattermost/docs#5955, mattermost-webapp#1110, mattermost#4482: the label had to be renamed, then the code."""
    definition = define(actions=["login"], excluded_users=["svc-*"])
    assert definition.words() == (
        "An active user is a person who did login in the billed period (UTC). "
        "Failed, interrupted, automatic and idle entries do not count. Never counted: svc-*. "
        "A person counts once, however many instances the person used."
    )
    rows = [did("deactivated on the 4th", 3), did("svc-mail", 3), did("deactivated in May", 3, action="deactivated")]
    names = people("deactivated on the 4th", "svc-mail", "deactivated in May")
    result = counted(rows, definition, tmp_path, resolve(names, definition, SALT))
    # What the words leave out is left out, and nobody else is.
    assert {names[ref]: verdict.why for ref, verdict in verdicts(result).items()} == {
        "deactivated on the 4th": "counted",
        "svc-mail": "excluded",
        "deactivated in May": "no_qualifying_action",
    }


def test_deactivating_a_user_changed_a_past_month(tmp_path: Path) -> None:
    """mattermost/mattermost-handbook#166: the query joined the history to the status of today."""
    rows = [did("anna", 3), did("bert", 4)]
    definition = define()
    everybody, without_bert = (resolve(people(*names), definition, SALT) for names in (("anna", "bert"), ("anna",)))
    result = counted(rows, definition, tmp_path, everybody)
    assert result.active_users == 2
    assert counted(rows, definition, tmp_path, without_bert).digest == result.digest
    # In July Bert is deactivated, and reactivated in August: June has its rows, and nothing else is asked.
    later = [*rows, did("bert", date(2026, 7, 1), action="user.deactivated"), did("bert", date(2026, 8, 9))]
    assert counted(later, definition, tmp_path, everybody).digest == result.digest


def test_the_all_time_maximum_was_shown_for_the_bill(tmp_path: Path) -> None:
    """sourcegraph/sourcegraph-public-snapshot#53670, #17098, #52507: the usage page did not map to the bill."""
    rows = [did(f"user {number}", date(2026, 2, 3)) for number in range(9)]
    rows += [did("anna", 3), did("bert", 3), did("carl", 9)]
    month = counted(rows, define(), tmp_path)
    assert (peak(month), month.active_users) == (2, 3)
    # February's nine are the maximum of the year, and in June's answer they are nowhere.
    assert counted(rows, define(), tmp_path, period=YEAR).active_users == 12
    assert set(verdicts(month)) == {person(name) for name in ("anna", "bert", "carl")}


def test_people_who_were_idle_for_a_year_were_paid_for(tmp_path: Path) -> None:
    """gitlab-org/gitlab#4154, #1365 (gitlab.com): who did nothing in the window is free, without anybody's switch."""
    rows = [did("once", date(2026, 1, 1)), did("often", date(2026, 5, 4)), did("often", date(2026, 12, 31))]
    rows += [did("idle since 2025", date(2025, 12, 31)), did("tried to sign in", 3, action="login !failed")]
    definition = define()
    names = people("once", "often", "idle since 2025", "tried to sign in", "never")
    result = counted(rows, definition, tmp_path, resolve(names, definition, SALT), period=YEAR)
    assert (len(names), result.active_users) == (5, 2)
    assert {names[ref]: verdict.why for ref, verdict in verdicts(result).items()} == {
        "once": "counted",
        "often": "counted",
        "tried to sign in": "no_qualifying_action",
    }


@pytest.mark.parametrize(
    ("unit", "expected"), [("month", [3, 1, 0, 1, 0, 2]), ("quarter", [3, 3]), ("half_year", [4]), ("year", [4])]
)
def test_a_fixed_window_of_twelve_months_broke_quarterly_reviews(
    unit: str, expected: list[int], tmp_path: Path
) -> None:
    """gitlab-org/gitlab#31942, #231519: the window is the contract's, and it ends with the licence."""
    rows = [*(did(name, date(2026, 1, 12)) for name in ("anna", "bert", "carl")), did("anna", date(2026, 2, 1))]
    rows += [did("dora", date(2026, 4, 30)), did("anna", date(2026, 6, 1)), did("bert", date(2026, 6, 30))]
    rows += [did("after the licence", date(2026, 7, 1))]
    licence = Period(date(2026, 1, 1), date(2026, 7, 1))
    windows = BillingCycle(unit, date(2026, 1, 1)).periods(licence)
    assert [counted(rows, define(), tmp_path, period=window).active_users for window in windows] == expected


def test_no_date_was_shown_for_when_the_limit_was_passed(tmp_path: Path) -> None:
    """gitlab-org/gitlab#7008: the peak has a day, and the day has its people."""
    limit = 2
    rows = [did(name, day) for day, names in ((3, "ab"), (9, "abc"), (10, "abcd"), (11, "a")) for name in names]
    result = counted(rows, define(), tmp_path)
    passed = [day for day, users in result.daily_active_users.items() if users > limit]
    assert (passed[0], peak(result)) == (date(2026, 6, 9), 4)
    by_the_ninth = {ref for ref, verdict in verdicts(result).items() if verdict.first_at <= "2026-06-09T23:59"}
    assert by_the_ninth == {person(name) for name in "abc"}


def test_a_user_deactivated_in_the_middle_of_the_cycle_counts_in_it_and_no_longer(tmp_path: Path) -> None:
    """matrix-org/synapse#10861: deactivated users went on counting, and blocked the limit."""
    rows = [did("anna", 3), did("bert", 3), did("bert", 4, action="account.deactivated")]
    rows += [did("anna", date(2026, 7, 5))]
    definition = define(actions=["login"])
    june, july = (counted(rows, definition, tmp_path, period=period) for period in (JUNE, JULY))
    assert (june.active_users, july.active_users) == (2, 1)
    assert verdicts(june)[person("bert")].last_at[:10] == "2026-06-03"
    assert person("bert") not in verdicts(july)


def test_a_deleted_user_was_counted_and_listed_nowhere(tmp_path: Path) -> None:
    """teamhanko/hanko#2259: the console showed three for the two users that it listed."""
    definition = define()
    known = resolve(people("anna", "bert"), definition, SALT)
    result = counted([did("anna", 3), did("bert", 3), did("deleted later", 1)], definition, tmp_path, known)
    assert result.active_users == 3
    assert [verdict.user_ref for verdict in result.verdicts if verdict.counted] == sorted(
        person(name) for name in ("anna", "bert", "deleted later")
    )


def test_one_tester_was_nine_users(tmp_path: Path) -> None:
    """mapbox/mapbox-unity-sdk#581: the customer says which ids are one person."""
    ids = [f"tester+{number}@corp.example" for number in range(9)]
    rows = [did(name, 3) for name in ids]
    assert counted(rows, define(), tmp_path).active_users == 9
    definition = define(identity={"aliases": dict.fromkeys(ids, "tester@corp.example")})
    result = counted(rows, definition, tmp_path, resolve(people(*ids), definition, SALT))
    assert result.active_users == 1
    assert list(verdicts(result)) == [person("tester@corp.example")]


@pytest.mark.parametrize("actions", [["*"], ["login"]])
def test_nobody_could_tell_whether_once_is_enough_and_whether_failures_count(
    actions: list[str], tmp_path: Path
) -> None:
    """MicrosoftDocs/azure-docs#80162, #111330: "multiple times ... one MAU" said neither."""
    rows = [did("once", 3), did("often", 3), did("often", 9), did("failed", 3, action="login !failed")]
    result = counted(rows, define(actions=actions), tmp_path)
    assert result.active_users == 2
    assert {person(name): verdicts(result)[person(name)].why for name in ("once", "often", "failed")} == {
        person("once"): "counted",
        person("often"): "counted",
        person("failed"): "no_qualifying_action",
    }
    twice = counted(rows, define(actions=actions, min_events=2), tmp_path)
    assert (twice.active_users, verdicts(twice)[person("once")].why) == (1, "below_min_events")


def test_a_second_meter_was_billed_before_anybody_had_read_of_it() -> None:
    """gravitational/teleport#55372, #55375: a charge bills a metric that the contract defines, or is refused."""
    terms = plain_terms()
    terms["charges"]["more"] = {"metric": "new_meter", "price": {"model": "per_user", "unit_price": "1.00"}}
    with pytest.raises(TermsRefused, match="new_meter"):
        ContractTerms.from_json(terms)
    definition = {"actions": ["resource.access"]}
    terms["metrics"]["new_meter"] = {"kind": "active_users", "definition": definition, "calculation": "unique"}
    defined = ContractTerms.from_json(terms)
    # The contract prints each of the two, and neither can be taken for the other.
    said = " ".join(defined.sentences())
    assert ("did login in" in said, "did resource.access in" in said) == (True, True)
    assert defined.metrics["active"].digest() != defined.metrics["new_meter"].digest()


def test_nobody_could_tell_how_often_an_ephemeral_sign_on_counts(tmp_path: Path) -> None:
    """gravitational/teleport#66361: an id for each session is a user each, until the terms say who it is."""
    ids = ["anna", "sso-7f3a/anna", "sso-91c0/anna", "bot-42"]
    rows = [did(name, day) for day, name in enumerate(ids, 1)]
    assert counted(rows, define(), tmp_path).active_users == 4
    definition = define(
        identity={"aliases": {name: "anna" for name in ids if name.startswith("sso-")}}, excluded_users=["bot-*"]
    )
    result = counted(rows, definition, tmp_path, resolve(people(*ids), definition, SALT))
    assert (result.active_users, verdicts(result)[person("anna")].active_days) == (1, 3)


def auth0(number: int, user: str, kind: str, day: int) -> str:
    """Return a line of the log of a tenant."""
    log = {"date": f"2026-06-{day:02}T10:00:00.000Z", "type": kind, "user_id": user, "user_name": user}
    return json.dumps(log | {"log_id": f"{number:030}", "client_id": "cl_x", "connection": "corp", "ip": "192.0.2.1"})


def test_renewed_tokens_were_on_the_bill_and_missing_in_the_export(tmp_path: Path) -> None:
    """Auth0 community 114275: who only renews a token appears in the log, and counts where the contract says so."""
    acts = [("anna", "s", 3), ("anna", "sertft", 4), ("bert", "sertft", 5), ("carl", "fp", 6)]
    text = "".join(auth0(number, *act) + "\n" for number, act in enumerate(acts))
    result, rows = taken(text, "logs.ndjson", tmp_path)
    assert (result.format, result.rows.accepted) == ("auth0_logs", 4)
    signed_in = counted(rows, define(), tmp_path)
    renewed_too = counted(rows, define(actions=["s", "sertft !automatic"]), tmp_path)
    assert (signed_in.active_users, renewed_too.active_users) == (1, 2)
    # The two differ by people whom the list names with the reason.
    assert verdicts(signed_in)[person("bert")].why == "no_qualifying_action"
    assert "sertft (automatic)" in define(actions=["s", "sertft !automatic"]).words()


def test_the_export_covered_one_database_of_two(tmp_path: Path) -> None:
    """Auth0 community 96501: the forgotten one only adds, and a person in both is one."""
    known, forgotten = [did("anna", 3), did("bert", 3)], [did("bert", 5, instance="us"), did("carl", 5, instance="us")]
    before, after = (counted(rows, define(), tmp_path) for rows in (known, [*known, *forgotten]))
    assert (before.active_users, after.active_users) == (2, 3)
    assert set(verdicts(before)) < set(verdicts(after))
    assert counted([*known, *forgotten], define(per_instance=True), tmp_path).active_users == 4


def test_all_accounts_were_reported_where_licensed_ones_were_meant(tmp_path: Path) -> None:
    """OctopusDeploy/Issues#4757, RocketChat/Rocket.Chat#21222, DefGuard/defguard#3158: four numbers, not one."""
    provisioned = people("anna", "bert", "disabled", "svc-backup", "deploy[bot]", "idle")
    rows: list[EvidenceRow] = [did("anna", 3), did("bert", 3), did("svc-backup", 3), did("deploy[bot]", 3)]
    definition = define(excluded_users=["svc-*", "*[[]bot]"])
    result = counted(rows, definition, tmp_path, resolve(provisioned, definition, SALT))
    reasons = [verdict.why for verdict in result.verdicts]
    assert (len(provisioned), len(reasons), reasons.count("excluded"), result.active_users) == (6, 4, 2, 2)
    assert world.count_plainly([], definition, JUNE).active_users == 0
