"""A file that is a bomb, or that kills the program which reads it, ends in a named state and hurts nobody else."""

import gzip
import time
from collections.abc import Callable

import pytest
from django.conf import settings

from rollcall.intake.limits import DEFAULT_LIMITS
from tests.cast import House
from tests.rollcall.intake import bombs
from tests.usage.sending import confirm, days, receive, run_jobs, send
from usage.limits import child_user, intake_limits
from usage.models import EvidenceFile, ReportState, UsageReport

HONEST = days(["ada", "bob"], [1, 2])
BOMB = gzip.compress(bombs.MEGABYTE * 20, 9) * 20


def limit(monkeypatch: pytest.MonkeyPatch, **values: int) -> None:
    monkeypatch.setattr(settings, "USAGE_LIMITS", {**settings.USAGE_LIMITS, **values})


def now_of(report: UsageReport) -> UsageReport:
    return UsageReport.objects.get(pk=report.pk)


def test_a_bomb_is_refused_and_the_next_customer_is_not_held_up(house: House, figure: Callable[[str], None]) -> None:
    bad = receive(house.instance_a, BOMB, name="usage.csv").report
    good = receive(house.instance_b, HONEST).report
    started = time.monotonic()
    run_jobs()
    figure(f"a bomb of 400 MB and an honest file, looked at by one worker: {time.monotonic() - started:.2f} s")
    bad, good = now_of(bad), now_of(good)
    assert (bad.state, bad.refusal_code) == (ReportState.REJECTED, "size.ratio")
    assert "bomb" in bad.refusal_message
    assert good.state == ReportState.NEEDS_CONFIRMATION


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"sniff_memory_bytes": 1_000_000}, "memory"), ({"sniff_seconds": 0}, "seconds")],
)
def test_a_first_look_that_dies_leaves_the_report_refused_with_the_reason(
    house: House, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int], words: str
) -> None:
    with monkeypatch.context() as patch:
        limit(patch, **limits)
        bad = receive(house.instance_a, HONEST).report
        run_jobs()
    bad = now_of(bad)
    assert (bad.state, bad.refusal_code) == (ReportState.REJECTED, "child.died")
    assert words in bad.refusal_message
    assert send(house.instance_b, HONEST).state == ReportState.ACCEPTED


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"read_memory_bytes": 1_000_000}, "memory"), ({"read_seconds": 0}, "seconds")],
)
def test_a_reading_that_dies_leaves_the_report_refused_and_no_evidence(
    house: House, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int], words: str
) -> None:
    bad = receive(house.instance_a, HONEST).report
    run_jobs()
    with monkeypatch.context() as patch:
        limit(patch, **limits)
        confirm(bad)
        run_jobs()
    bad = now_of(bad)
    assert (bad.state, bad.refusal_code) == (ReportState.REJECTED, "child.died")
    assert words in bad.refusal_message
    assert not EvidenceFile.objects.exists()
    assert send(house.instance_b, HONEST).state == ReportState.ACCEPTED


def test_the_vendors_limits_reach_both_children(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, rows=3)
    report = send(house.instance_a, HONEST)
    assert (report.state, report.refusal_code) == (ReportState.REJECTED, "size.rows")
    limit(monkeypatch, columns=2)
    wide = receive(house.instance_b, HONEST).report
    run_jobs()
    assert now_of(wide).refusal_code == "size.columns"


def test_the_limits_are_settings_with_sane_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    assert intake_limits() == DEFAULT_LIMITS
    assert child_user() == "nobody"
    assert DEFAULT_LIMITS.plain_bytes >= 5_000_000_000
    assert DEFAULT_LIMITS.rows >= 100_000_000
    limit(monkeypatch, plain_bytes=7)
    assert intake_limits().plain_bytes == 7
