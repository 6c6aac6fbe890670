"""The frozen snapshot of an invoice, read strictly: complete, printable, and adding up, or refused.

Amounts and rates arrive as decimal strings, days as ISO dates with exclusive ends, counts as integers.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import rfc8785

from billing.documents.printable import plain, unprintable
from rollcall.money import exact_difference, exact_product, exact_sum, exponent, part_of_product, round_half_up

SCHEMA = 1
CREDIT_NOTE = "credit_note"
KINDS = ("invoice", CREDIT_NOTE)
DEFINITION_FILE, TERMS_FILE, USAGE_FILE = "DEFINITION.json", "TERMS.json", "USAGE.json"
VERSIONS_FILE = "VERSIONS.json"  # where the term has several
# What `rollcall count` and `rollcall rate` need, if it is given.
ATTACHED = (DEFINITION_FILE, TERMS_FILE, USAGE_FILE, VERSIONS_FILE)
DEFAULT_ACCENT = "#0b5c70"  # used when the vendor has not chosen a color
GIVEN_NAMES = {"file_name", "instance"}  # named by machines and digests; what no font has is printed as a question mark


class SnapshotRefused(ValueError):
    """The snapshot is incomplete, cannot be printed, or its amounts do not add up."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Days from `start` up to but not including `end`."""

    start: date
    end: date


@dataclass(frozen=True, kw_only=True)
class Line:
    position: int
    charge: str
    kind: str
    quantity: Decimal
    unit_price: Decimal
    share: Fraction  # the part of a cycle that is billed, 1 for all of it
    amount: Decimal
    tax_category: str
    tax_rate: Decimal
    words: str
    period: Span | None  # None: the period of the invoice


@dataclass(frozen=True, kw_only=True)
class Tax:
    category: str
    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """The typed part of a snapshot. Texts that are only printed stay in `raw`."""

    raw: Mapping[str, Any]
    number: str
    currency: str
    places: int
    issue_date: date
    due_date: date
    period: Span
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    net: Decimal
    gross: Decimal
    prepaid: Decimal  # what credits of the contract pay of the gross amount

    @property
    def kind(self) -> str:
        """ "invoice" or "credit_note"; a snapshot that does not say is of an invoice."""
        return str(self.raw.get("kind", "invoice"))

    @property
    def payable(self) -> Decimal:
        """What is still to be paid."""
        return exact_difference(self.gross, self.prepaid)


def check_snapshot(snapshot: Mapping[str, Any]) -> None:
    """Refuse a snapshot that must not become a document. Call it before a number is drawn.

    Raises SnapshotRefused with the one sentence that says what is wrong.
    """
    invoice = read_snapshot(snapshot)
    for line in invoice.lines:
        amount = part_of_product(line.quantity, line.unit_price, line.share, invoice.currency)
        if amount != line.amount:
            raise SnapshotRefused(
                f"Line {line.position} does not multiply out: {factors(line)} is {amount}, not {line.amount}."
            )
    check_totals(invoice)
    accent = snapshot["seller"].get("accent") or DEFAULT_ACCENT
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", accent):
        raise SnapshotRefused(f"The accent color is # and six hexadecimal digits, not {accent!r}.")
    check_attachments(snapshot)
    for path, text in texts(snapshot):
        if path.rpartition(".")[2] in GIVEN_NAMES or path.startswith("attachments."):
            continue
        if missing := unprintable(text):
            raise SnapshotRefused(f"No bundled font can print {missing!r} in {path}. Write it in another script.")


def factors(line: Line) -> str:
    """Write what a line multiplies: "320 × 29.00", "1 × 500.00 × 16/31"."""
    product = f"{line.quantity} × {line.unit_price}"
    return product if line.share == 1 else f"{product} × {line.share}"


def check_totals(invoice: Invoice) -> None:
    """Hold the totals to the lines: net = lines, base = its lines, tax once per rate half up, gross = net + taxes."""
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for line in invoice.lines:
        kind = (line.tax_category, line.tax_rate)
        bases[kind] = bases.get(kind, Decimal(0)) + line.amount
    net = exact_sum(bases.values())
    if invoice.net != net:
        raise SnapshotRefused(f"The lines add up to {net}, the net total says {invoice.net}.")
    if bases != {(tax.category, tax.rate): tax.base for tax in invoice.taxes}:
        raise SnapshotRefused("The bases of the taxes are not the sums of their lines.")
    for tax in invoice.taxes:
        due = tax_due(tax, invoice)
        if due != tax.tax:
            raise SnapshotRefused(f"Tax of {tax.rate} % on {tax.base} is {due}, not {tax.tax}.")
    gross = exact_sum([net, *(tax.tax for tax in invoice.taxes)])
    if invoice.gross != gross:
        raise SnapshotRefused(f"Net and tax add up to {gross}, the total says {invoice.gross}.")
    said = read_decimal(invoice.raw["totals"].get("payable", invoice.raw["totals"]["gross"]))
    if said != invoice.payable:
        raise SnapshotRefused(f"{invoice.gross} less {invoice.prepaid} prepaid is {invoice.payable}, not {said}.")


def tax_due(tax: Tax, invoice: Invoice) -> Decimal:
    """Return base times rate, half up; on a credit note, that of all bases so far less what was given back before it.

    So partial credit notes add up to the tax of their invoice; each is within a cent of its own base times rate.
    """
    before = [read_tax(entry) for entry in (invoice.raw.get("corrects") or {}).get("before", ())]
    known = [one for one in before if (one.category, one.rate) == (tax.category, tax.rate)]
    base = exact_sum([tax.base, *(one.base for one in known)])
    due = round_half_up(exact_product(base, tax.rate / 100), invoice.currency)
    if not known:
        return due
    rest = exact_difference(due, exact_sum(one.tax for one in known))
    return rest if (rest < 0) == (tax.base < 0) else Decimal(0)


