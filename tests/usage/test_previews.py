"""Before a file is confirmed it is tried: what it would change is known, and nothing has begun to count."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from licenses.models import Instance
from licenses.operations.register_instance import register_instance
from licenses.queries import terms_at
from tests.cast import BUILDER, House, sign_contract, terms_json
from tests.usage.sending import CUSTOMER, NOW, SEPTEMBER, Act, csv_of, days, receive, run_jobs, send, september
from usage.models import EvidenceFile, KeptMapping, ReportPreview, ReportState, UsageReport
from usage.operations.confirm_preview import LookAgain, confirm_preview
from usage.operations.confirm_report import OrderUnclear, confirm_report
from usage.operations.count_period import count_period
from usage.operations.preview_report import preview_report
from usage.queries.mappings import kept_mapping


def instance_of_logins(house: House) -> Instance:
    """An instance under a contract that counts nothing but log-ins."""
    metrics = {"active": {"kind": "active_users", "definition": {"actions": ["login"]}, "calculation": "unique"}}
    contract = sign_contract(house.customer_a, "K-2026-009", terms_json(metrics=metrics))
    return register_instance(actor=BUILDER, contract=contract, name="Logins-1", reports_from=date(2026, 1, 1))


EARLY, LATE = datetime(2026, 9, 21, tzinfo=UTC), datetime(2026, 9, 22, tzinfo=UTC)


def looked_at(house: House, content: bytes, name: str = "usage.csv") -> UsageReport:
    report = receive(house.instance_a, content, name=name).report
    run_jobs()
    return UsageReport.objects.get(pk=report.pk)


def tried(report: UsageReport, covers: Any = SEPTEMBER, **said: Any) -> ReportPreview:
    asked = preview_report(
        actor=CUSTOMER,
        report=report,
        covers=covers,
        now=NOW,
        **({"mapping": None, "source_timezone": "", "generated_at": None} | said),
    )
    run_jobs()
    return ReportPreview.objects.get(pk=asked.pk)


def active_users(house: House) -> int:
    terms = terms_at(contract=house.contract_a, day=SEPTEMBER.start)
    return count_period(
        contract=house.contract_a, metric_name="active", terms=terms, period=SEPTEMBER, now=NOW
    ).active_users


def test_what_would_change_is_said_and_nothing_changes(house: House) -> None:
    send(house.instance_a, days(["ada", "bob"], range(1, 11)), september(1, 10), generated_at=EARLY)
    report = looked_at(house, days(["ada", "cleo", "dan"], range(6, 16)))
    stored = EvidenceFile.objects.filter(report=report).count()

    preview = tried(report, september(6, 15), generated_at=LATE)

    assert preview.state == "ready", preview.result
    assert preview.result is not None
    assert preview.result["effects"] == [
        {"metric": "active", "start": "2026-09-01", "end": "2026-10-01", "before": 2, "after": 4}
    ]
    assert preview.result["rows"] == {"read": 30, "accepted": 30, "quarantined": 0, "duplicate": 0, "not_owned": 0}
    assert UsageReport.objects.get(pk=report.pk).state == ReportState.NEEDS_CONFIRMATION
    assert (EvidenceFile.objects.filter(report=report).count(), stored) == (0, 0)
    assert active_users(house) == 2

    confirm_preview(actor=CUSTOMER, preview=preview, now=NOW)
    run_jobs()

    accepted = UsageReport.objects.get(pk=report.pk)
    assert (accepted.state, accepted.effects) == (ReportState.ACCEPTED, preview.result["effects"])
    assert active_users(house) == 4


def test_a_file_that_came_in_between_makes_one_look_again(house: House) -> None:
    first = looked_at(house, days(["ada"], [1]), name="first.csv")
    preview = tried(first, september(1, 5), generated_at=EARLY)
    send(house.instance_a, days(["bob"], [9]), september(9, 9), generated_at=EARLY)

    with pytest.raises(LookAgain, match="Another file began to count"):
        confirm_preview(actor=CUSTOMER, preview=preview, now=NOW)

    again = tried(UsageReport.objects.get(pk=first.pk), september(1, 5), generated_at=EARLY)
    assert again.pk != preview.pk
    assert again.result is not None
    assert [(one["before"], one["after"]) for one in again.result["effects"]] == [(1, 2)]


def test_the_same_words_are_one_trial(house: House) -> None:
    report = looked_at(house, days(["ada"], [1]))
    assert tried(report).pk == tried(UsageReport.objects.get(pk=report.pk)).pk


def test_what_would_count_nothing_is_refused_with_the_reason(house: House) -> None:
    content = csv_of(Act(user=name, at="2026-09-03T12:00:00Z", action="heartbeat") for name in "abc")
    report = UsageReport.objects.get(pk=receive(instance_of_logins(house), content).report.pk)
    run_jobs()
    report.refresh_from_db()

    preview = tried(report)

    assert (preview.state, preview.result and preview.result["code"]) == ("refused", "rows.uncounted")
    assert preview.result is not None
    assert preview.result["message"] == (
        "No row has an action that the contract counts, so the file would count nothing. "
        "The rows have heartbeat (3); counted is login."
    )
    assert tried(UsageReport.objects.get(pk=report.pk), nobody_active=True).state == "ready"


def test_days_on_which_no_row_lies_are_refused(house: House) -> None:
    report = looked_at(house, days(["ada", "bob"], [20]))
    preview = tried(report, september(1, 10))
    assert preview.result is not None
    assert (preview.state, preview.result["code"]) == ("refused", "rows.elsewhere")
    assert "None of the 2 rows lies on the days that you state" in preview.result["message"]


def test_rows_that_all_lie_outside_the_contract_are_refused_by_their_reason(house: House) -> None:
    report = looked_at(house, csv_of([Act(user="ada", at="2024-05-01T08:00:00Z")]))
    preview = tried(report)
    assert preview.result is not None
    assert (preview.state, preview.result["finding_counts"]) == ("refused", {"time.outside_contract": 1})
    assert "before the contract begins" in preview.result["message"]


@pytest.mark.parametrize(("order", "users"), [((0, 1), 2), ((1, 0), 1)])
def test_an_order_that_only_the_bytes_decide_is_refused_by_the_operation(
    house: House, order: tuple[int, int], users: int
) -> None:
    files = [days(["ada"], [1, 2]), days(["bob"], [2, 3])]
    send(house.instance_a, files[order[0]], september(1, 3))
    second = looked_at(house, files[order[1]], name="second.csv")
    said: dict[str, Any] = {"mapping": None, "source_timezone": "", "covers": september(2, 5), "now": NOW}

    with pytest.raises(OrderUnclear, match="nothing says which of the two files was exported later"):
        confirm_report(actor=CUSTOMER, report=second, generated_at=None, **said)

    assert UsageReport.objects.get(pk=second.pk).state == ReportState.NEEDS_CONFIRMATION
    confirm_report(actor=CUSTOMER, report=UsageReport.objects.get(pk=second.pk), generated_at=LATE, **said)
    run_jobs()
    assert active_users(house) == users


def test_a_mapping_is_kept_for_the_next_file_of_this_shape(house: House) -> None:
    content = b"Who,When,Did\nada,2026-09-01T08:00:00Z,login\n"
    report = looked_at(house, content)
    assert report.sniffed is not None
    mapping = report.sniffed["mapping"] | {
        "columns": {"user": "Who", "at": "When", "action": "Did", "event_id": None, "quantity": None, "instance": None}
    }
    confirm_report(
        actor=CUSTOMER,
        report=report,
        mapping=mapping,
        source_timezone="",
        covers=september(1, 1),
        generated_at=None,
        now=NOW,
    )
    kept = kept_mapping(instance=house.instance_a, columns=["did", " WHEN", "who"])
    assert kept is not None
    assert (kept.mapping["columns"]["user"], kept.kept_by, kept.report_id) == ("Who", CUSTOMER.name, report.pk)
    assert kept_mapping(instance=house.instance_a, columns=["did", "when"]) is None
    assert kept_mapping(instance=house.instance_b, columns=["did", "when", "who"]) is None
    assert KeptMapping.objects.count() == 1
