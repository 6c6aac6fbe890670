"""Rooms stay small, say what they are for, and migrations say what they do."""

import ast
import re
from pathlib import Path

import pytest

from config.environment import BASE_DIR
from tests.architecture.house import APPS, FLOORS, functions, sources, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
WITHOUT_WORDS = {"management", "commands", "migrations", "templatetags"}


def where(path: Path) -> str:
    return str(path.relative_to(BASE_DIR))


def test_no_file_is_long() -> None:
    lengths = {where(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources(*FLOORS, "tests")}
    assert {path: lines for path, lines in lengths.items() if lines >= LONGEST_FILE} == {}


def test_no_function_is_long() -> None:
    lengths = {
        f"{where(path)}: {function.name}": (function.end_lineno or 0) - function.lineno + 1
        for path in sources(*FLOORS)
        for function in functions(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines >= LONGEST_FUNCTION} == {}


def test_every_package_says_what_it_is_for() -> None:
    packages = [path for path in sources(*FLOORS) if path.name == "__init__.py"]
    silent = [where(path) for path in packages if path.parent.name not in WITHOUT_WORDS and not words(path)]
    assert silent == []


def words(path: Path) -> str | None:
    return ast.get_docstring(tree(path))


@pytest.mark.parametrize("room", FLOORS)
def test_every_room_says_what_it_owns_and_what_always_holds(room: str) -> None:
    said = words(BASE_DIR / room / "__init__.py") or ""
    assert 4 <= len(said.splitlines()) <= 15
    for word in ("own", "not", "nvariant"):
        assert word in said, f"the docstring of {room} should say what it owns, does not own, and its invariants"


def test_operations_are_one_verb_per_file() -> None:
    """A file of operations/ has one public function, named as the file."""
    wrong = []
    for path in sources(*(f"{app}/operations" for app in APPS)):
        public = [node.name for node in tree(path).body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]
        if path.name != "__init__.py" and path.stem not in public:
            wrong.append(f"{where(path)}: {public}")
    assert wrong == []


def test_migrations_have_names_that_say_what_happens() -> None:
    names = [path.stem for app in APPS for path in (BASE_DIR / app / "migrations").glob("0*.py")]
    assert names
    assert [name for name in names if re.search(r"_(initial|auto_\w+)$", name)] == []