def check_attachments(snapshot: Mapping[str, Any]) -> None:
    """Hold an attached definition or contract to the digest that the document prints for it."""
    printed = {DEFINITION_FILE: snapshot["definition"]["digest"], TERMS_FILE: snapshot["contract"]["terms_digest"]}
    for name, content in attached(snapshot).items():
        if name not in ATTACHED:
            raise SnapshotRefused(f"{name!r} is not a file that an invoice carries; known: {', '.join(ATTACHED)}.")
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if digest != printed.get(name, digest):
            raise SnapshotRefused(f"The attached {name} has the digest {digest}, the document prints {printed[name]}.")


def attached(snapshot: Mapping[str, Any]) -> dict[str, bytes]:
    """Give the files that the document carries, in canonical JSON (RFC 8785); a snapshot may have none."""
    return {name: rfc8785.dumps(value) for name, value in sorted((snapshot.get("attachments") or {}).items())}


def read_snapshot(snapshot: Mapping[str, Any]) -> Invoice:
    """Read the typed values. Raises SnapshotRefused when one is missing or is not what it must be."""
    try:
        if snapshot["schema"] != SCHEMA:
            raise SnapshotRefused(f"This program prints snapshots of schema {SCHEMA}, not {snapshot['schema']}.")
        for part, keys in PRINTED.items():
            for key in keys:
                snapshot[part][key]
        if snapshot.get("kind", "invoice") not in KINDS:
            raise SnapshotRefused(f"{snapshot['kind']!r} is not a kind of document; known: {', '.join(KINDS)}.")
        if snapshot.get("kind") == CREDIT_NOTE:
            date.fromisoformat(snapshot["corrects"]["issue_date"])
            plain(snapshot["corrects"]["number"])
        return Invoice(
            raw=snapshot,
            number=plain(snapshot["number"]),
            currency=snapshot["currency"],
            places=exponent(snapshot["currency"]),
            issue_date=date.fromisoformat(snapshot["issue_date"]),
            due_date=date.fromisoformat(snapshot["due_date"]),
            period=read_span(snapshot["period"]),
            lines=tuple(read_line(line) for line in snapshot["lines"]),
            taxes=tuple(read_tax(tax) for tax in snapshot["totals"]["taxes"]),
            net=read_decimal(snapshot["totals"]["net"]),
            gross=read_decimal(snapshot["totals"]["gross"]),
            prepaid=read_decimal(snapshot["totals"].get("prepaid", "0")),
        )
    except KeyError as missing:
        raise SnapshotRefused(f"The snapshot lacks {missing}.") from missing
    except (TypeError, ValueError, AttributeError) as wrong:
        if isinstance(wrong, SnapshotRefused):
            raise
        raise SnapshotRefused(f"The snapshot has a value that cannot be read: {wrong}.") from wrong


PRINTED = {
    "seller": ("name", "address_lines", "vat_id", "registration", "email", "iban", "bic", "portal_url"),
    "buyer": ("name", "number", "address_lines", "vat_id"),
    "contract": ("number", "version", "po_number", "product_name", "terms_digest", "sentences"),
    "period": ("start", "end", "timezone"),
    "definition": ("words", "digest"),
    "counts": ("provisioned", "reported", "active", "billable", "billed"),
    "count": ("digest", "evidence_set_digest", "engine_version", "tzdata_version"),
    "payment": ("days",),
}


def read_line(line: Mapping[str, Any]) -> Line:
    return Line(
        position=int(line["position"]),
        charge=line["charge"],
        kind=line["kind"],
        quantity=read_decimal(line["quantity"]),
        unit_price=read_decimal(line["unit_price"]),
        share=read_share(line.get("share", "1")),
        amount=read_decimal(line["amount"]),
        tax_category=line["tax_category"],
        tax_rate=read_decimal(line["tax_rate"]),
        words=plain(line["words"]),
        period=read_span(line["period"]) if line.get("period") else None,
    )


def read_tax(tax: Mapping[str, Any]) -> Tax:
    return Tax(
        category=tax["category"],
        rate=read_decimal(tax["rate"]),
        base=read_decimal(tax["base"]),
        tax=read_decimal(tax["tax"]),
    )


def read_span(span: Mapping[str, Any]) -> Span:
    start, end = date.fromisoformat(span["start"]), date.fromisoformat(span["end"])
    if start >= end:
        raise SnapshotRefused(f"The period from {start} to {end} has no days; the end is exclusive.")
    return Span(start=start, end=end)


def read_share(text: str) -> Fraction:
    """Read the part of a cycle that a line bills: "16/31", or "1" for all of it."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,15}(/[1-9][0-9]{0,14})?", text):
        raise SnapshotRefused(f"{text!r} is not a part of a cycle, as in 16/31.")
    return Fraction(text)


def read_decimal(text: str) -> Decimal:
    """Read an amount, which is a string: a JSON number could have been a float."""
    if not isinstance(text, str):
        raise SnapshotRefused(f"Amounts are written as text, {text!r} is not.")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise SnapshotRefused(f"{text!r} is not an amount.") from None
    if not number.is_finite():
        raise SnapshotRefused(f"{text!r} is not an amount.")
    return number


def texts(value: Any, path: str = "the snapshot") -> Iterator[tuple[str, str]]:
    """Walk over every text with the path at which it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from texts(part, f"{path}.{key}" if path != "the snapshot" else str(key))
    elif isinstance(value, (list, tuple)):
        for index, part in enumerate(value):
            yield from texts(part, f"{path}[{index}]")
