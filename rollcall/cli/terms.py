"""`rollcall terms TERMS.json | TEMPLATE`: what the terms of a contract say, in sentences."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rollcall.cli.documents import CannotRead, read_document
from rollcall.cli.table import Column, table
from rollcall.strict_json import NotStrictJson
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.templates import Template, UnknownReading, UnknownTemplate, all_templates, template, with_switches

DONE, WRONG_USE, REFUSED = 0, 2, 3

_LISTED = (Column("template"), Column("policy", widest=44), Column("switches", widest=48))
_WIDTH = 100


def add_to(subcommands: Any) -> None:
    """Add the subcommand `terms` with its arguments."""
    parser = subcommands.add_parser(
        "terms",
        help="say the terms of a contract, or of a template, in sentences",
        description="Say the terms of a contract in sentences, or list the templates to start from. Exit status: 0 "
        "done, 2 wrong use, 3 refused.",
    )
    parser.add_argument("what", nargs="?", metavar="TERMS.json|TEMPLATE", help="a file, or the name of a template")
    parser.add_argument("--list", action="store_true", help="list the templates with their switches")
    parser.add_argument(
        "--with",
        action="append",
        default=[],
        dest="chosen",
        metavar="SWITCH=READING",
        help="choose a reading of a template's switch; may be given several times",
    )
    parser.add_argument("--json", action="store_true", help="print TERMS.json, every default written out")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the list or the terms; return the exit status."""
    if arguments.list:
        print(table(_LISTED, [_listed(found) for found in all_templates()]))
        return DONE
    try:
        found, document = _document(arguments)
        terms = ContractTerms.from_json(document)
    except (CannotRead, UnknownTemplate, UnknownReading) as error:
        print(f"rollcall terms: {error.args[0]}", file=sys.stderr)
        return WRONG_USE
    except (TermsRefused, NotStrictJson) as error:
        print(f"rollcall terms: {error}", file=sys.stderr)
        return REFUSED
    if arguments.json:
        print(json.dumps(terms.to_json(), indent=1, ensure_ascii=False))
    else:
        said = [*_about(found), *_numbered(terms.sentences()), *_warnings(terms)]
        print("\n".join([*said, "", f"Terms {terms.digest()}"]))
    return DONE


def _document(arguments: argparse.Namespace) -> tuple[Template | None, Any]:
    """Return the terms that are asked for, with the template that they are of. Raises CannotRead and Unknown*."""
    if arguments.what is None:
        raise CannotRead("name a file with terms or a template, or ask for the --list.")
    chosen = {}
    for pair in arguments.chosen:
        name, equals, reading = pair.partition("=")
        if not equals:
            raise UnknownReading(f"--with is a switch and its reading, as in true_up=quarterly, not {pair}.")
        chosen[name] = reading
    path = Path(arguments.what)
    if path.suffix == ".json" or path.exists():
        if chosen:
            raise UnknownReading("--with chooses readings of a template; terms of a file have none.")
        return None, read_document(path)
    found = template(arguments.what)
    return found, with_switches(found, chosen)


def _listed(found: Template) -> list[str]:
    switches = [f"{switch.name}: {', '.join(reading.name for reading in switch.readings)}" for switch in found.switches]
    return [found.name, found.title, "; ".join(switches)]


def _about(found: Template | None) -> Iterator[str]:
    if found is None:
        return
    yield found.title
    yield from textwrap.wrap(found.about, _WIDTH)
    yield from textwrap.wrap(f"Source: {found.source}.", _WIDTH)
    for switch in found.switches:
        yield from textwrap.wrap(f"Switch {switch.name}: {switch.question}", _WIDTH)
        for reading in switch.readings:
            yield from textwrap.wrap(
                f"{reading.name}: {reading.words}", _WIDTH, initial_indent="  ", subsequent_indent="    "
            )
    yield ""


def _warnings(terms: ContractTerms) -> Iterator[str]:
    """Say what is allowed and may surprise, such as a price whose total falls as usage rises."""
    warned = dict.fromkeys(
        warning
        for phase in terms.in_order
        for key, charge in phase.charges.items()
        for warning in charge.price.warnings(terms.currency, terms.noun_of(key))
    )
    for warning in warned:
        yield from textwrap.wrap(f"Note: {warning}", _WIDTH)


def _numbered(sentences: list[str]) -> Iterator[str]:
    for number, sentence in enumerate(sentences, start=1):
        yield from textwrap.wrap(sentence, _WIDTH, initial_indent=f"{number:>2}. ", subsequent_indent="    ")
