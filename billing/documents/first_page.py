"""Page 1: who, what, when, how many people, how much, until when and how to pay. Ready strings only."""

import textwrap
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from billing.documents.agreed import versions_named
from billing.documents.bundle_words import bundle_file
from billing.documents.format import NO_BREAK, Style
from billing.documents.printable import plain
from billing.documents.snapshot import CREDIT_NOTE, Invoice, Line, read_decimal
from billing.documents.wording import SHORT_DIGEST, Wording, grouped, hexadecimal
from rollcall.money import exponent

LONGEST_IN_FOOT = 20  # characters of a file's name that the foot of a page has room for
NAME_IN_HEAD = 60  # characters of the customer's name at the head of the later pages


def first_page(w: Wording) -> dict[str, Any]:
    """Give the strings that the first page prints, and the running heads of all pages."""
    invoice, raw = w.invoice, w.invoice.raw
    title = f"{w.say('invoice')} {invoice.number}"
    buyer = [plain(raw["buyer"]["name"]), *address_of(w, "buyer")]
    return {
        "lang": w.style.language,
        "number": invoice.number,
        "title": title,
        "issued_at": f"{invoice.issue_date.isoformat()}T00:00:00Z",
        "seller": seller(w),
        "buyer": buyer,
        "facts": facts(w),
        "lead": lead(w),
        "answer": answer(w),
        "running_head": f"{title} · {textwrap.shorten(buyer[0], NAME_IN_HEAD, placeholder='…')}",
        "running_period": f"{w.period(invoice.period)} ({raw['period']['timezone']})",
        "proof": proof(w),
        "currency": invoice.currency,
        "lines": lines(w),
        "lines_heading": w.say("the_lines", n=w.style.count(len(invoice.lines))),
        "lines_follow": w.say("lines_follow", n=w.style.count(len(invoice.lines))),
        "net": w.style.money(invoice.net),
        "totals": totals(w),
        "due": w.style.full(invoice.payable),
        "tax_notes": tax_notes(w),
        "bank": bank(w),
        "pay_words": pay_words(w),
        "portal": portal(raw["seller"]),
    }


def seller(w: Wording) -> dict[str, Any]:
    raw = w.invoice.raw["seller"]
    tax = w.say("our_vat", id=plain(raw["vat_id"])) if raw["vat_id"] else ""
    return {
        "name": plain(raw["name"]),
        "address": ", ".join(address_of(w, "seller")),
        "tax": " · ".join(filter(None, [tax, plain(raw["email"])])),
        "registration": plain(raw["registration"]),
    }


def address_of(w: Wording, party: str) -> list[str]:
    """Give the lines of an address, with its country where the letter crosses a border."""
    raw = w.invoice.raw
    lines = [line for line in map(plain, raw[party]["address_lines"]) if line]
    codes = {raw[name].get("country") or "" for name in ("seller", "buyer")}
    country = w.style.country(raw[party].get("country") or "")
    if len(codes) == 1 or not country or any(country.casefold() == line.casefold() for line in lines):
        return lines
    return [*lines, country.upper() if party == "buyer" else country]


def facts(w: Wording) -> list[tuple[str, str]]:
    """Name and value of what an accountant files by; what is empty is left out."""
    invoice, raw = w.invoice, w.invoice.raw
    corrects = raw.get("corrects") or {}
    original = ""
    if corrects:
        day = w.style.day(date.fromisoformat(corrects["issue_date"]))
        original = w.say("original_of", number=plain(corrects["number"]), day=day)
    rows = [
        ("invoice_number", invoice.number),
        ("corrects", original),
        ("issued", w.style.day(invoice.issue_date)),
        ("supply", w.period(invoice.period)),
        ("contract", versions_named(w)),
        ("order", plain(raw["contract"]["po_number"] or "")),
        ("customer_number", plain(str(raw["buyer"]["number"] or ""))),
        ("your_vat", plain(raw["buyer"]["vat_id"] or "")),
    ]
    return [(w.say(key), value) for key, value in rows if value]


