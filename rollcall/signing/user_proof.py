"""One user of a report, proven in or out without showing the others.

A proof carries the signed statement and either the rows of the user with their way to the root, or the two neighbors
between which the user would stand. Of others it shows at most two names, and of them no activity.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollcall.signing import merkle
from rollcall.signing.envelope import Envelope
from rollcall.signing.fields import PayloadFields, PayloadRefused
from rollcall.signing.report import Statement, open_report
from rollcall.signing.report_file import envelope_of, kept_rows_of, rows_of
from rollcall.signing.report_rows import RowsRefused, parse_row, user_leaf


class ProofFails(ValueError):
    """The proof does not show what it claims; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a proof shows. `rows` are the lines of the user in the report, none for one who is not in it."""

    statement: Statement
    envelope: Envelope
    user: str
    rows: tuple[str, ...]


def prove(path: Path, *, user: str, rows: Path | None = None) -> str:
    """Return the proof about one user of a report file, as JSON.

    `rows` are the rows that the instance kept of a report of totals. Raises ReportFileRefused, RowsRefused.
    """
    lines: dict[str, list[bytes]] = {}
    for row, line in rows_of(path) if rows is None else kept_rows_of(rows):
        lines.setdefault(row.user, []).append(line)
    leaves = sorted(user_leaf(name, hashlib.sha256(b"".join(said)).hexdigest()) for name, said in lines.items())
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    signed = envelope_of(path)
    if merkle.root(hashes).hex() != open_report(signed)[0].users_root:
        raise RowsRefused(f"The rows of {rows or path} are not those that the report was signed over.")
    places = {leaf.rpartition(b"\n")[0].decode(): place for place, leaf in enumerate(leaves)}
    if user in places:
        shown = [places[user]]
    else:
        behind = sum(leaf < user_leaf(user, "") for leaf in leaves)
        shown = [place for place in (behind - 1, behind) if 0 <= place < len(leaves)]
    document = {
        "statement": signed.decode(),
        "user": user,
        "rows": [line.decode() for line in lines.get(user, [])],
        "leaves": [
            {
                "user": leaves[place].rpartition(b"\n")[0].decode(),
                "rows_sha256": leaves[place].rpartition(b"\n")[2].decode(),
                "place": place,
                "path": [one.hex() for one in merkle.proof(hashes, place).path],
            }
            for place in shown
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def check_proof(text: str) -> Shown:
    """Return what a proof shows; `Shown.envelope` is still to be checked with the key of the instance.

    Raises ProofFails, EnvelopeRefused.
    """
    try:
        document = json.loads(text)
        fields = PayloadFields.of(document, "")
        statement, envelope = open_report(fields.text("statement").encode())
        user = fields.text("user")
        rows, leaves = fields.take("rows"), fields.objects("leaves")
        fields.nothing_else()
    except (json.JSONDecodeError, PayloadRefused) as error:
        raise ProofFails(f"This is no proof about a user: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(line, str) for line in rows):
        raise ProofFails("The rows are not a list of lines.")
    found = [_leaf(one.document, statement) for one in leaves]
    if rows:
        _check_in(user, rows, found)
    else:
        _check_out(user, found, statement.users)
    return Shown(statement=statement, envelope=envelope, user=user, rows=tuple(rows))


def _leaf(said: Mapping[str, Any], statement: Statement) -> tuple[int, bytes]:
    """Return place and leaf once its way leads to the root of the statement. Raises ProofFails."""
    try:
        leaf = user_leaf(str(said["user"]), str(said["rows_sha256"]))
        path = tuple(bytes.fromhex(one) for one in said["path"])
        way = merkle.Proof(place=int(said["place"]), leaves=statement.users, path=path)
        root = merkle.root_of(merkle.leaf_hash(leaf), way)
    except (KeyError, TypeError, ValueError) as error:
        raise ProofFails(f"A leaf of the proof cannot be followed: {error}") from error
    if root.hex() != statement.users_root:
        raise ProofFails(f"The leaf of {said['user']} does not lead to the root that the instance signed.")
    return way.place, leaf


def _check_in(user: str, rows: list[str], found: list[tuple[int, bytes]]) -> None:
    lines = [line.encode() for line in rows]
    strangers = [line for number, line in enumerate(lines, start=1) if parse_row(line, number).user != user]
    expected = user_leaf(user, hashlib.sha256(b"".join(lines)).hexdigest())
    if strangers or [leaf for _, leaf in found] != [expected]:
        raise ProofFails(f"The rows are not those of {user} in the report.")


def _check_out(user: str, found: list[tuple[int, bytes]], users: int) -> None:
    """The neighbors must stand side by side, the one before the user and the other behind, or at an end."""
    wanted = user_leaf(user, "")
    places = [place for place, _ in found]
    before, behind = ([place for place, leaf in found if (leaf < wanted) is is_before] for is_before in (True, False))
    if any(leaf.rpartition(b"\n")[0].decode() == user for _, leaf in found):
        raise ProofFails(f"{user} is in the report.")
    at_start = not before and behind == [0]
    at_end = not behind and before == [users - 1]
    between = len(before) == len(behind) == 1 and behind[0] == before[0] + 1
    if not (at_start or at_end or between or (users == 0 and not places)):
        raise ProofFails(f"The proof does not show that {user} stands nowhere in the report.")
