"""GitHub Enterprise consumed licences, the CSV of the enterprise's licensing page: one row per person with a seat.

Seats, not activity: no active users can be counted from it. People known to a server only have no log-in; their name
stands for them. The columns that name organisations differ from customer to customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rollcall.formats.profile import SNAPSHOT, ListedUser, Part, Profile, TableRecords

_COLUMNS = frozenset(("github_com_login", "github_com_name", "license_type", "total_user_accounts"))


def accounts(written: str) -> tuple[tuple[str, int], ...]:
    """Return the number of accounts that a person has, as the export writes it."""
    return (("accounts", int(written)),) if written.isascii() and written.isdigit() and len(written) < 9 else ()


def parts(record: Mapping[str, str]) -> Iterator[Part]:
    """Return the account of one row."""
    login, name = record.get("github_com_login", ""), record.get("github_com_name", "")
    figures = (*accounts(record.get("total_user_accounts", "")), *(() if login else (("without_login", 1),)))
    user = login or (f"name:{name}" if name else "")
    yield ListedUser(user=user, status=record.get("license_type", ""), figures=figures)


PROFILE = Profile(
    name="github_consumed_licenses_csv",
    title="GitHub Enterprise consumed licences (CSV)",
    kind=SNAPSHOT,
    shape=TableRecords(),
    recognizes=lambda look: look.header >= _COLUMNS,
    recognized_by="the columns `GitHub com login`, `GitHub com name`, `License type` and `Total user accounts`",
    parts=parts,
    labels={"user": "GitHub com login"},
)