def lead(w: Wording) -> str:
    """Tell the people and what the contract makes of them, in one or two sentences."""
    counts = w.invoice.raw["counts"]
    sentences = []
    if counts["active"] is not None:
        billed = [] if w.invoice.kind == CREDIT_NOTE else lead_billed(w, counts)
        sentences = [lead_active(w, counts), *billed]
    if reason := plain((w.invoice.raw.get("corrects") or {}).get("reason", "")):
        gone = w.style.full(w.invoice.payable)
        sentences.append(w.say("lead_credit", amount=gone, number=plain(w.invoice.raw["corrects"]["number"])))
        sentences.append(w.say("lead_credit_reason", reason=w.text(reason)))
    days = {day for gap in w.invoice.raw.get("missing_days") or [] for day in gap["days"]}
    if days:
        guessed = w.estimated_users()
        key = "lead_missing_estimated" if guessed else "lead_missing"
        sentences.append(w.say(key, of=len(days), n=w.style.count(len(days)), users=w.style.count(guessed)))
    settled = [line for line in w.invoice.lines if line.kind == "true_up"]
    if len(settled) == 1:
        period = w.named_period(settled[0].period or w.invoice.period)
        amount = w.style.full(settled[0].amount)
        sentences.append(w.say("lead_true_up", position=str(settled[0].position), period=period, amount=amount))
    elif settled:
        amount = w.style.full(sum((line.amount for line in settled), Decimal(0)))
        sentences.append(w.say("lead_true_ups", n=w.style.count(len(settled)), amount=amount))
    return " ".join(sentences)


def lead_active(w: Wording, counts: Mapping[str, Any]) -> str:
    active, provisioned = counts["active"], counts["provisioned"]
    gaps = {"when": w.when(), "active": w.style.count(active), "product": w.product()}
    if provisioned is None or provisioned["users"] < active:
        return w.say("lead", of=active, **gaps)
    return w.say("lead_of", of=active, provisioned=w.style.count(provisioned["users"]), **gaps)


def lead_billed(w: Wording, counts: Mapping[str, Any]) -> list[str]:
    active, billable, billed = counts["active"], counts["billable"], counts["billed"]
    sentences = []
    if billable < active:
        sentences.append(w.say("lead_excluded", n=w.style.count(active - billable)))
    known = billable + w.estimated_users()
    if billed > known:
        more = billed - known
        sentences.append(w.say("lead_floor", of=more, billed=w.style.count(billed), n=w.style.count(more)))
    elif billed < billable:
        sentences.append(w.say("lead_fewer", billed=w.style.count(billed)))
    least = sum((line.amount for line in w.invoice.lines if line.kind == "floor"), Decimal(0))
    if least and billed <= billable:
        sentences.append(w.say("lead_least", amount=w.style.full(least)))
    return sentences


def answer(w: Wording) -> list[tuple[str, str, str]]:
    """The four boxes: label, the answer in large type, the small print under it."""
    invoice, raw = w.invoice, w.invoice.raw
    tax = sum((tax.tax for tax in invoice.taxes), Decimal(0))
    tax_words = w.say("including_tax", amount=w.style.money(tax)) if tax else w.say("without_tax")
    days = int(raw["payment"]["days"])
    at_once = not days or invoice.kind == CREDIT_NOTE
    terms = w.say("at_once") if at_once else w.say("in_n_days", n=w.style.count(days))
    return [
        (w.say("period"), w.period(invoice.period, short=True), w.say("whole_days", zone=raw["period"]["timezone"])),
        *people(w, raw["counts"]),
        (w.say("amount_due"), w.style.full(invoice.payable), tax_words),
        (w.say("pay_by"), w.style.short_day(invoice.due_date), terms),
    ]


