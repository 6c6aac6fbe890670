"""A customer counts its own export against the bundle: equal, or told by user and day what differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollcall.evidence import add_names
from rollcall.evidence.against_export import Export, ExportRefused, compare_export
from tests.rollcall.evidence import bundles
from tests.rollcall.evidence.bundles import SALT, Case, row

NAMES = ("anna", "anna.old", "bert", "svc-1")
CASE = Case(
    reports={"one": [row("anna", 1, minute=600), row("anna.old", 5), row("bert", 2, events=2), row("svc-1", 3)]},
    terms=bundles.terms_document(
        {**bundles.LOGIN, "excluded_users": ["svc-*"], "identity": {"aliases": {"anna.old": "anna"}}}
    ),
    names=NAMES,
)
HEADER = "user_id,occurred_at,action\n"
SAME = (
    "Anna,2026-06-01T10:00:00+02:00,login\nanna.old,2026-06-05T10:00:00+02:00,login\n"
    "bert,2026-06-02T10:00:00+02:00,login\nbert,2026-06-02T10:00:30+02:00,login\nsvc-1,2026-06-03T10:00:00+02:00,login\n"
)


@pytest.fixture(params=["salt", "names", "both"])
def bundle(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A downloaded bundle with what the customer may still have."""
    names = None if request.param == "salt" else bundles.names_file(NAMES, tmp_path)
    target = tmp_path / "download.zip"
    add_names(bundles.bundle(CASE, tmp_path), target, names=names, salt=None if request.param == "names" else SALT)
    return target


def export(text: str, folder: Path) -> list[Export]:
    """Write an export."""
    (folder / "export.csv").write_text(HEADER + text)
    return [Export(path=folder / "export.csv")]


def test_the_own_export_comes_to_the_same(bundle: Path, tmp_path: Path) -> None:
    found = compare_export(bundle, export(SAME, tmp_path))
    assert found.differences == ()
    assert [(step.detail, step.outcome) for step in found.steps] == [
        ("2 active users by the export, 2 by the bundle, 1 to 30 Jun 2026", "equal")
    ]


def test_a_user_more_is_named_with_the_days(bundle: Path, tmp_path: Path) -> None:
    found = compare_export(bundle, export(SAME + "Zoe,2026-06-07T10:00:00+02:00,login\n", tmp_path))
    (difference,) = found.differences
    assert difference.user == "zoe"
    assert difference.sentence == (
        "counted by the export, not by the bundle: qualifying actions on 2026-06-07: 0 in the bundle, 1 in the export."
    )
    assert found.status == 1


def test_a_user_less_is_named(tmp_path: Path) -> None:
    target = tmp_path / "download.zip"
    add_names(bundles.bundle(CASE, tmp_path), target, names=bundles.names_file(NAMES, tmp_path), salt=SALT)
    without = "".join(line for line in SAME.splitlines(keepends=True) if not line.startswith("bert"))
    (difference,) = compare_export(target, export(without, tmp_path)).differences
    assert difference.user == "bert"
    assert "counted by the bundle, not by the export" in difference.sentence
    assert "2026-06-02: 2 in the bundle, 0 in the export" in difference.sentence


def test_rows_that_change_nobody_are_a_note(bundle: Path, tmp_path: Path) -> None:
    found = compare_export(bundle, export(SAME + "anna,2026-06-09T10:00:00+02:00,login\nbad,never,login\n", tmp_path))
    assert found.differences == ()
    assert any("2026-06-09: 0 in the bundle, 1 in the export" in note for note in found.notes)
    assert any("line 8" in note for note in found.notes)


def test_without_names_and_salt_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match="has neither"):
        compare_export(bundles.bundle(CASE, tmp_path), export(SAME, tmp_path))


def test_times_without_a_zone_are_a_question(tmp_path: Path) -> None:
    target = tmp_path / "download.zip"
    add_names(bundles.bundle(CASE, tmp_path), target, salt=SALT)
    naive = export(SAME.replace("+02:00", ""), tmp_path)
    with pytest.raises(ExportRefused, match="cannot be counted"):
        compare_export(target, naive)
    assert compare_export(target, naive, source_timezone="Europe/Berlin").differences == ()
