"""Documents of any shape, signed with the right key: never equal, and never a program that breaks off."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rollcall.evidence.verify import verify_bundle
from tests.rollcall.evidence import bundles
from tests.rollcall.evidence.bundles import KEY, Case, row

CASE = Case(reports={"one": [row("anna", 1), row("bert", 2), row("carl", 3), row("dora", 4)]})
STRANGE: list[Any] = [
    None,
    True,
    -1,
    10**15,
    "",
    "x",
    "NaN",
    "-1",
    "1e9",
    [],
    {},
    [[]],
    {"a": {}},
    "2026-13-45",
    ["a", 1],
]
DOCUMENTS = ("INVOICE.json", "REPORTS.json", "COUNT.json", "TERMS.json", "USAGE.json", "RATING.json", "RATED.json")
# What nothing in a bundle is made from, though it is signed: names and facts about files, and versions of programs.
NOT_PROVEN = {"version", "received_at", "receipt", "since", "covered", "instances", "look_back"}


def nodes(document: Any) -> list[tuple[Any, Any]]:
    """Return every place of a document as (container, key)."""
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    found: list[tuple[Any, Any]] = []
    for key, value in items:
        found += [(document, key), *nodes(value)]
    return found


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_any_value_anywhere(kind: str, tmp_path: Path) -> None:
    chance = random.Random(kind)
    path, changed = bundles.bundle(CASE, tmp_path), tmp_path / "changed.zip"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    (name,) = (name for name in members if name.endswith(kind))
    for _ in range(60):
        document = json.loads(members[name])
        container, key = chance.choice(nodes(document))
        container[key] = chance.choice(STRANGE)
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        if text == members[name]:
            continue
        bundles.signed_again({**members, name: text}, changed)
        found = verify_bundle(changed, key=bytes(KEY.verify_key))
        is_name = container.get("terms_digest") if isinstance(container, dict) and key == "number" else None
        assert found.differences or is_name or key in NOT_PROVEN, (key, container[key])