def people(w: Wording, counts: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    if counts["active"] is None:
        return []
    billed, provisioned = w.style.count(counts["billed"]), counts["provisioned"]
    small = w.say("n_billed", n=billed)
    if provisioned is not None:
        small = w.say("n_billed_of", n=billed, provisioned=w.style.count(provisioned["users"]))
    return [(w.say("users"), w.say("n_active", of=counts["active"], n=w.style.count(counts["active"])), small)]


def lines(w: Wording) -> list[dict[str, str]]:
    """Write every line, with the running sum that a page break carries over. The last line carries nothing."""
    rows, total = [], Decimal(0)
    for line in w.invoice.lines:
        total += line.amount
        rows.append(
            {
                "pos": str(line.position),
                "title": w.title_of(line),
                "note": w.note_of(line),
                "quantity": quantity_of(w, line),
                "price": w.style.price(line.unit_price),
                "rate": w.tax_code(line.tax_category, line.tax_rate),
                "amount": w.style.money(line.amount),
                **carried(w, total, last=line is w.invoice.lines[-1]),
            }
        )
    return rows


def quantity_of(w: Wording, line: Line) -> str:
    """Write how many, and which part of a cycle where it is not all of it: "1 × 16/31"."""
    written = w.style.quantity(line.quantity)
    return written if line.share == 1 else f"{written}{NO_BREAK}×{NO_BREAK}{line.share}"


def carried(w: Wording, total: Decimal, *, last: bool) -> dict[str, str]:
    """Words for the foot of one page and the head of the next, should the table break here."""
    if last:
        return {"carry_in": "", "carry_out": ""}
    amount = w.style.full(total)
    return {"carry_in": f"{w.say('carry_in')} {amount}", "carry_out": f"{w.say('carry_out')} {amount}"}


def totals(w: Wording) -> list[tuple[str, str]]:
    rows = [(w.say("net"), w.style.money(w.invoice.net))]
    for tax in w.invoice.taxes:
        label = w.say("tax_on", rate=w.style.rate(tax.rate), base=w.style.money(tax.base))
        rows.append((label, w.style.money(tax.tax)))
    if w.invoice.prepaid:
        rows.append((w.say("gross"), w.style.money(w.invoice.gross)))
        rows.append((w.say("prepaid"), w.style.money(-w.invoice.prepaid)))
    return rows


def tax_notes(w: Wording) -> list[str]:
    """Explain each code of the tax column that is not a plain rate, then why, how tax is rounded, and it elsewhere."""
    special = [tax for tax in w.invoice.taxes if tax.category != "S"]
    notes = [f"{w.tax_code(tax.category, tax.rate)}: {w.say(f'tax_{tax.category}')}" for tax in special]
    decided = w.invoice.raw.get("tax") or {}
    if decided.get("decided_by") in ("rule", "invoice"):
        notes.append(w.text(decided["reason"]))
    if any(tax.tax for tax in w.invoice.taxes):
        notes.append(w.say("rounding"))
    return [*notes, *tax_elsewhere(w)]


def tax_elsewhere(w: Wording) -> list[str]:
    """Say the tax in the currency of the tax office, at which rate, of which day and from whom."""
    said = w.invoice.raw.get("tax_currency") or {}
    if "tax" not in said:
        return []
    theirs = Style(language=w.style.language, currency=said["currency"], places=exponent(said["currency"]))
    rate = w.style.quantity(read_decimal(said["rate"]))
    day = w.style.day(date.fromisoformat(said["rate_date"]))
    amount = theirs.full(read_decimal(said["tax"]))
    named = {"base": said["base"], "quote": said["quote"], "source": plain(said["source"])}
    return [w.say("tax_elsewhere", amount=amount, rate=rate, day=day, **named)]


def bank(w: Wording) -> list[tuple[str, str]]:
    raw = w.invoice.raw["seller"]
    if w.invoice.payable <= 0 or not raw["iban"] or w.invoice.kind == CREDIT_NOTE:
        return []
    rows = [
        (w.say("payee"), plain(raw["name"])),
        ("IBAN", grouped(raw["iban"])),
        ("BIC", raw["bic"]),
        (w.say("reference"), w.invoice.number),
    ]
    return [(name, value) for name, value in rows if value]


def pay_words(w: Wording) -> str:
    if w.invoice.payable == 0:
        return w.say("pay_nothing")
    if w.invoice.kind == CREDIT_NOTE:
        return w.say("pay_at_once")
    if w.invoice.payable < 0:
        return w.say("pay_in_favor")
    days = int(w.invoice.raw["payment"]["days"])
    if days <= 0:
        return w.say("pay_at_once")
    return w.say("pay_words", of=days, n=w.style.count(days), day=w.style.day(w.invoice.due_date))


def portal(seller: Mapping[str, Any]) -> dict[str, str] | None:
    """Give the address of the portal as a link and as words; anything but a web address is left out."""
    url = seller["portal_url"] or ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return {"url": url, "words": url.split("://", 1)[1].rstrip("/")}


def proof(w: Wording) -> str:
    """The foot of every page: twelve digits of each digest, and how to count again."""
    short = " · ".join(f"{w.say(f'd_{name}')} {digest[:SHORT_DIGEST]}" for name, digest in digests(w.invoice).items())
    if not fingerprint_of(w.invoice):
        return f"{short}\n{w.say('recompute', where=w.say('verify'))}"
    file = bundle_file(w.invoice.number)
    if len(file) > LONGEST_IN_FOOT:
        file = w.say("bundle")
    return f"{short}\n{w.say('recompute_bundle', file=file, where=w.say('verify'))}"


def fingerprint_of(invoice: Invoice) -> str:
    """The name of the key that signs the bundle; empty in a snapshot from before there were bundles."""
    return str((invoice.raw.get("signing") or {}).get("fingerprint", ""))


def digests(invoice: Invoice) -> dict[str, str]:
    raw = invoice.raw
    found = {
        "terms": hexadecimal(raw["contract"]["terms_digest"]),
        "definition": hexadecimal(raw["definition"]["digest"]),
        "evidence": hexadecimal(raw["count"]["evidence_set_digest"]),
    }
    # Where nothing is counted there is neither a definition nor evidence.
    return {name: digest for name, digest in found.items() if digest}
