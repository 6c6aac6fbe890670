"""Counts: one per definition, period and set of evidence; the list behind each; what people claim stands beside it."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ground.storage import stored_path
from licenses.models import Contract
from licenses.operations.record_provisioned_count import record_provisioned_count
from licenses.operations.register_instance import register_instance
from licenses.queries import terms_at
from rollcall.counting.answer import read_verdicts
from rollcall.period import Period
from rollcall.terms.contract import ContractTerms
from tests.cast import BUILDER, House, terms_json
from tests.usage.sending import NOW, SEPTEMBER, Act, csv_of, days, send, september
from usage.files import NamesErased
from usage.models import ActiveUserCount, EvidenceFile
from usage.operations.count_period import NothingReported, count_period
from usage.operations.record_reported_count import record_reported_count
from usage.queries import counts_for, current_evidence, latest_count, reported_count, verdict_rows, verdicts_csv


def september_terms(house: House, **definition: object) -> ContractTerms:
    if not definition:
        return terms_at(contract=house.contract_a, day=SEPTEMBER.start)
    metric = {"kind": "active_users", "definition": {"actions": ["*"]} | definition, "calculation": "unique"}
    return ContractTerms.from_json(terms_json(metrics={"active": metric}))


def count(house: House, terms: ContractTerms | None = None, period: Period = SEPTEMBER) -> ActiveUserCount:
    terms = terms or september_terms(house)
    return count_period(contract=house.contract_a, metric_name="active", terms=terms, period=period, now=NOW)


def test_a_count_keeps_what_it_was_made_from(house: House) -> None:
    report = send(house.instance_a, days(["ada", "bob"], [1, 2]))
    made = count(house)
    assert (made.active_users, made.metric_name, made.zone) == (2, "active", "Europe/Berlin")
    assert made.daily == {"2026-09-01": 2, "2026-09-02": 2}
    assert made.metric_digest == september_terms(house).metrics["active"].digest()
    evidence = EvidenceFile.objects.get()
    assert [(entry["report"], entry["digest"], entry["grade"]) for entry in made.evidence] == [
        (report.public_id, evidence.digest, "upload")
    ]
    assert made.verdicts_digest == f"sha256:{made.verdicts_sha256}"
    assert made.digest.startswith("sha256:")
    assert made.counted_at == NOW


def test_counting_again_finds_the_same_row(house: House) -> None:
    send(house.instance_a, days(["ada"], [1]))
    assert count(house) == count(house)
    assert ActiveUserCount.objects.count() == 1


def test_new_evidence_is_a_new_count_and_the_old_one_stays(house: House) -> None:
    send(house.instance_a, days(["ada"], [1]), september(1, 15))
    first = count(house)
    send(house.instance_a, days(["bob"], [16]), september(16, 30))
    second = count(house)
    assert (first.active_users, second.active_users) == (1, 2)
    assert ActiveUserCount.objects.get(pk=first.pk).evidence_set_digest != second.evidence_set_digest
    last = latest_count(
        contract=house.contract_a, metric_digest=second.metric_digest, period=SEPTEMBER, zone="Europe/Berlin"
    )
    assert last == second


def test_a_report_of_another_month_leaves_the_evidence_of_this_one(house: House) -> None:
    send(house.instance_a, days(["ada"], [1]))
    before = current_evidence(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin")
    august = csv_of([Act(user="zoe", at="2026-08-03T12:00:00Z")])
    send(house.instance_a, august, Period(date(2026, 8, 1), date(2026, 9, 1)))
    after = current_evidence(contract=house.contract_a, period=SEPTEMBER, zone="Europe/Berlin")
    assert before.digest == after.digest


def test_nothing_reported_is_not_zero(house: House) -> None:
    with pytest.raises(NothingReported, match="1 to 30 Sep 2026"):
        count(house)
    assert ActiveUserCount.objects.count() == 0


def test_a_person_on_two_instances_counts_once_unless_agreed_otherwise(house: House) -> None:
    second = register_instance(actor=BUILDER, contract=house.contract_a, name="Berlin-2", reports_from=date(2026, 1, 1))
    send(house.instance_a, days(["ada", "bob"], [1]))
    send(second, days(["ada", "cleo"], [2]))
    assert count(house).active_users == 3
    assert count(house, september_terms(house, per_instance=True)).active_users == 4


def test_people_left_out_and_aliases_act_when_counting(house: House) -> None:
    send(house.instance_a, days(["ada@old.example", "ada@new.example", "svc-backup", "bob"], [1]))
    evidence = EvidenceFile.objects.get()
    terms = september_terms(
        house, excluded_users=["svc-*"], identity={"aliases": {"ada@old.example": "ada@new.example"}}
    )
    made = count(house, terms)
    assert made.active_users == 2
    assert EvidenceFile.objects.get() == evidence
    why = {row.name: (row.counted, row.why) for row in verdict_rows(count=made)}
    assert why["svc-backup"] == (False, "excluded")
    assert why["bob"] == (True, "counted")


def test_thresholds_are_told_per_user(house: House) -> None:
    content = csv_of(
        [
            Act(user="ada", at="2026-09-01T12:00:00Z"),
            Act(user="ada", at="2026-09-02T12:00:00Z"),
            Act(user="bob", at="2026-09-03T12:00:00Z"),
            Act(user="cleo", at="2026-09-04T12:00:00Z", action="logout"),
        ]
    )
    send(house.instance_a, content)
    made = count(house, september_terms(house, actions=["login"], min_days=2))
    assert made.active_users == 1
    rows = {row.name: row for row in verdict_rows(count=made)}
    assert (rows["ada"].first_at, rows["ada"].last_at) == ("2026-09-01T14:00", "2026-09-02T14:00")
    assert (rows["ada"].active_days, rows["ada"].events) == (2, 2)
    assert (rows["bob"].counted, rows["bob"].why_words) == (False, "active on too few days")
    assert (rows["cleo"].counted, rows["cleo"].why) == (False, "no_qualifying_action")


def test_the_list_goes_home_as_a_table(house: House) -> None:
    send(house.instance_a, days([f"user-{number:03}" for number in range(120)] + ["=cmd|calc"], [1]))
    made = count(house)
    table = verdicts_csv(count=made).decode("utf-8-sig").splitlines()
    assert len(table) == 122
    assert table[1].startswith('"\'=cmd|calc"')


def test_the_stored_list_is_the_engines_and_names_nobody(house: House) -> None:
    send(house.instance_a, days(["ada"], [1]))
    made = count(house)
    path = stored_path(made.verdicts_key, made.verdicts_sha256)
    assert [verdict.counted for verdict in read_verdicts(path)] == [True]
    assert b"ada" not in path.read_bytes()


def test_without_names_users_are_shown_by_reference(house: House) -> None:
    send(house.instance_a, days(["ada"], [1]))
    made = count(house)
    EvidenceFile.objects.update(names_key="", names_sha256="")
    row = next(verdict_rows(count=made))
    assert row.name is None
    assert len(row.user_ref) == 64
    with pytest.raises(NamesErased, match="were erased"):
        count(house, september_terms(house, excluded_users=["svc-*"]))


def test_provisioned_and_reported_numbers_stand_beside_the_count(house: House) -> None:
    send(house.instance_a, days(["ada"], [1]))
    record_provisioned_count(
        actor=house.finance.actor,
        contract=house.contract_a,
        users=1000,
        date=date(2026, 9, 30),
        source="user_list",
        now=NOW,
    )
    for users in (7, 8):
        record_reported_count(
            actor=house.customer_admin_a.actor,
            contract=house.contract_a,
            period=SEPTEMBER,
            users=users,
            source="instance",
            now=NOW,
        )
    made = count(house)
    assert (made.active_users, made.reported_users, made.provisioned_users) == (1, 8, 1000)
    assert (made.provisioned_date, made.provisioned_source) == (date(2026, 9, 30), "user_list")
    assert reported_count(contract=house.contract_b, period=SEPTEMBER) is None


def test_the_zone_of_the_contract_decides_on_which_day_something_was(house: House) -> None:
    content = csv_of([Act(user="ada", at="2026-08-31T22:30:00Z"), Act(user="bob", at="2026-08-31T21:30:00Z")])
    send(house.instance_a, content, Period(date(2026, 8, 1), date(2026, 10, 1)))
    assert count(house).daily == {"2026-09-01": 1}


def test_counts_are_seen_by_their_customer(house: House) -> None:
    send(house.instance_a, days(["ada"], [1]))
    made = count(house)
    assert list(counts_for(house.customer_admin_a.actor)) == [made]
    assert list(counts_for(house.customer_admin_b.actor)) == []


def test_no_process_of_ours_loads_duckdb(committed_house: House, process_environment: dict[str, str]) -> None:
    """Receive, sniff, confirm, read and count in a fresh process, and look at what that process has loaded."""
    program = f"""
import sys
import django
django.setup()
from licenses.models import Instance
from licenses.queries import terms_at
from tests.usage.sending import NOW, SEPTEMBER, days, send
from usage.operations.count_period import count_period
from usage.queries import verdict_rows
instance = Instance.objects.select_related("contract").get(pk={committed_house.instance_a.pk})
send(instance, days(["ada", "bob"], [1, 2]))
terms = terms_at(contract=instance.contract, day=SEPTEMBER.start)
count = count_period(contract=instance.contract, metric_name="active", terms=terms, period=SEPTEMBER, now=NOW)
assert len(list(verdict_rows(count=count))) == 2
loaded = sorted(name for name in sys.modules if name.partition(".")[0] in ("duckdb", "_duckdb"))
print(count.active_users, loaded)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=process_environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "2 []\n", done.stderr


def test_the_clock_of_a_count_is_given(house: House) -> None:
    send(house.instance_a, days(["ada"], [1]))
    later = datetime(2026, 12, 1, tzinfo=UTC)
    contract = Contract.objects.get(pk=house.contract_a.pk)
    terms = replace(september_terms(house))
    made = count_period(contract=contract, metric_name="active", terms=terms, period=SEPTEMBER, now=later)
    assert made.counted_at == later
