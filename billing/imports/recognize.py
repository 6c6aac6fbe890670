"""Which step a table belongs to: by its columns, which must all be known; the name of its sheet or file may decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.imports.steps import BY_KIND, STEPS
from licenses.imports.table import Table


class FileNotTaken(ValueError):
    """A file, or a table in it, cannot be imported; the sentence names it and the cure."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One table of a file, of a known kind. `rows` are (line, {"column": text}, what is wrong with the row's shape)."""

    kind: str
    where: str
    rows: list[tuple[int, dict[str, str], str]]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"kind": self.kind, "where": self.where, "rows": [list(row) for row in self.rows]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Found":
        """Read it back."""
        rows = [(int(line), dict(cells), str(fault)) for line, cells, fault in document["rows"]]
        return cls(kind=document["kind"], where=document["where"], rows=rows)


def recognized(table: Mapping[str, Any]) -> Found:
    """Return a table as a step of the first run reads it. Raises FileNotTaken."""
    where = f"{table['file']}, sheet {table['sheet']}" if table["sheet"] else str(table["file"])
    columns = [_normal(name) for name in table["columns"]]
    _refuse_columns(columns, where)
    step = _step_of(columns, _normal(table["sheet"]), _normal(str(table["file"]).rpartition("/")[2].split(".")[0]))
    if step is None:
        kinds = "; ".join(f"{one.kind}: {', '.join(one.needed)}" for one in STEPS)
        raise FileNotTaken(f"{where}: the columns ({', '.join(columns)}) are those of no step. Needed are {kinds}.")
    unknown = [name for name in columns if name not in step.columns()]
    if unknown:
        raise FileNotTaken(
            f"{where}: {', '.join(unknown)} is no column of {step.title.lower()}. "
            f"There are: {', '.join(step.columns())}."
        )
    missing = [name for name in step.needed if name not in columns]
    if missing:
        raise FileNotTaken(f"{where}: {step.title.lower()} need the column {', '.join(missing)}.")
    rows = [
        (int(row["line"]), dict(zip(columns, _filled(row["cells"], len(columns)), strict=True)), str(row["fault"]))
        for row in table["rows"]
    ]
    return Found(kind=step.kind, where=where, rows=rows)


def _refuse_columns(columns: Sequence[str], where: str) -> None:
    if any(not name for name in columns):
        raise FileNotTaken(f"{where}: column {columns.index('') + 1} has no name in the first row.")
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise FileNotTaken(f"{where}: the column {', '.join(twice)} stands twice.")


def _step_of(columns: Sequence[str], *names: str) -> type[Table] | None:
    """The step that the sheet or file is named after; else the one whose needed columns are all there."""
    for name in names:
        if name in BY_KIND:
            return BY_KIND[name]
    fitting = [one for one in STEPS if set(one.needed) <= set(columns) <= set(one.columns())]
    return fitting[0] if len(fitting) == 1 else None


def _filled(cells: Sequence[str], width: int) -> list[str]:
    """Cells of a row to the width of the header; what is beyond it was named as a fault by the reader."""
    return [*cells[:width], *[""] * (width - len(cells))]


def _normal(name: str) -> str:
    return "_".join(name.strip().lower().replace("-", " ").split())
