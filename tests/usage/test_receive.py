"""Taking a file in: the same bytes are one report, whoever sends them, however often, and at the same moment."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connections

from ground.actor import NotAllowed
from ground.models import Job
from ground.portal_wall import portal_transaction
from ground.storage import stored_path
from licenses.models import Instance
from tests.cast import House
from tests.usage.sending import NOW, days, receive, run_jobs, send
from usage.models import ReportState, UsageReport
from usage.operations.receive_report import FileEmpty, FileTooLarge, receive_report, shown_name
from usage.operations.withdraw_report import withdraw_report

CONTENT = days(["ada", "bob"], [1, 2])


def stored_reports() -> list[Path]:
    return [path for path in Path(settings.STORAGE_ROOT).glob("*/report/*") if path.is_file()]


def on_their_way() -> list[Path]:
    """What lies there half stored: nothing of this test's, though killed workers of others may have left some."""
    return sorted((Path(settings.STORAGE_ROOT) / "incoming").glob("*"))


def test_a_file_is_kept_unchanged_with_its_hash(house: House) -> None:
    received = receive(house.instance_a, CONTENT, actor=house.customer_admin_a.actor)
    report = received.report
    assert not received.already_received
    assert (report.state, report.size, report.received_by) == (ReportState.RECEIVED, len(CONTENT), "Anna Aurel")
    assert stored_path(report.storage_key, report.sha256).read_bytes() == CONTENT
    assert report.storage_key.startswith(f"{house.customer_a.pk}/report/")
    assert report.sha256 not in report.storage_key
    assert Job.objects.get().args == {"report_id": report.pk}


def test_the_same_file_twice_says_so_and_changes_nothing(house: House) -> None:
    first = receive(house.instance_a, CONTENT)
    again = receive(house.instance_a, CONTENT, name="copy of usage.csv")
    assert again.already_received
    assert again.report == first.report
    assert UsageReport.objects.count() == 1
    assert Job.objects.count() == 1


def test_the_same_bytes_of_another_instance_are_another_report(house: House) -> None:
    a, b = receive(house.instance_a, CONTENT), receive(house.instance_b, CONTENT)
    assert not b.already_received
    assert a.report.storage_key.split("/")[0] != b.report.storage_key.split("/")[0]


def test_two_clients_at_the_same_moment_leave_one_report(committed_house: House) -> None:
    instance_id = committed_house.instance_a.pk
    before = set(stored_reports())
    barrier = Barrier(8)

    def client(number: int) -> bool:
        try:
            instance = Instance.objects.get(pk=instance_id)
            barrier.wait()
            return receive(instance, CONTENT, name=f"usage-{number}.csv").already_received
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(client, range(8)))
    assert answers == [False] + [True] * 7
    report = UsageReport.objects.get()
    assert Job.objects.filter(kind="usage.sniff_report").count() == 1
    assert [path.name for path in set(stored_reports()) - before] == [report.storage_key.rpartition("/")[2]]


def test_the_portal_receives_under_its_own_role(committed_house: House) -> None:
    house = committed_house
    with portal_transaction(house.customer_a.pk):
        instance = Instance.objects.get(public_id=house.instance_a.public_id)
        received = receive(instance, CONTENT, actor=house.customer_admin_a.actor)
        again = receive(instance, CONTENT, actor=house.customer_admin_a.actor)
    assert [received.already_received, again.already_received] == [False, True]
    assert UsageReport.objects.get().received_by == "Anna Aurel"


def test_another_customers_person_cannot_send(house: House) -> None:
    for person in (house.customer_admin_b, house.stranger):
        with pytest.raises(NotAllowed):
            receive(house.instance_a, CONTENT, actor=person.actor)
    assert UsageReport.objects.count() == 0


def test_an_empty_file_is_refused(house: House) -> None:
    with pytest.raises(FileEmpty, match="no byte"):
        receive(house.instance_a, b"")


def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "USAGE_LARGEST_UPLOAD", 1024 * 1024)
    before = stored_reports(), on_their_way()
    with pytest.raises(FileTooLarge, match="1 MiB"):
        receive(house.instance_a, b"x" * (1024 * 1024 + 1))
    assert (stored_reports(), on_their_way()) == before


def test_a_stream_is_never_asked_for_everything_at_once(house: House) -> None:
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert size > 0
            self.largest = max(self.largest, size)
            return super().read(size)

    stream = Counting(CONTENT)
    receive_report(
        actor=house.customer_admin_a.actor, instance=house.instance_a, file_name="a.csv", stream=stream, now=NOW
    )
    assert 0 < stream.largest <= 1024 * 1024


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("june.csv", "june.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\exports\\june.csv", "june.csv"),
        ("ju\u202ene.csv\x00", "june.csv"),
        ("  ", "unnamed file"),
        ("x" * 400, "x" * 255),
    ],
)
def test_a_name_is_for_people_and_never_a_path(sent: str, shown: str) -> None:
    assert shown_name(sent) == shown


def test_a_withdrawn_file_sent_again_begins_anew(house: House) -> None:
    report = send(house.instance_a, CONTENT)
    withdraw_report(actor=house.customer_admin_a.actor, report=report, reason="wrong file", closed=[], now=NOW)
    again = receive(house.instance_a, CONTENT)
    assert not again.already_received
    assert (again.report, again.report.state) == (report, ReportState.RECEIVED)
    run_jobs()
    assert UsageReport.objects.get().state == ReportState.NEEDS_CONFIRMATION
