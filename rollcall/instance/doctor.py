"""The doctor: clock, key, licence, chain, gaps, and what the next report will say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rollcall.instance.home import Home, HomeRefused
from rollcall.instance.host import Host
from rollcall.money import count_in_words
from rollcall.signing.armor import ArmorRefused
from rollcall.signing.envelope import EnvelopeRefused, SignatureRefused
from rollcall.signing.fields import instant_text
from rollcall.signing.keys import fingerprint
from rollcall.zones import DAY, day_of, instant_of, zone_table

GOOD, WARNING, BAD = "good", "warning", "bad"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One thing that the doctor looked at: `state` is good, warning or bad, `words` say what and the cure."""

    what: str
    state: str
    words: str


def examine(home: Home, host: Host) -> list[Seen]:
    """Look at everything, in the order in which it is needed."""
    with home.locked() as state:
        found = [_key(home), _license(home, host.now), _clock(state.wall, host.now)]
        waiting = sorted(path.name for path in home.outbox().glob("*.report.txt"))
        chain = (
            f"{count_in_words(state.sequence, 'report')} written, up to {state.reported_to}."
            if state.sequence
            else "No report yet."
        )
        found.append(Seen(what="chain", state=GOOD, words=chain))
        words = (
            f"{count_in_words(len(waiting), 'report waits', 'reports wait')} to be sent: {', '.join(waiting[:5])}"
            if waiting
            else "nothing waits"
        )
        found.append(Seen(what="outbox", state=WARNING if waiting else GOOD, words=f"{words}."))
        known = state.receipt["seq"] if state.receipt else 0
        behind = state.sequence - known
        found.append(
            Seen(
                what="receipts",
                state=GOOD if behind <= 2 else WARNING,
                words=f"The newest receipt is of report {known}, {behind} behind." if known else "No receipt yet.",
            )
        )
        if recalled := (state.receipt or {}).get("recalled"):
            found.append(Seen(what="reporter", state=BAD, words=str(recalled)))
        found.append(_next(home, state.next_day, host.now))
    return found


def _key(home: Home) -> Seen:
    try:
        name = fingerprint(bytes(home.key().verify_key))
    except HomeRefused as refused:
        return Seen(what="key", state=BAD, words=str(refused))
    return Seen(what="key", state=GOOD, words=f"{name}, readable by its owner alone.")


def _license(home: Home, now: datetime) -> Seen:
    try:
        found = home.license()
        name = fingerprint(bytes(home.key().verify_key))
    except (HomeRefused, ArmorRefused, EnvelopeRefused, SignatureRefused) as refused:
        return Seen(what="licence", state=BAD, words=str(refused))
    if name not in {one.key for one in found.instances}:
        words = f"Licence {found.serial} does not name this key yet: upload the activation file, get the new licence."
        return Seen(what="licence", state=BAD, words=words)
    state = found.state_at(now)
    words = f"Licence {found.serial} of contract {found.contract} is {state}, until {instant_text(found.expires)}."
    return Seen(what="licence", state=GOOD if state == "valid" else WARNING, words=words)


def _clock(wall: str, now: datetime) -> Seen:
    if wall and datetime.fromisoformat(wall) > now:
        words = f"The clock shows {instant_text(now)}, and the last report was signed at {wall}. Set the clock right."
        return Seen(what="clock", state=BAD, words=words)
    return Seen(what="clock", state=GOOD, words=f"{instant_text(now)}; it has not gone back.")


def _next(home: Home, start: date | None, now: datetime) -> Seen:
    try:
        zone = zone_table(home.license().timezone)
    except (HomeRefused, ArmorRefused, EnvelopeRefused, SignatureRefused):
        return Seen(what="next report", state=BAD, words="None can be written without a licence.")
    today = day_of(zone.local(instant_of(now)) // DAY * DAY)
    if start is None:
        return Seen(what="next report", state=GOOD, words="The first one; say its first day with --since.")
    if start == today:
        words = f"Nothing to report until {today + timedelta(days=1)}: every day that is over is reported."
        return Seen(what="next report", state=GOOD, words=words)
    return Seen(what="next report", state=GOOD, words=f"Days from {start} up to, not including, {today}.")
