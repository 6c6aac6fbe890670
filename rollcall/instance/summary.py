"""The plain text beside a report: everything that leaves the house, for people who have to allow it."""

from __future__ import annotations

from rollcall.money import count_in_words, users_in_words
from rollcall.signing.fields import instant_text
from rollcall.signing.report import Statement
from rollcall.terms.rules import TOTALS


def summary_of(said: Statement) -> str:
    """Return the statement of a report in words."""
    lines = [
        f"Report {said.sequence} of instance {said.instance} for contract {said.contract}",
        f"Days       {said.start} up to, not including, {said.end} ({said.timezone})",
        *_table_of(said),
        *(
            f"Counted    {count_in_words(number, 'active user')} ({name})"
            for name, number in sorted(said.counts.items())
        ),
        *(f"Left out   {users_in_words(number)} {why}" for why, number in sorted(said.excluded.items())),
    ]
    if said.provisioned is not None:
        lines.append(f"Accounts   {said.provisioned.users:,} on {said.provisioned.date} ({said.provisioned.source})")
    for one in said.corrections:
        lines.append(f"Corrects   {one.day} of report {one.of_sequence}: {one.reason}")
    lines += [
        f"Host       {', '.join(f'{name} {mark}' for name, mark in sorted(said.host.items()))} (salted hashes)",
        f"Software   {', '.join(f'{name} {text}' for name, text in sorted(said.software.items())) or 'not stated'}",
        f"Clock      {instant_text(said.clock.wall)}, start {said.clock.boots}",
        f"Chain      after {said.previous or 'nothing: the first of this key'}",
        f"Receipt    {f'of report {said.receipt.sequence}' if said.receipt else 'none yet'}",
        f"Program    {said.program}; licence {said.license_serial}",
        "",
        "Day         users   rows",
        *(f"{day.date}  {day.active_users:>6,} {day.rows:>6,}" for day in said.days),
    ]
    return "\n".join(lines) + "\n"


def _table_of(said: Statement) -> list[str]:
    """Say what the table shows of anybody."""
    about = users_in_words(said.users)
    if said.disclosure == TOTALS:
        days = count_in_words(said.table_rows, "day")
        return [
            f"Table      {days}: how many users were active on each. Nobody is named.",
            f"Kept here  the rows about {about}; the report fixes them by their hashes",
        ]
    users = "pseudonyms under your own key; the vendor cannot resolve them"
    if said.namespace == "plain":
        users = "ids as your product knows them, in small letters"
    return [
        f"Table      {count_in_words(said.table_rows, 'row')} about {about}: user, action, first and last time",
        "           of the day, number of events, quantity. Nothing else about anybody.",
        f"Users      {users}",
    ]
