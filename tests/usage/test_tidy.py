"""What a killed process left in the store goes; what a row names stays."""

import os
import time
from pathlib import Path

import pytest
from django.conf import settings

from ground.storage import store_file, stored_path
from licenses.queries import terms_at
from tests.cast import House
from tests.usage.sending import NOW, SEPTEMBER, days, send
from usage.models import EvidenceFile, UsageReport
from usage.operations.count_period import count_period
from usage.operations.tidy_store import tidy_store


def age(path: Path, hours: int) -> None:
    long_ago = time.time() - hours * 3600
    os.utime(path, (long_ago, long_ago))


def test_leftovers_go_and_named_files_stay(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "STORAGE_ROOT", tmp_path)
    report = send(house.instance_a, days(["ada"], [1]))
    terms = terms_at(contract=house.contract_a, day=SEPTEMBER.start)
    count = count_period(contract=house.contract_a, metric_name="active", terms=terms, period=SEPTEMBER, now=NOW)
    root = tmp_path
    orphan = root / store_file(customer_id=house.customer_a.pk, kind="evidence", source=b"never committed").key
    fresh = root / store_file(customer_id=house.customer_a.pk, kind="evidence", source=b"on its way").key
    half = root / "incoming" / "tmp-half"
    half.mkdir()
    for path in root.glob("*/*/*"):
        age(path, 100)
    for path in (half, orphan):
        age(path, 100)
    age(fresh, 1)

    assert tidy_store() == 2

    assert [half.exists(), orphan.exists(), fresh.exists()] == [False, False, True]
    assert stored_path(report.storage_key, report.sha256).exists()
    evidence = EvidenceFile.objects.get()
    assert stored_path(evidence.storage_key, evidence.storage_sha256).exists()
    assert stored_path(evidence.names_key, evidence.names_sha256).exists()
    assert stored_path(count.verdicts_key, count.verdicts_sha256).exists()
    assert UsageReport.objects.count() == 1
