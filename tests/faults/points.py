"""Every fault point that the code names, and those that a month passes from its upload to its last document.

Owns: the list. Does not own: what is expected after a failure, which the tests of each point say.
"""

import ast
from collections.abc import Iterator

from config.environment import BASE_DIR

ROOMS = ("rollcall", "ground", "licenses", "usage", "billing", "config")
# Who stores documents through the one function that names its points after its caller.
MAKERS = ("render", "bundle")
# Each is killed again and again in `test_fault_points`, which sees to it that a month passes them all.
OF_A_MONTH = frozenset(
    {
        "bundle.after_commit",
        "bundle.after_store",
        "bundle.before_commit",
        "bundle.before_store",
        "close.after_commit",
        "close.after_count",
        "close.after_draft",
        "close.after_open",
        "close.before_commit",
        "finalize.after_commit",
        "finalize.after_lock",
        "finalize.before_commit",
        "finalize.before_number",
        "ingest.after_accept",
        "ingest.after_child",
        "ingest.after_count",
        "ingest.after_receive_commit",
        "ingest.after_sniff",
        "ingest.after_stage",
        "ingest.after_store",
        "ingest.after_store_evidence",
        "ingest.before_accept",
        "ingest.before_accept_commit",
        "ingest.before_count_commit",
        "ingest.before_read",
        "ingest.before_receive_commit",
        "ingest.before_sniff",
        "job.before_commit",
        "job.claimed",
        "job.handled",
        "look.after_facts",
        "render.after_commit",
        "render.after_store",
        "render.before_commit",
        "render.before_store",
    }
)
# What is passed when a month is drafted and finalized in runs, trued up, sent, and credited in part. What counts for
# one contract alone is not: a run counts and closes many together.
OF_A_WHOLE_MONTH = (OF_A_MONTH - {"close.after_open", "close.after_count"}) | {
    "credit.after_commit",
    "credit.after_lock",
    "credit.before_commit",
    "run.after_commit",
    "run.after_effect",
    "run.after_part",
    "run.after_start",
    "run.before_commit",
    "run.before_effect",
    "run.before_start",
    "send.after_asked",
    "send.after_commit",
    "send.after_mail",
    "send.before_asked",
    "send.before_commit",
    "send.before_mail",
    "true_up.before_commit",
    "true_up.before_effects",
    "true_up.before_propose",
}


def points_in_code() -> dict[str, str]:
    """Return every point by its name, with the file that passes it."""
    found = {}
    for room in ROOMS:
        for path in sorted((BASE_DIR / room).rglob("*.py")):
            for name in _names(ast.parse(path.read_text())):
                found[name] = str(path.relative_to(BASE_DIR))
    return found


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fault_point"):
            continue
        (said,) = node.args
        if isinstance(said, ast.Constant) and isinstance(said.value, str):
            yield said.value
        elif isinstance(said, ast.JoinedStr) and isinstance(said.values[-1], ast.Constant):
            yield from (f"{maker}{said.values[-1].value!s}" for maker in MAKERS)
        else:
            raise AssertionError(f"A fault point is named by {ast.unparse(said)}: nobody can look for it.")


def named_in_tests() -> set[str]:
    """Return every text of every test but the list above: whoever arms a point has to write its name."""
    names: set[str] = set()
    for path in sorted((BASE_DIR / "tests").rglob("test_*.py")):
        names |= {
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    return names
