"""Changed reports: whatever is changed in a file, nobody takes it for the instance's, and a second program agrees."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from rollcall.signing.report_check import check_report
from tests.rollcall.instance.site import Site, at
from tests.rollcall.signing.licenses import INSTANCE, key, name, public
from tests.rollcall.signing.second_verifier import name_of

KEYS = {name(INSTANCE): public(INSTANCE)}
Mutate = Callable[[random.Random, list[bytes]], bytes]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Forty honest reports of one chain, twenty of another that discloses totals, and one by another key, the last."""
    site = Site.at(tmp_path_factory.mktemp("site") / "home")
    of_totals = Site.at(tmp_path_factory.mktemp("totals") / "home", disclosure="totals", definitions={})
    other = Site.at(tmp_path_factory.mktemp("other") / "home", key=key(77))
    other.did("user0@aurel.example", at(1))
    return [*chain(site, 40, days=1), *chain(of_totals, 20, days=2), other.write(3).paths[0].read_bytes()]


def chain(site: Site, number: int, *, days: int) -> list[bytes]:
    """So many reports of so many days each; on the days one to four people work in turn."""
    found = []
    for day in range(number * days):
        for user in range((day + 1) % 4 + 1):
            site.did(f"user{user}@aurel.example", at(1, 9, user) + timedelta(days=day))
        if (day + 1) % days == 0:
            site.now = at(1, 6) + timedelta(days=day + 1)
            until = date(2026, 6, 1) + timedelta(days=day + 1)
            found += [path.read_bytes() for path in site.write_until(until).paths]
    return found


def flipped(draw: random.Random, reports: list[bytes]) -> bytes:
    """One to four bits of the file are other ones."""
    text = bytearray(draw.choice(reports[:-1]))
    for _ in range(draw.randrange(1, 5)):
        text[draw.randrange(len(text))] ^= 1 << draw.randrange(8)
    return bytes(text)


def cut(draw: random.Random, reports: list[bytes]) -> bytes:
    """Bytes are missing: at the end, at the start, or in the middle."""
    text = draw.choice(reports[:-1])
    start = draw.choice([0, len(text), draw.randrange(len(text))])
    return text[: max(0, start - draw.randrange(1, 80))] + text[start:]


def another_table(draw: random.Random, reports: list[bytes]) -> bytes:
    """The statement of one report above the table of another."""
    one, two = (draw.choice(reports[:-1]).split(b"\n", 2) for _ in range(2))
    return b"\n".join([*one[:2], two[2]])


def a_row_more_or_less(draw: random.Random, reports: list[bytes]) -> bytes:
    """A row is left out, stands twice, or stands elsewhere."""
    lines = draw.choice(reports[:-1]).splitlines(keepends=True)
    place = draw.randrange(3, len(lines))
    row = lines.pop(place)
    if draw.random() < 0.6:
        lines.insert(draw.randrange(3, len(lines) + 1), row)
        lines += [row] * draw.randrange(2)
    return b"".join(lines)


def said_otherwise(draw: random.Random, reports: list[bytes]) -> bytes:
    """One key of the statement says something else under the old signature."""
    head, line, rest = draw.choice(reports[:-1]).split(b"\n", 2)
    envelope = json.loads(line)
    payload = json.loads(base64.b64decode(envelope["payload"]))
    at_key = draw.choice(sorted(payload))
    payload[at_key] = draw.choice([None, "", 0, 10**9, payload[draw.choice(sorted(payload))]])
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    envelope["payload"] = base64.b64encode(text).decode()
    return b"\n".join([head, json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode(), rest])


def other_spelling(draw: random.Random, reports: list[bytes]) -> bytes:
    """The same envelope in another spelling of JSON."""
    head, line, rest = draw.choice(reports[:-1]).split(b"\n", 2)
    envelope = json.loads(line)
    written = [
        json.dumps(envelope).encode(),
        b" " + line,
        line + b" ",
        json.dumps(dict(reversed(envelope.items())), separators=(",", ":")).encode(),
        line.replace(b"payloadType", b"payload\\u0054ype"),
        line + b"\r",
    ]
    return b"\n".join([head, draw.choice(written), rest])


def by_another(draw: random.Random, reports: list[bytes]) -> bytes:
    """What another key signed, under its own name or under that of this instance."""
    text = reports[-1]
    return text.replace(name(key(77)).encode(), name(INSTANCE).encode()) if draw.random() < 0.5 else text


MUTANTS: list[Mutate] = [flipped, cut, another_table, a_row_more_or_less, said_otherwise, other_spelling, by_another]


def test_no_changed_report_is_accepted(
    reports: list[bytes], tmp_path: Path, campaign: bool, figure: Callable[[str], None]
) -> None:
    asked = 500_000 if campaign else 7_000
    known, path = set(reports[:-1]), tmp_path / "mutant"
    draw, made, accepted = random.Random(20260601), Counter[str](), []
    while made.total() < asked:
        mutate = MUTANTS[made.total() % len(MUTANTS)]
        mutant = mutate(draw, reports)
        if mutant in known:
            continue
        made[mutate.__name__] += 1
        path.write_bytes(mutant)
        if check_report(path, keys=KEYS).refusal is None:
            accepted.append((mutate.__name__, mutant))
    assert accepted == []
    figure(f"mutated reports: 0 of {made.total():,} accepted")


def test_a_second_program_agrees_on_every_valid_one(reports: list[bytes], tmp_path: Path) -> None:
    for text in reports[:-1]:
        _, line, table = text.split(b"\n", 2)
        envelope = json.loads(line)
        payload = base64.b64decode(envelope["payload"], validate=True)
        (signature,) = envelope["signatures"]
        assert signature["keyid"] == name_of(public(INSTANCE))
        kind = envelope["payloadType"].encode()
        message = b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])
        Ed25519PublicKey.from_public_bytes(public(INSTANCE)).verify(base64.b64decode(signature["sig"]), message)
        said = json.loads(payload)
        assert said["table_sha256"] == hashlib.sha256(table).hexdigest()
        rows = [row.split(b",") for row in table.splitlines()[1:]]
        if said["disclosure"] == "totals":
            assert [(day["date"].encode(), b"%d" % day["active_users"]) for day in said["days"]] == [*map(tuple, rows)]
        else:
            users = {row[0] for row in rows}
            assert said["users"] == len(users) == said["days"][0]["active_users"] == said["counts"]["active"]
        path = tmp_path / "valid"
        path.write_bytes(text)
        assert check_report(path, keys=KEYS).findings == ()
