"""Count the active users of a contract again, from your own data and with nothing but Python 3.11 or newer.

    python recount.py --definition DEF.json --timezone Europe/Berlin --from 2026-06-01 --to 2026-09-01 FILE...
FILE is a usage export (CSV, plain or gzip, with a header line) or evidence: canonical text, or CSV as in a bundle. One
person in two files is one. NAME=FILE says from which instance a file comes. DEF.json is the contract's definition, or a
COUNT.json with it. The rule, whole: take rows whose day (in the zone of the bill) is in the window and whose action the
definition names; "login !failed" is no activity and means nothing to a name without " !". Write ids in one way (NFC, no
outer or invisible blanks, lower case), replace aliases by their person, leave out excluded people. With `min_events`
events on `min_days` days one is active. A day's figure: all with a counted action, or all active in its own window.
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
DAY = timedelta(days=1)
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
        wanted = wanted.get("definition", wanted)
        self.length = DAY * (wanted["window"]["days"] if wanted.get("window", "period") != "period" else 0)
        self.daily = bool(self.length) and wanted.get("evaluate") == "daily"
        self.early = date.min if wanted.get("look_back_before_start") else None
        least, days = wanted.get("min_events", 1), wanted.get("min_days", 1)
        self.is_enough: Any = lambda events: sum(events) >= least and len(events) >= days  # by day of a window
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
    if not moment.tzinfo and not source_zone:
        raise ValueError("the time has no zone; say with --source-timezone where its clock stood")
    both = [moment] if moment.tzinfo else [moment.replace(tzinfo=source_zone, fold=fold) for fold in (0, 1)]
    days = {one.astimezone(zone).date() for one in both if one.astimezone(UTC).astimezone(one.tzinfo) == one}
    if len(days) != 1:
        raise ValueError("the clock never showed this time, or showed it on two days")
    return days.pop()


def export_rows(lines: Iterator[str], path: str, instance: str, options: argparse.Namespace) -> Iterator[Row]:
    """Yield the rows of a plain export; those that cannot be read are set aside with line and reason."""
    first, zone = next(lines), ZoneInfo(options.timezone)
    reader = csv.reader(itertools.chain([first], lines), delimiter=max(",;\t|", key=first.count), strict=True)
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
            user, day = user_key(value["user"]), day_of(value["at"], zone, options.source_timezone)
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
        if first and not re.match(r"[0-9a-f]{64}\t|user_ref,", first):
            yield from export_rows(lines, path, instance, options)
        of_bundle = first.startswith("user_ref,")
        rows = csv.reader(text) if of_bundle else csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        for ref, place, action, day, events, *_ in filter(None, rows):
            options.rows_read += 1
            if not of_bundle:
                place, action = (re.sub(r"\\.", lambda code: ESCAPED[code[0]], field) for field in (place, action))
            yield names.get(ref, ref), ref not in names, place or instance, action, date.fromisoformat(day), int(events)


def count(rows: Iterable[Row], definition: Definition, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the calendar months of the span, or the span as a whole, with their active users."""
    days_of: Any = defaultdict(Counter)  # {person: {day: events}}
    length, since = definition.length, definition.early or options.since or date.min
    for user, is_ref, instance, action, day, events in rows:
        if definition.names(action) and (person := definition.person(user, is_ref)) is not None:
            days_of[person, instance if definition.per_instance else None][day] += events
    end = options.start
    while (start := end) < options.end:
        end = min(options.end, date.max if options.whole else (start.replace(day=1) + DAY * 31).replace(day=1))
        ends = [start + DAY * (day + 1) for day in range((end - start).days)] if definition.daily else [end]
        windows = [(max(last - length, since) if length else start, last) for last in ends]
        active, daily = 0, Counter[str]()
        for days in days_of.values():
            inside = [(last, [day for day in days if first <= day < last]) for first, last in windows]
            reached = [last - DAY for last, found in inside if definition.is_enough([days[day] for day in found])]
            active += bool(reached)
            daily.update(map(str, reached if definition.daily else (day for day in inside[0][1] if start <= day)))
        each = {"daily_active_users": dict(sorted(daily.items()))}
        yield {"start": str(start), "end": str(end), "active_users": active, **each}


def main() -> None:
    """Read the command line, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="[NAME=]FILE")
    parser.add_argument("--definition", required=True, metavar="DEF.json")
    parser.add_argument("--timezone", required=True, help="zone of the bill")
    parser.add_argument("--from", dest="start", type=date.fromisoformat, required=True, help="first day")
    parser.add_argument("--to", dest="end", type=date.fromisoformat, required=True, help="day after the last")
    parser.add_argument("--since", type=date.fromisoformat, help="first day of the contract, for windows")
    parser.add_argument("--whole", action="store_true", help="one period from first to last day, not calendar months")
    parser.add_argument("--source-timezone", type=ZoneInfo, help="where the clock stood, for times without zone")
    parser.add_argument("--column", action="append", default=[], type=lambda text: text.split("="), help="user=NAME")
    parser.add_argument("--names", help="of evidence: names.csv, or aliases and exclusions as references in JSON")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    people = Path(options.names).read_text(encoding="utf-8") if options.names else ""
    resolution = json.loads(people) if people.startswith("{") else {}
    names = {row[0]: row[1] for row in csv.reader([] if resolution else people.splitlines(keepends=True))}
    definition = Definition(json.loads(Path(options.definition).read_text(encoding="utf-8")), resolution)
    options.rows_read, options.repeated, options.set_aside, options.events = 0, 0, [], set()
    periods = list(count((row for file in options.files for row in rows_of(file, names, options)), definition, options))
    told = ["{start} to before {end}: {active_users:>9} active users".format(**period) for period in periods]
    told += ["Not counted: {file}, line {line}: {why}".format(**row) for row in options.set_aside]
    tally = {"read": options.rows_read, "set_aside": len(options.set_aside), "repeated": options.repeated}
    folder = next((each for each in TZPATH if Path(each, options.timezone).is_file()), "") or files("tzdata.zoneinfo")
    zones = " in ".join([*(each.read_text()[10:15] for each in Path(f"{folder}").glob("tzdata.zi")), f"{folder}"])
    told += ["{read} rows read, {set_aside} set aside, {repeated} repeated.".format(**tally), f"Time zones: {zones}."]
    answer = {"timezone": options.timezone, "zone_data": zones, "periods": periods, "rows": tally}
    print(json.dumps(answer | {"set_aside": options.set_aside}, indent=1) if options.json else "\n".join(told))


if __name__ == "__main__":
    main()
