"""What the page says while a file is read: done of total, rate, time left; nothing that is not known."""

from datetime import timedelta

import pytest

from ground.models import Job
from usage.models import UsageReport
from usage.portal.work import Work, expected_rows


@pytest.mark.parametrize(
    ("done", "total", "expected", "seconds", "words"),
    [
        (0, 0, 0, 0.1, ("", "", "")),
        (46_000, 0, 97_000, 2.0, ("46,000 of about 97,000", "23,000 per second", "2 seconds")),
        (46_000, 92_000, 0, 2.0, ("46,000 of 92,000", "23,000 per second", "2 seconds")),
        (98_000, 0, 97_000, 2.0, ("98,000 of about 98,000", "49,000 per second", "")),
        (5_000, 0, 0, 1.0, ("5,000", "5,000 per second", "")),
        (5_000, 0, 40_000_000, 1.0, ("5,000 of about 40,000,000", "5,000 per second", "2 hours")),
    ],
)
def test_words(done: int, total: int, expected: int, seconds: float, words: tuple[str, str, str]) -> None:
    job = Job(state=Job.State.RUNNING, progress_done=done, progress_total=total)

    work = Work(job=job, elapsed=timedelta(seconds=seconds), expected=expected)

    assert (work.done_words, work.rate, work.time_left) == words


@pytest.mark.parametrize(
    ("sniffed", "size", "rows"),
    [
        (None, 1000, 0),
        ({"preview": [["a" * 19]], "plain_size": 20_000}, 5, 1000),
        ({"preview": [["a" * 9], ["a" * 29]], "plain_size": None}, 123_456, 6200),
        ({"preview": [], "plain_size": 10}, 10, 0),
    ],
)
def test_how_many_rows_a_file_may_have(sniffed: dict[str, object] | None, size: int, rows: int) -> None:
    assert expected_rows(UsageReport(sniffed=sniffed, size=size)) == rows
