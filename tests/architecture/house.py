"""Reading the product's sources: files, imports, functions."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.environment import BASE_DIR

# From the ground up: each room may import itself and what stands before it.
FLOORS = ("rollcall", "ground", "licenses", "usage", "billing", "config")
APPS = ("ground", "licenses", "usage", "billing")


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import statement: the full dotted name it asks for, and whether it stands inside a function."""

    path: Path
    line: int
    name: str
    is_inside_function: bool

    def __str__(self) -> str:
        return f"{self.path.relative_to(BASE_DIR)}:{self.line} imports {self.name}"


def sources(*rooms: str) -> list[Path]:
    """Return the Python files of the rooms, migrations left out."""
    paths = [path for room in rooms for path in sorted((BASE_DIR / room).rglob("*.py"))]
    return [path for path in paths if "migrations" not in path.parts and "__pycache__" not in path.parts]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return every function and method of a file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path) -> Iterator[Import]:
    """Return every import of a file; `from a import b` asks for a.b."""
    inside = {id(node) for function in functions(path) for node in ast.walk(function)}
    package = list(path.relative_to(BASE_DIR).parent.parts)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            names = [f"{start}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield Import(path=path, line=node.lineno, name=name, is_inside_function=id(node) in inside)


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Return the line and the dotted name of every call in a file, such as "datetime.now"."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)
