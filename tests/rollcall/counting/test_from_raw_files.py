"""From the bytes of an export to the count: intake and both counters against the recount of the very same file.

The recount program does its own identity, aliases, exclusions, zones and event ids and shares nothing with intake.
Where an instance owns spans of time, the oracle gets the rows that lie in them.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.intake.evidence import read_names
from rollcall.intake.read import read
from rollcall.intake.request import ReadRequest
from rollcall.period import Period
from rollcall.rows import EvidenceRow
from rollcall.terms.activity import ActivityDefinition
from rollcall.terms.identity import Resolution, resolve
from tests.rollcall.counting import world

SALT = b"a contract's salt"

# Half hours, quarters of an hour, both ends of the world, zones that change their clocks in the period or at midnight.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Santiago",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
)

# Spellings of few people: blanks, case, composed and decomposed, invisible, look-alikes that must stay apart.
IDS = (
    *("anna@corp.example", "Anna@Corp.example ", "\u200banna@corp.example", "ANNA@CORP.EXAMPLE"),
    *("zoë", "zoe\u0308", "ZOË", "zoe"),
    *("straße", "strasse", "STRASSE"),
    *("ﬁona", "fiona", "\u2003Fiona\u00a0"),
    *("İpek", "i̇pek", "ipek", "IPEK", "ıpek"),
    *("svc-backup", "SVC-Mail", "build[bot]", "deploy[bot] "),
    *("=1+1", "o'neil", 'say "hi"', "a,b;c", "00123", "123", "Ǆ", "ǅ", "ǆ", "ΑΣ", "ας"),
)
ALIASES = {"Fiona": "anna@corp.example", "zoe": " ZOË", "a,b;c": "fiona", "123": "nobody else"}
EXCLUDED = ["SVC-*", "*[[]bot]", "o'neil"]


class Event(NamedTuple):
    """One row of an export."""

    event_id: str
    user_id: str
    at: datetime
    action: str
    instance_id: str


def edges(zone: str) -> list[datetime]:
    """Return the instants at which days of the period begin in a zone, among them those on which clocks change."""
    days = [
        date(2026, 3, 28),
        date(2026, 3, 29),
        date(2026, 3, 30),
        date(2026, 4, 1),
        date(2026, 4, 5),
        date(2026, 4, 24),
    ]
    return [datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) for day in days]


@st.composite
def exports(draw: st.DrawFn, zone: str) -> list[Event]:
    """Draw the rows of an export whose instants crowd around the edges of days."""
    instants = st.builds(
        lambda edge, shift: edge + shift,
        st.sampled_from(edges(zone)),
        st.one_of(
            st.sampled_from([timedelta(0), timedelta(microseconds=-1), timedelta(minutes=30), timedelta(hours=-1)]),
            st.timedeltas(timedelta(days=-3), timedelta(days=3)),
        ),
    )
    events = st.builds(
        Event,
        event_id=st.sampled_from(["", "", "e1", "e2", "e3", "e4", "e5"]),
        user_id=st.sampled_from(IDS),
        at=instants,
        action=st.sampled_from(["login", "Login ", "file.read", "report.open", "logout"]),
        instance_id=st.sampled_from(["eu", "us", ""]),
    )
    rows = draw(st.lists(events, min_size=1, max_size=30))
    # An event id names one event: where it is drawn again, the row is the same row.
    first: dict[str, Event] = {}
    return [first.setdefault(event.event_id, event) if event.event_id else event for event in rows]


def write_export(events: Sequence[Event], path: Path, offset: timedelta) -> Path:
    """Write an export whose exporter's clock stood at an offset from UTC."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["event_id", "user_id", "occurred_at", "action", "instance_id"])
        for event in events:
            local = event.at + offset
            sign = "-" if offset < timedelta(0) else "+"
            hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
            written = f"{local.replace(tzinfo=None).isoformat(timespec='microseconds')}{sign}{hours:02d}:{minutes:02d}"
            writer.writerow([event.event_id, event.user_id, written, event.action, event.instance_id])
    return path


class Taken(NamedTuple):
    """Evidence of one export: the file, its rows, and the names behind it."""

    path: Path
    rows: list[EvidenceRow]
    names: dict[str, str]


def take(path: Path, folder: Path, zone: str, spans: tuple[tuple[str, str], ...] | None = None) -> Taken:
    """Read an export to evidence."""
    request = ReadRequest(
        files=(str(path),),
        filenames=(path.name,),
        out_dir=str(folder),
        timezone=zone,
        salt_hex=SALT.hex(),
        instance="home",
        spans=spans,
    )
    result = read(request)
    assert (result.outcome, result.rows.quarantined, result.questions) == ("accepted", 0, ())
    assert result.evidence_file
    assert result.names_file
    evidence = folder / result.evidence_file
    return Taken(evidence, world.rows_of(evidence), read_names(folder / result.names_file))


