"""`rollcall report`: what runs at the customer's site, from the key to the receipt."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rollcall.cli import report_files, report_home
from rollcall.instance.activity import ActivityRefused
from rollcall.instance.home import HomeRefused
from rollcall.instance.post import PostFailed
from rollcall.instance.take_receipt import ReceiptRefused
from rollcall.instance.write_report import NothingToReport
from rollcall.signing.armor import ArmorRefused
from rollcall.signing.envelope import EnvelopeRefused, SignatureRefused
from rollcall.signing.keys import KeyRefused
from rollcall.signing.report_rows import RowsRefused

DONE, WRONG_USE, REFUSED = 0, 2, 3
_REFUSALS = (
    ActivityRefused,
    RowsRefused,
    ArmorRefused,
    EnvelopeRefused,
    SignatureRefused,
    ReceiptRefused,
    PostFailed,
)
DEFAULT_HOME = Path("rollcall-home")


def add_to(subcommands: Any) -> None:
    """Add the subcommand `report` with its commands."""
    parser = subcommands.add_parser(
        "report",
        help="report from the instance: write, show, check and send signed reports",
        description="Runs beside the product at the customer's site. The key of the instance is made here and never "
        "leaves; what leaves is a text file that `inspect` shows.",
        epilog="Exit status: 0 done, 2 wrong use, 3 refused, with the reason.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _home_commands(commands)
    _file_commands(commands)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run one command and return its exit status."""
    command: Callable[[argparse.Namespace], int] = arguments.do
    try:
        return command(arguments)
    except NothingToReport as nothing:
        print(nothing)
        return DONE
    except (HomeRefused, KeyRefused, OSError) as refused:
        print(f"rollcall report: {refused}", file=sys.stderr)
        return WRONG_USE
    except _REFUSALS as refused:
        print(f"rollcall report: {refused}", file=sys.stderr)
        return REFUSED


def _home_commands(commands: Any) -> None:
    init = _command(commands, "init", "make the home folder and the key of this instance", report_home.init)
    customer = _command(commands, "customer-key", "make the customer's key for pseudonyms", report_home.customer_key)
    activate = _command(
        commands, "activate", "take a licence, and write the activation file that answers it", report_home.activate
    )
    activate.add_argument("license", type=Path, metavar="LICENSE", help="the licence file from the vendor's portal")
    activate.add_argument("--key", type=Path, metavar="VENDOR.pub", help="the vendor's public key, the first time")
    activate.add_argument(
        "--instance", metavar="NAME", help="which instance of the licence this is, if it names several"
    )
    write = _command(commands, "write", "seal the days that are over and write the next report", report_home.write)
    write.add_argument("files", type=Path, nargs="*", metavar="FILE", help="activity: any export that Rollcall reads")
    write.add_argument("--mapping", type=Path, metavar="MAP.json", help="which column of the files means what")
    write.add_argument("--empty-is-nobody", action="store_true", help="a file of no byte: nobody was active")
    write.add_argument("--since", type=_day, metavar="DAY", help="the first day of the first report")
    write.add_argument("--until", type=_day, metavar="DAY", help="the first day left out; as a rule today")
    write.add_argument("--accounts", type=int, metavar="N", help="how many accounts exist now")
    write.add_argument("--accounts-source", default="the product", metavar="TEXT", help="who says so")
    write.add_argument("--product-version", default="", metavar="TEXT", help="the version of the product")
    write.add_argument(
        "--correct", default="", metavar="REASON", help="state days anew of which more has come, and why"
    )
    doctor = _command(commands, "doctor", "look at clock, key, licence, chain and outbox", report_home.doctor)
    who = _command(commands, "who", "resolve the pseudonyms of a report on this machine", report_home.who)
    who.add_argument("file", type=Path, metavar="FILE")
    receipt = _command(commands, "receipt", "take the vendor's receipt of a report", report_home.receipt)
    receipt.add_argument("file", type=Path, metavar="FILE")
    post = _command(commands, "post", "send what waits in the outbox, and take the receipts", report_home.post)
    post.add_argument("--url", required=True, metavar="URL", help="the vendor's portal, such as https://portal.example")
    post.add_argument("--token-file", type=Path, required=True, metavar="FILE", help="the API key of this instance")
    for one in (init, customer, activate, write, doctor, who, receipt, post):
        one.add_argument("--home", type=Path, default=DEFAULT_HOME, metavar="FOLDER", help="the reporter's home folder")


def _file_commands(commands: Any) -> None:
    inspect = _command(
        commands, "inspect", "print what a report says, before it leaves the house", report_files.inspect
    )
    inspect.add_argument("file", type=Path, metavar="FILE")
    verify = _command(commands, "verify", "check a report with the public key of its instance", report_files.verify)
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument("--key", type=Path, action="append", required=True, metavar="KEY.pub")
    verify.add_argument("--license", type=Path, metavar="LICENSE", help="count again as this licence says")
    prove = _command(commands, "prove", "prove that one user is in a report, or is not", report_files.prove)
    prove.add_argument("file", type=Path, metavar="FILE")
    prove.add_argument("user", metavar="USER", help="the user as the report names them")
    prove.add_argument(
        "--rows",
        type=Path,
        metavar="FILE",
        help="the rows behind a report of totals, from the folder `kept`",
    )
    check = _command(commands, "check", "check such a proof without the report", report_files.check)
    check.add_argument("file", type=Path, metavar="PROOF")
    check.add_argument("--key", type=Path, action="append", required=True, metavar="KEY.pub")


def _command(commands: Any, name: str, words: str, do: Callable[[argparse.Namespace], int]) -> Any:
    parser = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    parser.set_defaults(do=do)
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2026-06-01") from None


__all__: Sequence[str] = ("add_to", "run")
