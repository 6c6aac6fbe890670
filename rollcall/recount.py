#!/usr/bin/env python3
"""Count the active users of a contract again, from your own data and with nothing but Python 3.11 or newer.

    python recount.py --definition DEF.json --timezone Europe/Berlin --from 2026-06-01 --to 2026-09-01 FILE...

FILE is a usage export (CSV, plain or gzip, with a header line) or the canonical evidence behind an invoice. One person
in two files is one person. NAME=FILE says from which instance a file comes. DEF.json is the contract's definition.

The rule, whole: take rows whose day (in the zone of the bill) lies in the period and whose action the definition names;
"login !failed" is no activity and means nothing to a name without " !". Write each user id in one way (NFC, no outer or
invisible blanks, lower case), replace aliases by their person, leave out excluded people. Who has at least `min_events`
events on `min_days` days is one active user. A day's figure: all with a counted action. The bill shares no line here.
"""

import argparse
import csv
import gzip
import itertools
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import TZPATH, ZoneInfo

# What a column may be called, in any case and order.
COLUMNS = {"user": ["user_id", "user"], "at": ["occurred_at", "timestamp", "time"], "action": ["action", "event"]}
COLUMNS |= {"event_id": ["event_id", "id"], "instance": ["instance_id"]}
CLOCK, ZONE = r"([01]\d|2[0-3])(:\d\d){1,2}([.,]\d+)?", r" ?(Z|z|UTC|GMT|[+-]\d\d(:?[0-5]\d)?)"
TIME = re.compile(rf"\d{{4}}-\d\d-\d\d[T ]{CLOCK}({ZONE})?", re.ASCII)
INVISIBLE = re.compile("[\u180e\u200b\u2060\ufeff]+")
SURROUNDING = re.compile(r"\A[\s\u200c\u200d]+|[\s\u200c\u200d]+\Z")
ESCAPED = {r"\\": "\\", r"\t": "\t", r"\n": "\n", r"\r": "\r"}
Row = tuple[str, bool, str, str, date, int]  # user, is that a reference, instance, action, day, events


def composed(text: str) -> str:
    """Return the text without blanks around it, each letter written in one way."""
    return unicodedata.normalize("NFC", SURROUNDING.sub("", text))


@cache
def user_key(raw: str) -> str:
    """Return the one way in which this id is written."""
    return unicodedata.normalize("NFC", composed(INVISIBLE.sub("", raw)).lower())


class Definition:
    """Who is an active user, as the contract says."""

    def __init__(self, wanted: dict[str, Any], resolution: dict[str, Any]) -> None:
        if wanted.get("window", "period") != "period":
            raise SystemExit("This program counts a period as one window; the definition asks for another window.")
        self.min_events, self.min_days = wanted.get("min_events", 1), wanted.get("min_days", 1)
        self.per_instance, identity = wanted.get("per_instance", False), wanted.get("identity", {})
        self.plain = identity.get("namespace", "plain") == "plain"  # else ids were made one at the instance
        self.aliases = {user_key(old): user_key(new) for old, new in identity.get("aliases", {}).items()}
        self.excluded = [user_key(pattern) for pattern in wanted.get("excluded_users", [])]
        self.known_aliases, self.known_excluded = resolution.get("aliases", {}), resolution.get("excluded", [])
        names = [[composed(name).lower() for name in wanted["actions"] if mark in name] for mark in ("", " !")]
        self.names = cache(lambda did: any(fnmatchcase(composed(did).lower(), name) for name in names[" !" in did]))
        self.person = cache(self.find_person)

    def find_person(self, key: str, is_reference: bool) -> str | None:
        """Return who this is, or None for a person who is not to be counted."""
        if is_reference:  # evidence without its names: references are all that is known
            key = self.known_aliases.get(key, key)
            return None if key in self.known_excluded else key
        while self.plain and self.aliases.get(key, key) != key:
            key = self.aliases[key]
        return None if self.plain and any(fnmatchcase(key, pattern) for pattern in self.excluded) else key


def day_of(text: str, zone: ZoneInfo, source_zone: ZoneInfo | None) -> date:
    """Return the day, in the zone of the bill, of a written time; raise ValueError when it is not surely one day."""
    if not TIME.fullmatch(text):
        raise ValueError(f"the time {text!r} is not like 2026-06-30T23:59:59Z")
    moment = datetime.fromisoformat(re.sub(" ?(z|UTC|GMT)$", "Z", text).replace(" +", "+").replace(" -", "-"))
    if not timedelta(hours=-12) <= (moment.utcoffset() or timedelta()) <= timedelta(hours=14):
        raise ValueError("no place on earth has this offset from UTC")
    if moment.tzinfo:
        return moment.astimezone(zone).date()
    if not source_zone:
        raise ValueError("the time has no zone; say with --source-timezone where its clock stood")
    both = [moment.replace(tzinfo=source_zone, fold=fold) for fold in (0, 1)]
    days = {one.astimezone(zone).date() for one in both if one.astimezone(UTC).astimezone(source_zone) == one}
    if len(days) != 1:
        raise ValueError("the clock never showed this time, or showed it on two days")
    return days.pop()


