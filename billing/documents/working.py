"""Page 2: how every number of page 1 was made, from the files to the amount due. Ready strings only."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from billing.documents.agreed import agreed
from billing.documents.bundle_words import verify_command
from billing.documents.first_page import carried, digests, fingerprint_of, quantity_of
from billing.documents.format import MINUS, NO_BREAK
from billing.documents.printable import plain
from billing.documents.snapshot import DEFINITION_FILE, TERMS_FILE, USAGE_FILE, VERSIONS_FILE, Line, Span
from billing.documents.wording import Wording, given_name, hexadecimal

FILES_NAMED = 3  # a longer list of files is called FILES in the command
COMMAND_WIDTH = 98  # characters in one line of the box


def working(w: Wording) -> dict[str, Any]:
    """Give the strings of the working: counts, definition, evidence, steps, terms, and how to recompute."""
    raw = w.invoice.raw
    definition, language = w.paragraph(raw["definition"]["words"])
    return {
        "funnel": funnel(w, raw["counts"]),
        "definition": definition,
        "definition_language": language,
        "bounds": bounds(w),
        "evidence": evidence(w, raw["evidence"]),
        "explained": explained(w, raw["working"]),
        "steps": steps(w),
        "agreed": agreed(w),
        "verify": verify(w),
        "digests": all_digests(w),
    }


def funnel(w: Wording, counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Five counts, each with its bar and how it came from the one before."""
    if counts["active"] is None:
        return []
    active, billable, billed = counts["active"], counts["billable"], counts["billed"]
    provisioned, reported = counts["provisioned"], counts["reported"]
    existing = provisioned["users"] if provisioned else None
    widest = max(existing or 0, reported or 0, active, billed, 1)

    def stage(name: str, users: int | None, words: str, *bars: tuple[str, int]) -> dict[str, Any]:
        shown = [(kind, f"{100 * width / widest:.1f}") for kind, width in bars if width > 0]
        number = "–" if users is None else w.style.count(users)
        return {"name": w.say(name), "users": number, "words": words, "bars": shown}

    filled = [("bill", min(billable, billed)), ("fill", billed - billable)]
    return [
        stage("provisioned", existing, provisioned_words(w, provisioned), ("idle", existing or 0)),
        stage("reported", reported, reported_words(w, reported, active), ("idle", reported or 0)),
        stage("active", active, active_words(w, active, existing), ("used", active)),
        stage("billable", billable, billable_words(w, active, billable), ("bill", billable)),
        stage("billed", billed, billed_words(w, billable, billed), *filled),
    ]


def provisioned_words(w: Wording, provisioned: Mapping[str, Any] | None) -> str:
    if provisioned is None:
        return w.say("f_not_reported")
    source = provisioned["source"]
    key = f"source_{source.strip().casefold().replace(' ', '_')}"
    named = w.say(key) if w.has(key) else plain(source.replace("_", " "))
    return w.say("f_provisioned", day=w.style.short_day(date.fromisoformat(provisioned["date"])), source=named)


def reported_words(w: Wording, reported: int | None, active: int) -> str:
    if reported is None:
        return w.say("f_no_claim")
    if reported == active:
        return w.say("f_reported_same")
    key = "f_reported_more" if reported > active else "f_reported_less"
    return w.say(key, n=w.style.count(abs(reported - active)))


def active_words(w: Wording, active: int, existing: int | None) -> str:
    if existing is None or existing < active:
        return w.say("f_active")
    return w.say("f_active_of", provisioned=w.style.count(existing), n=w.style.count(existing - active))


def billable_words(w: Wording, active: int, billable: int) -> str:
    if active == billable:
        return w.say("f_billable_same", active=w.style.count(active))
    return w.say("f_billable", active=w.style.count(active), n=w.style.count(active - billable))


def billed_words(w: Wording, billable: int, billed: int) -> str:
    written, change = w.style.count(billable), w.style.count(abs(billed - billable))
    if guessed := w.estimated_users():
        more = billed - billable - guessed
        key = "f_billed_both" if more > 0 else "f_billed_estimated"
        shortfall, total = w.style.count(more), w.style.count(billed)
        return w.say(key, billable=written, n=w.style.count(guessed), more=shortfall, billed=total)
    if billed == billable:
        return w.say("f_billed_plain", billable=written)
    if billed < billable:
        return w.say("f_billed_less", billable=written, n=change)
    return w.say("f_billed_more", billable=written, n=change, billed=w.style.count(billed))


def bounds(w: Wording) -> str:
    raw, span = w.invoice.raw, w.invoice.period
    return w.say("bounds", start=w.style.day(span.start), end=w.style.day(span.end), zone=raw["period"]["timezone"])


