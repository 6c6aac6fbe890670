"""What a mutant is: one small, deliberate change in one file, found by walking its syntax tree.

Every place at which the arithmetic could be wrong by one sign, one bound or one forgotten refusal gives mutants:
comparisons, sums and products, "and" and "or", conditions, whole numbers, truth values, least and greatest, and
refusals that are left out. Words, docstrings and types are not touched.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change: the file, its line, what was changed, and the changed source."""

    path: Path
    line: int
    change: str
    source: str


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a file, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    places = [node for node in ast.walk(tree) if not isinstance(node, ast.expr_context)]
    spared = _spared(tree)
    for number, node in enumerate(places):
        if id(node) in spared:
            continue
        for change, edit in _changes(node):
            twin = copy.deepcopy(tree)
            target = [found for found in ast.walk(twin) if not isinstance(found, ast.expr_context)][number]
            edit(target)
            ast.fix_missing_locations(twin)
            yield Mutant(path=path, line=getattr(node, "lineno", 0), change=change, source=ast.unparse(twin))


def _spared(tree: ast.Module) -> set[int]:
    """Return what no test could ask about: types, docstrings, and the tables that only registers names."""
    spared: set[int] = set()
    for node in ast.walk(tree):
        typed: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef):
            typed += [node.returns, *node.decorator_list, *(argument.annotation for argument in node.args.args)]
            typed += [argument.annotation for argument in node.args.kwonlyargs]
        if isinstance(node, ast.AnnAssign):
            typed.append(node.annotation)
        if isinstance(node, ast.ClassDef):
            typed += node.decorator_list
        for part in filter(None, typed):
            spared |= {id(inner) for inner in ast.walk(part)}
    return spared


def _changes(node: ast.AST) -> Iterator[tuple[str, object]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        swapped = _COMPARISONS[type(node.ops[0])]

        def compare(target: ast.Compare) -> None:
            target.ops[0] = swapped()

        yield f"{type(node.ops[0]).__name__} -> {swapped.__name__} in {_shown(node)}", compare
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and not _is_text(node):
        other = _OPERATORS[type(node.op)]

        def operate(target: ast.BinOp) -> None:
            target.op = other()

        yield f"{type(node.op).__name__} -> {other.__name__} in {_shown(node)}", operate
    if isinstance(node, ast.BoolOp):

        def junction(target: ast.BoolOp) -> None:
            target.op = ast.Or() if isinstance(target.op, ast.And) else ast.And()

        yield f"and <-> or in {_shown(node)}", junction
    if isinstance(node, ast.If | ast.IfExp | ast.While):

        def negate(target: ast.If) -> None:
            target.test = ast.UnaryOp(op=ast.Not(), operand=target.test)

        yield f"not ({_shown(node.test)})", negate
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        value = not node.value if isinstance(node.value, bool) else node.value + 1

        def replace(target: ast.Constant) -> None:
            target.value = value

        yield f"{node.value} -> {value}", replace
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        name = _CALLS[node.func.id]

        def call(target: ast.Call) -> None:
            target.func = ast.Name(id=name, ctx=ast.Load())

        yield f"{node.func.id} -> {name} in {_shown(node)}", call
    if isinstance(node, ast.If) and len(node.body) == 1 and isinstance(node.body[0], ast.Raise):

        def allow(target: ast.If) -> None:
            target.body = [ast.Pass()]

        yield f"no refusal of {_shown(node.test)}", allow


def _is_text(node: ast.BinOp) -> bool:
    """Whether a sum joins words, as far as one can see."""
    parts = (node.left, node.right)
    return any(
        isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        for part in parts
    )


def _shown(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 70 else f"{text[:67]}..."