def export_rows(lines: Iterator[str], path: str, instance: str, options: argparse.Namespace) -> Iterator[Row]:
    """Yield the rows of a plain export; those that cannot be read are set aside with line and reason."""
    first, zone = next(lines), ZoneInfo(options.timezone)
    reader = csv.reader(itertools.chain([first], lines), delimiter=max(",;\t|", key=first.count), strict=True)
    source_zone = ZoneInfo(options.source_timezone) if options.source_timezone else None
    head = [name.strip().lower() for name in next(reader, [])]
    called = COLUMNS | {what: [name.lower()] for what, name in options.column}
    place = {what: next((head.index(name) for name in names if name in head), -1) for what, names in called.items()}
    if min(place["user"], place["at"]) < 0:
        raise SystemExit(f"{path}: no column for the user or for the time; name it with --column user=NAME or at=NAME.")
    for row in filter(None, reader):
        options.rows_read += 1
        try:
            if len(row) != len(head):
                raise ValueError(f"{len(row)} fields where the header has {len(head)}")
            "".join(row).encode()  # a broken byte ends here
            value = {what: row[at].strip() for what, at in place.items() if at >= 0}
            user, day = user_key(value["user"]), day_of(value["at"], zone, source_zone)
            if not user or " !" in value.get("action", ""):
                raise ValueError("there is no user" if not user else "the action holds ' !', the mark of no activity")
        except ValueError as fault:
            line = reader.line_num - "".join(row).count("\n")
            options.set_aside.append({"file": path, "line": line, "why": f"{fault}."})
            continue
        if (event := value.get("event_id")) in options.events:
            options.repeated += 1
            continue
        options.events.update([event] if event else [])
        yield user, False, value.get("instance") or instance, value.get("action", ""), day, 1


def rows_of(argument: str, names: dict[str, str], options: argparse.Namespace) -> Iterator[Row]:
    """Open one file, see what it is, and yield its rows."""
    instance, path = ("", argument) if Path(argument).exists() else argument.split("=", 1)
    with open(path, "rb") as raw:
        opener: Any = gzip.open if raw.read(2) == b"\x1f\x8b" else open
    with opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        lines = itertools.chain([first := text.readline()], text)
        if first and not re.match(r"[0-9a-f]{64}\t", first):
            yield from export_rows(lines, path, instance, options)
            return
        for line in filter(None, lines):
            options.rows_read += 1
            ref, place, action, day, events, *_ = line.rstrip("\n").split("\t")
            place, action = (re.sub(r"\\.", lambda code: ESCAPED[code[0]], field) for field in (place, action))
            yield names.get(ref, ref), ref not in names, place or instance, action, date.fromisoformat(day), int(events)


def count(rows: Iterable[Row], definition: Definition, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the calendar months of the span, or the span as a whole, with their active users."""
    days_of: Any = defaultdict(Counter)  # {person: {day: events}}
    for user, is_reference, instance, action, day, events in rows:
        is_inside = options.start <= day < options.end and definition.names(action)
        if is_inside and (person := definition.person(user, is_reference)) is not None:
            days_of[person, instance if definition.per_instance else None][day] += events
    end = options.start
    while (start := end) < options.end:
        next_month = (start.replace(day=1) + timedelta(days=31)).replace(day=1)
        end = options.end if options.whole else min(next_month, options.end)
        active, daily = 0, Counter[str]()
        for days in days_of.values():
            inside = {day.isoformat(): events for day, events in days.items() if start <= day < end}
            active += len(inside) >= definition.min_days and sum(inside.values()) >= definition.min_events
            daily.update(inside.keys())
        each = dict(sorted(daily.items()))
        yield {"start": str(start), "end": str(end), "active_users": active, "daily_active_users": each}


def main() -> None:
    """Read the command line, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="[NAME=]FILE")
    parser.add_argument("--definition", required=True, metavar="DEF.json")
    parser.add_argument("--timezone", required=True, help="zone of the bill")
    parser.add_argument("--from", dest="start", type=date.fromisoformat, required=True, help="first day")
    parser.add_argument("--to", dest="end", type=date.fromisoformat, required=True, help="day after the last")
    parser.add_argument("--whole", action="store_true", help="one period from first to last day, not calendar months")
    parser.add_argument("--source-timezone", help="where the clock stood, for times without zone")
    parser.add_argument("--column", action="append", default=[], type=lambda text: text.split("="), help="user=NAME")
    parser.add_argument("--names", help="of evidence: names.csv, or aliases and exclusions as references in JSON")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    people = Path(options.names).read_text(encoding="utf-8") if options.names else ""
    resolution = json.loads(people) if people.startswith("{") else {}
    names = {row[0]: row[1] for row in csv.reader([] if resolution else people.splitlines(keepends=True))}
    definition = Definition(json.loads(Path(options.definition).read_text(encoding="utf-8")), resolution)
    options.rows_read, options.repeated, options.set_aside, options.events = 0, 0, [], set()
    rows = itertools.chain.from_iterable(rows_of(file, names, options) for file in options.files)
    periods = list(count(rows, definition, options))
    told = ["{start} to before {end}: {active_users:>9} active users".format(**period) for period in periods]
    told += ["Not counted: {file}, line {line}: {why}".format(**row) for row in options.set_aside]
    tally = {"read": options.rows_read, "set_aside": len(options.set_aside), "repeated": options.repeated}
    folder = next((each for each in TZPATH if Path(each, options.timezone).is_file()), "") or files("tzdata.zoneinfo")
    versions = (listing.read_text()[10:15] for listing in Path(f"{folder}").glob("tzdata.zi"))
    zones = " in ".join([*versions, f"{folder}"])
    told += ["{read} rows read, {set_aside} set aside, {repeated} repeated.".format(**tally), f"Time zones: {zones}."]
    answer = {"timezone": options.timezone, "zone_data": zones, "periods": periods, "rows": tally}
    print(json.dumps(answer | {"set_aside": options.set_aside}, indent=1) if options.json else "\n".join(told))


if __name__ == "__main__":
    main()
