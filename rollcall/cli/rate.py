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
from rollcall.rating import PeriodUsage, Rating, TermRating, TermUsage, explain, rate_term
from rollcall.rating.credit_entries import CreditEntry
from rollcall.rating.versions import Amendment
from rollcall.strict_json import NotStrictJson
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import Fields, TermsRefused, day_of

DONE, WRONG_USE, REFUSED = 0, 2, 3

_LINES = (
    Column("line"),
    Column("words", widest=64),
    Column("quantity", right=True),
    Column("unit price", right=True),
    Column("amount", right=True),
)
_CREDITS = (
    Column("pool"),
    Column("credit"),
    Column("day"),
    Column("movement"),
    Column("amount", right=True),
    Column("balance", right=True),
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
    later = parser.add_mutually_exclusive_group()
    later.add_argument(
        "--amend",
        action="append",
        default=[],
        metavar="YYYY-MM-DD=TERMS.json",
        help="terms that are in force from a day on; may be given several times",
    )
    later.add_argument(
        "--versions",
        type=Path,
        metavar="VERSIONS.json",
        help="every version of the term, as an invoice carries them; TERMS.json is one of them",
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs instead of a table")
    parser.add_argument("--explain", action="store_true", help="show every step with its arithmetic and the sum so far")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Rate and print; return the exit status."""
    try:
        terms = ContractTerms.from_json(read_document(arguments.terms))
        usage = TermUsage.from_json(read_document(arguments.usage))
        first, *later = _versions(terms, arguments.versions) if arguments.versions else _agreed(terms, arguments.amend)
        rating = rate_term(terms=first.terms, usage=usage, amendments=later, name=first.name)
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


def _versions(terms: ContractTerms, file: Path) -> list[Amendment]:
    """Read `{"versions": [{"from": "2026-01-01", "name": "version 1", "terms": {...}}, ...]}`, the earliest first.

    Raises CannotRead, NotStrictJson and TermsRefused.
    """
    fields, found = Fields.of(read_document(file), ""), []
    for number, row in enumerate(fields.listed("versions")):
        entry = Fields.of(row, f"versions[{number}]")
        meaning = ContractTerms.from_json(entry.take("terms"))
        found.append(Amendment(start=entry.day("from"), terms=meaning, name=entry.text("name")))
        entry.nothing_else("a version")
    fields.nothing_else("versions")
    if terms.digest() not in {one.terms.digest() for one in found}:
        raise CannotRead(f"{file} has other versions than the given terms; use the files of one invoice.")
    return found


def _agreed(terms: ContractTerms, pairs: list[str]) -> list[Amendment]:
    """Return the terms and the later versions in order of time. Raises CannotRead, NotStrictJson and TermsRefused."""
    found = [Amendment(start=terms.term.start, terms=terms, name="version 1")]
    for number, pair in enumerate(sorted(pairs), start=2):
        day, _, file = pair.partition("=")
        if not file:
            raise CannotRead(f"--amend is a day and a file, as in 2026-07-01=terms.json, not {pair}.")
        terms = ContractTerms.from_json(read_document(Path(file)))
        found.append(Amendment(start=day_of(day, "--amend"), terms=terms, name=f"version {number}"))
    return found


def _as_json(rating: TermRating, *, with_working: bool) -> dict[str, Any]:
    document = rating.to_json()
    if with_working:
        for period, rated in zip(document["periods"], rating.periods, strict=True):
            period["working"] = explain(rated)
    return document


def _print_for_people(terms: ContractTerms, usage: TermUsage, rating: TermRating, *, with_working: bool) -> None:
    for given, rated in zip(usage.periods, rating.periods, strict=True):
        print(", ".join([rated.period.words(terms.timezone), *_given(terms, given)]), end="\n\n")
        print(table(_LINES, _line_rows(rated)), end="\n\n")
        if with_working:
            print(table(_WORKING, _working_rows(rated)), end="\n\n")
        if with_working and rated.credits:
            print(table(_CREDITS, [_credit_row(entry) for entry in rated.credits]), end="\n\n")
        print(f"Net amount: {in_words(rated.net_amount, rating.currency)}", end="\n\n")
        if rated.prepaid_amount:
            paid = in_words(rated.prepaid_amount, rating.currency)
            print(f"Of the amount with tax, credits pay {paid}.", end="\n\n")
    if usage.provisioned_users:
        accounts = usage.provisioned_users
        users = users_in_words(accounts.users)
        print(f"Provisioned: {users} on {accounts.date} (source: {accounts.source}); existing costs nothing.")
    print(f"Terms  {terms.digest()}")
    print(f"Rating {rating.digest()}")


def _given(terms: ContractTerms, usage: PeriodUsage) -> list[str]:
    """Say what was given of each metric: its users, its quantity, or how many numbers of days."""
    told = {name: users_in_words(users["users"]) for name, users in usage.quantities.items()}
    told |= {name: terms.metrics[name].noun.of(amount.quantity) for name, amount in usage.amounts.items()}
    told |= {name: _numbers(len(daily)) for name, daily in usage.daily.items()}
    told |= {
        name: f"{_numbers(sum(map(len, instances.values())))} of {len(instances)} instances"
        for name, instances in usage.by_instance.items()
    }
    told |= {name: f"{len(levels)} dated levels" for name, levels in usage.levels.items()}
    said = "; ".join(f"{name}: {words}" for name, words in sorted(told.items()))
    return [said] if said else []


def _numbers(number: int) -> str:
    return f"{number} daily number{'' if number == 1 else 's'}"


def _credit_row(entry: CreditEntry) -> list[str]:
    return [entry.pool, entry.name, entry.date.isoformat(), entry.kind, grouped(entry.amount), grouped(entry.balance)]


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
