"""The command `rollcall`: one module per subcommand, with `add_to(subcommands)` and `run(arguments) -> status`.

Owns: reading arguments and files, and printing, as JSON for programs or as a table for people.
Does not own: any arithmetic.
Invariants: the exit status is 0 for done, 2 for wrong use, 3 for refused input, 4 for a question.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from rollcall.cli import count, license, pseudonymize, rate, report, terms, verify

# The subcommands, in the order of the help text.
SUBCOMMANDS = (count, rate, terms, verify, license, report, pseudonymize)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="rollcall",
        description="Count active users and rate contracts on your own machine; no network, no account.",
    )
    subcommands = parser.add_subparsers(dest="subcommand", required=True, metavar="COMMAND")
    for subcommand in SUBCOMMANDS:
        subcommand.add_to(subcommands)
    chosen = parser.parse_args(sys.argv[1:] if arguments is None else list(arguments))
    try:
        status = int(chosen.run(chosen))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, `head` for one, has seen enough; Python would complain again when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    return status
