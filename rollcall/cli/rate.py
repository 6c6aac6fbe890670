"""`rollcall rate TERMS.json USAGE.json`: what counted users cost under the terms of a contract."""

from __future__ import annotations

import argparse
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from rollcall.cli.documents import CannotRead, read_document
from rollcall.cli.table import Column, table
from rollcall.money import grouped, in_words, number_in_words, users_in_words
from rollcall.rating import Rating, TermRating, TermUsage, explain, rate_term
from rollcall.strict_json import NotStrictJson
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused

DONE, WRONG_USE, REFUSED = 0, 2, 3

_LINES = (
    Column("line"),
    Column("words", widest=64),
    Column("quantity", right=True),
    Column("unit price", right=True),
    Column("amount", right=True),
)
_WORKING = (
    Column("step"),
    Column("words", widest=56),
    Column("arithmetic", widest=40),
    Column("amount", right=True),
    Column("sum so far", right=True),
)


def add_to(subcommands: Any) -> None:
    """Add the subcommand `rate` with its arguments."""
    parser = subcommands.add_parser(
        "rate",
        help="rate counted users under the terms of a contract",
        description="Rate counted users under the terms of a contract. Exit status: 0 rated, 2 wrong use, 3 refused.",
    )
    parser.add_argument("terms", type=Path, metavar="TERMS.json", help="the terms of the contract")
    parser.add_argument("usage", type=Path, metavar="USAGE.json", help="the counted users of its periods")
    parser.add_argument("--json", action="store_true", help="print JSON for programs instead of a table")
    parser.add_argument("--explain", action="store_true", help="show every step with its arithmetic and the sum so far")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Rate and print; return the exit status."""
    try:
        terms = ContractTerms.from_json(read_document(arguments.terms))
        usage = TermUsage.from_json(read_document(arguments.usage))
        rating = rate_term(terms=terms, usage=usage)
    except CannotRead as error:
        print(f"rollcall rate: {error}", file=sys.stderr)
        return WRONG_USE
    except (TermsRefused, NotStrictJson) as error:
        if arguments.json:
            path = error.path if isinstance(error, TermsRefused) else ""
            sentence = error.sentence if isinstance(error, TermsRefused) else str(error)
            print(json.dumps({"outcome": "rejected", "path": path, "message": sentence}, ensure_ascii=False))
        print(f"rollcall rate: {error}", file=sys.stderr)
        return REFUSED
    if arguments.json:
        print(json.dumps(_as_json(rating, with_working=arguments.explain), indent=1, ensure_ascii=False))
    else:
        _print_for_people(terms, usage, rating, with_working=arguments.explain)
    return DONE


def _as_json(rating: TermRating, *, with_working: bool) -> dict[str, Any]:
    document = rating.to_json()
    if with_working:
        for period, rated in zip(document["periods"], rating.periods, strict=True):
            period["working"] = explain(rated)
    return document


def _print_for_people(terms: ContractTerms, usage: TermUsage, rating: TermRating, *, with_working: bool) -> None:
    for given, rated in zip(usage.periods, rating.periods, strict=True):
        counted = "; ".join(
            f"{name}: {users_in_words(users['users'])}" for name, users in sorted(given.quantities.items())
        )
        print(f"{rated.period.words(terms.timezone)}, {counted}", end="\n\n")
        print(table(_LINES, _line_rows(rated)), end="\n\n")
        if with_working:
            print(table(_WORKING, _working_rows(rated)), end="\n\n")
        print(f"Net amount: {in_words(rated.net_amount, rating.currency)}", end="\n\n")
    if usage.provisioned_users:
        accounts = usage.provisioned_users
        users = users_in_words(accounts.users)
        print(f"Provisioned: {users} on {accounts.date} (source: {accounts.source}); existing costs nothing.")
    print(f"Terms  {terms.digest()}")
    print(f"Rating {rating.digest()}")


def _line_rows(rating: Rating) -> list[list[str]]:
    return [
        [
            line.key,
            line.words,
            number_in_words(line.quantity),
            in_words(line.unit_price, rating.currency),
            in_words(line.amount, rating.currency),
        ]
        for line in rating.lines
    ]


def _working_rows(rating: Rating) -> list[list[str]]:
    return [
        [
            f"{told['charge']}: {told['step']}",
            told["words"],
            told["arithmetic"],
            grouped(Decimal(told["amount"])),
            grouped(Decimal(told["sum"])),
        ]
        for told in explain(rating)
    ]
