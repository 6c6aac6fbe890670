"""GitHub Enterprise consumed licences, the JSON pages of the REST API (`/enterprises/{enterprise}/consumed-licenses`).

Seats, not activity: no active users can be counted from it. Send all pages together; each states the total, and a page
that is missing is noticed. People known to a server only have no log-in; their server account or an e-mail address
stands for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollcall.formats.fields import dig, has, text
from rollcall.formats.github_consumed_licenses_csv import accounts
from rollcall.formats.profile import SNAPSHOT, JsonRecords, ListedUser, Part, Profile

_SHAPE = JsonRecords(
    paths=(("users", "*"),), facts={"total_seats_consumed": "total_users", "total_seats_purchased": "seats"}
)
_INSTEAD = ("github_com_saml_name_id", "enterprise_server_user_ids", "enterprise_server_emails")


def parts(record: Any) -> Iterator[Part]:
    """Return the person of one record."""
    login = text(record, "github_com_login")
    user = login or next(filter(None, map(_first, (dig(record, key) for key in _INSTEAD))), "")
    figures = (*accounts(text(record, "total_user_accounts")), *(() if login else (("without_login", 1),)))
    yield ListedUser(user=user, status=text(record, "license_type"), figures=figures)


def _first(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


PROFILE = Profile(
    name="github_consumed_licenses",
    title="GitHub Enterprise consumed licences",
    kind=SNAPSHOT,
    shape=_SHAPE,
    recognizes=lambda look: has(look.first(_SHAPE), "github_com_login", "license_type", "enterprise_server_user_ids"),
    recognized_by="the fields `github_com_login`, `license_type` and `enterprise_server_user_ids` in the list `users`",
    parts=parts,
    labels={"user": "github_com_login"},
)