def evidence(w: Wording, files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One row per file with its rows read, accepted, quarantined and left out, its two digests, and the sums."""
    rows, sums = [], [0, 0, 0, 0]
    for file in files:
        read, accepted, quarantined = file["rows_read"], file["rows_accepted"], file["rows_quarantined"]
        numbers = [read, accepted, quarantined, read - accepted - quarantined]
        sums = [total + number for total, number in zip(sums, numbers, strict=True)]
        grade = file["grade"]
        rows.append(
            {
                "file": given_name(file["file_name"]),
                "instance": given_name(file["instance"]),
                "grade": w.say(f"grade_{grade}") if w.has(f"grade_{grade}") else plain(grade),
                "numbers": [w.style.count(number) for number in numbers],
                "sha256": hexadecimal(file["sha256"]),
                "digest": hexadecimal(file["digest"]),
            }
        )
    return {"rows": rows, "sums": [w.style.count(total) for total in sums] if len(rows) > 1 else []}


def explained(w: Wording, items: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What the rating looked at and what cost nothing: a floor that was not needed, a day without a report."""
    said = {line.words for line in w.invoice.lines}
    quiet = [item for item in items if not Decimal(item.get("amount") or 0) and plain(item["words"]) not in said]
    return [{"words": w.engine(item["words"]), "arithmetic": w.engine(item.get("arithmetic") or "")} for item in quiet]


def steps(w: Wording) -> list[dict[str, str]]:
    """Every line and every tax as arithmetic, with the sum so far; the last sum is the amount due."""
    rows: list[tuple[str, str, str, Decimal]] = [
        (f"{line.position}{NO_BREAK}{step_name(w, line)}", rule_of(w, line), product_of(w, line), line.amount)
        for line in w.invoice.lines
    ]
    for tax in w.invoice.taxes:
        rate = w.style.rate(tax.rate)
        words = w.say(f"rate_{tax.category}", rate=rate)
        rows.append((w.say("s_tax"), words, f"{w.style.money(tax.base)} × {rate}", tax.tax))
    if w.invoice.prepaid:
        rows.append((w.say("s_prepaid"), w.say("prepaid"), "", -w.invoice.prepaid))
    total, done = Decimal(0), []
    for index, (name, rule, arithmetic, amount) in enumerate(rows, 1):
        total += amount
        done.append(
            {
                "name": name,
                "rule": rule,
                "arithmetic": arithmetic.replace(" ", NO_BREAK),
                "amount": w.style.money(amount),
                "running": w.style.money(total),
                **carried(w, total, last=index == len(rows)),
            }
        )
    return done


def step_name(w: Wording, line: Line) -> str:
    return w.say(f"s_{line.kind}") if w.has(f"s_{line.kind}") else w.say("s_other")


def rule_of(w: Wording, line: Line) -> str:
    """Say what was applied; a true-up by its name, as its words stand on page 1 in full."""
    if line.kind == "true_up":
        return w.title_of(line)
    return w.words_of(line)


def product_of(w: Wording, line: Line) -> str:
    price = w.style.price(line.unit_price)
    return f"{quantity_of(w, line)} × {f'({price})' if price.startswith(MINUS) else price}"


def verify(w: Wording) -> dict[str, str]:
    raw, span = w.invoice.raw, w.invoice.period
    bundle = verify_command(w.invoice.number) if fingerprint_of(w.invoice) else ""
    if raw["counts"]["active"] is None or not raw["evidence"]:
        words = [w.say("verify_money"), *([w.say("verify_bundle_alone")] if bundle else [])]
        return {"words": " ".join(words), "command": bundle}
    options = [f"--definition {DEFINITION_FILE}", f"--timezone {raw['period']['timezone']}"]
    options += [f"--cycle {cycle_of(w, span)}", f"--from {span.start} --to {span.end}"]
    files = raw.get("attachments") or {}
    words = [
        w.say("verify_words"),
        w.say("verify_attached" if DEFINITION_FILE in files else "verify_definition"),
        w.say("verify_active", n=w.style.count(raw["counts"]["active"])),
    ]
    command = wrapped(["rollcall count", *files_of(w, raw["evidence"]), *options])
    if {TERMS_FILE, USAGE_FILE} <= set(files):
        words.append(w.say("verify_rate"))
        versions = f" --versions {VERSIONS_FILE}" if VERSIONS_FILE in files else ""
        command += f"\nrollcall rate {TERMS_FILE} {USAGE_FILE}{versions}"
    if bundle:
        words.append(w.say("verify_bundle"))
        command += f"\n{bundle}"
    return {"words": " ".join(words), "command": command}


def files_of(w: Wording, files: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the files as a shell takes them; many files, or names that cannot be printed, are called FILES."""
    names = [file["file_name"] for file in files]
    if len(names) > FILES_NAMED or any(given_name(name) != name for name in names):
        return [w.say("files")]
    return [shlex.quote(name) for name in names]


def wrapped(parts: Sequence[str]) -> str:
    """Break a command into lines that fit, each continued as a shell continues it."""
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) < COMMAND_WIDTH:
            lines[-1] += f" {part}"
        else:
            lines[-1] += " \\"
            lines.append(f"  {part}")
    return "\n".join(lines)


def cycle_of(w: Wording, span: Span) -> str:
    """Name a cycle that has exactly this period."""
    if w.style.is_month(span.start, span.end):
        return "calendar-month"
    return f"days:{(span.end - span.start).days}:{span.start}"


def all_digests(w: Wording) -> list[tuple[str, str]]:
    raw = w.invoice.raw["count"]
    rows = [(f"{w.say(f'd_{name}')} SHA-256", digest) for name, digest in digests(w.invoice).items()]
    signed = [(w.say("d_key"), key)] if (key := plain(fingerprint_of(w.invoice))) else []
    if not raw["digest"]:
        return [*rows, *signed]
    rows.append((f"{w.say('d_count')} SHA-256", hexadecimal(raw["digest"])))
    engine = w.say("engine_words", version=plain(raw["engine_version"]), tzdata=plain(raw["tzdata_version"]))
    rows.append((w.say("engine"), engine))
    return [*rows, *signed]