definitions = st.builds(
    lambda actions, min_events, min_days, per_instance, aliases, excluded: world.define(
        actions=actions,
        min_events=min_events,
        min_days=min_days,
        per_instance=per_instance,
        excluded_users=excluded,
        identity={"aliases": aliases},
    ),
    st.sampled_from([["*"], ["login"], ["FILE.*", "log?n"]]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from([{}, ALIASES]),
    st.sampled_from([[], EXCLUDED]),
)
PERIODS = (
    Period(date(2026, 3, 1), date(2026, 4, 1)),
    Period(date(2026, 3, 29), date(2026, 4, 5)),
    Period(date(2026, 3, 30), date(2026, 4, 30)),
)
offsets = st.sampled_from([timedelta(hours=hours) for hours in (-12, -3.5, 0, 5.75, 14)])


@settings(deadline=None, max_examples=25 * world.CAMPAIGN)
@given(
    data=st.data(), zone=st.sampled_from(ZONES), definition=definitions, period=st.sampled_from(PERIODS), offset=offsets
)
def test_any_export_in_any_zone(
    data: st.DataObject, zone: str, definition: ActivityDefinition, period: Period, offset: timedelta
) -> None:
    events = data.draw(exports(zone))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        file = write_export(events, folder / "export.csv", offset)
        taken = take(file, folder / "evidence", zone)
        resolution = resolve(taken.names, definition, SALT)
        plain = world.count_plainly(taken.rows, definition, period, resolution)
        fast = world.count_by_columns([taken.path], definition, period, resolution)
        assert world.difference(plain, fast) == ""
        expected = world.Figures(plain.active_users, plain.daily_active_users)

        arguments = {"folder": folder, "timezone": zone}
        assert world.recount_files([f"home={file}"], definition, period, **arguments) == expected
        names = folder / "evidence" / "names.csv"
        text = world.write_canonical(taken.rows, folder / "evidence.tsv")
        assert world.recount_files([str(text)], definition, period, names=names, **arguments) == expected
        assert world.recount_evidence(taken.rows, definition, period, resolution, folder=folder) == expected


@settings(deadline=None, max_examples=15 * world.CAMPAIGN)
@given(data=st.data(), zone=st.sampled_from(ZONES), definition=definitions, period=st.sampled_from(PERIODS))
def test_a_later_snapshot_owns_its_span(
    data: st.DataObject, zone: str, definition: ActivityDefinition, period: Period
) -> None:
    earlier, later = ([event._replace(event_id="") for event in data.draw(exports(zone))] for _ in range(2))
    moment = data.draw(st.sampled_from(edges(zone))) + data.draw(st.timedeltas(timedelta(hours=-2), timedelta(hours=2)))
    start, cut, end = (
        found.isoformat() for found in (moment - timedelta(days=400), moment, moment + timedelta(days=400))
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = [
            write_export(rows, folder / f"{number}.csv", timedelta()) for number, rows in enumerate((earlier, later))
        ]
        old = take(files[0], folder / "old", zone, spans=((start, cut),))
        new = take(files[1], folder / "new", zone, spans=((cut, end),))
        resolution = resolve(old.names | new.names, definition, SALT)
        plain = world.count_plainly([*old.rows, *new.rows], definition, period, resolution)
        fast = world.count_by_columns([old.path, new.path], definition, period, resolution)
        assert world.difference(plain, fast) == ""

        owned = [event for event in earlier if event.at < moment] + [event for event in later if event.at >= moment]
        oracle = write_export(owned, folder / "owned.csv", timedelta())
        found = world.recount_files([f"home={oracle}"], definition, period, folder=folder, timezone=zone)
        assert found == world.Figures(plain.active_users, plain.daily_active_users)


def test_one_person_in_many_spellings_is_one_user(tmp_path: Path) -> None:
    at = datetime(2026, 3, 10, 12, tzinfo=UTC)
    events = [Event("", user_id, at, "login", "") for user_id in IDS]
    taken = take(write_export(events, tmp_path / "export.csv", timedelta()), tmp_path / "evidence", "UTC")
    definition = world.define(excluded_users=EXCLUDED, identity={"aliases": ALIASES})
    resolution = resolve(taken.names, definition, SALT)
    result = world.count_by_columns([taken.path], definition, PERIODS[0], resolution)
    # anna (with fiona, and "a,b;c" by way of fiona), zoë (with zoe), straße, strasse, ﬁona, i̇pek, ipek, ıpek, =1+1,
    # say "hi", 00123, nobody else (123), ǆ, ας twice: the capital sigma at the end of a word becomes the final one.
    keys = {taken.names.get(verdict.user_ref, "nobody else") for verdict in result.verdicts if verdict.counted}
    assert keys == {
        *("anna@corp.example", "zoë", "straße", "strasse", "ﬁona", "i̇pek", "ipek", "ıpek", "=1+1", 'say "hi"', "00123"),
        *("nobody else", "ǆ", "ας"),
    }
    assert result.active_users == 14
    assert sum(verdict.why == "excluded" for verdict in result.verdicts) == 5


@pytest.mark.parametrize(
    ("case", "written", "zone", "day"),
    [
        ("the last minute of April in New York", "2026-05-01T03:59:59Z", "America/New_York", date(2026, 4, 30)),
        ("the first of May in Kiritimati", "2026-04-30T10:00:00Z", "Pacific/Kiritimati", date(2026, 5, 1)),
        ("the thirtieth at the date line", "2026-05-01T11:59:59Z", "Etc/GMT+12", date(2026, 4, 30)),
        ("half past six in the evening is tomorrow in India", "2026-04-30T18:30:00Z", "Asia/Kolkata", date(2026, 5, 1)),
        ("the hour that Berlin has twice", "2026-10-25T01:30:00Z", "Europe/Berlin", date(2026, 10, 25)),
        ("Cairo goes on at midnight", "2026-04-23T22:00:00Z", "Africa/Cairo", date(2026, 4, 24)),
    ],
)
def test_a_day_belongs_to_the_zone_of_the_bill(case: str, written: str, zone: str, day: date, tmp_path: Path) -> None:
    export = write_export(
        [Event("", "anna", datetime.fromisoformat(written), "login", "")], tmp_path / "e.csv", timedelta()
    )
    taken = take(export, tmp_path / "evidence", zone)
    period = Period(day, day + timedelta(days=1))
    result = world.count_by_columns([taken.path], world.define(), period, Resolution({}, frozenset()))
    assert result.daily_active_users == {day: 1}, case
    again = world.recount_files([str(export)], world.define(), period, folder=tmp_path, timezone=zone)
    assert again == world.Figures(1, {day: 1})
