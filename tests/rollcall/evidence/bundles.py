"""Bundles for tests and for the bench: an invoice over rows of evidence, counted, rated and totalled by the engine."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import rfc8785
from nacl.signing import SigningKey

from rollcall.counting import plain
from rollcall.counting.aggregates import reduce_instances
from rollcall.evidence import BundleContents, CountFolder, RatedFolder, write_bundle, write_evidence_csv
from rollcall.evidence.write import MANIFEST, PAYLOAD_TYPE, write_members
from rollcall.money import plain as plain_text
from rollcall.money import shortest
from rollcall.period import TZDATA_VERSION, Period
from rollcall.rating import Rating, TaxedAmount, TermUsage, explain, rate_term, total
from rollcall.rows import EvidenceRow, canonical_line, digest_of_rows
from rollcall.signing import open_envelope, sign_payload
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.contract import ContractTerms
from rollcall.terms.identity import NO_RESOLUTION, resolve, user_key, user_ref
from rollcall.terms.instances import PEAK_THEN_SUM, PEOPLE
from rollcall.terms.metrics import AnyMetric, Metric, said_digest
from tests.rollcall.evidence import printed

KEY, OTHER_KEY = SigningKey(b"v" * 32), SigningKey(b"w" * 32)
SALT = b"salt of the contract"
JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
LOGIN = {"actions": ["login", "report.*"]}


def terms_document(
    definition: Mapping[str, Any] | None = None, *, metric: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return TERMS.json: two tiers, a floor of three users, 19 % tax; `more` replaces keys."""
    return {
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "term": {"start": "2026-06-01", "end": "2027-06-01"},
        "cycle": {"unit": "month", "anchor": "2026-06-01"},
        "metrics": {"active": metric or {"kind": "active_users", "definition": dict(definition or LOGIN)}},
        "charges": {
            "seats": {
                "metric": "active",
                "price": {
                    "model": "graduated",
                    "bound": "inclusive",
                    "tiers": [{"up_to": 4, "unit_price": "29.00"}, {"up_to": None, "unit_price": "25.00"}],
                },
                "floor": {"minimum_users": 3, "shortfall_priced_by": "tiers"},
            }
        },
        "tax": {"category": "S", "rate": "19"},
        **more,
    }


def ref(name: str) -> str:
    """Return the reference of a user under the contract's salt."""
    return user_ref(SALT, user_key(name))


def row(
    user: str,
    day: int,
    action: str = "login",
    *,
    events: int = 1,
    instance: str = "eu",
    minute: int = 600,
    quantity: str | None = None,
) -> EvidenceRow:
    """Return a row of a day of June 2026."""
    measured = None if quantity is None else Decimal(quantity)
    return EvidenceRow(ref(user), instance, action, date(2026, 6, day), events, measured, minute, minute)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What was reported of June, by report, and the terms. `names` are the people; `covered` the days of a series."""

    reports: Mapping[str, Sequence[EvidenceRow]]
    terms: Mapping[str, Any] = field(default_factory=terms_document)
    names: Sequence[str] = ()
    covered: Mapping[str, Sequence[int]] = field(default_factory=dict)
    instances: Mapping[str, str] = field(default_factory=dict)
    number: str = "R-2026-0007"
    charge: str = "seats"


def in_order(rows: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    """Return rows in the order of their canonical text."""
    return sorted(rows, key=canonical_line)


def csv_bytes(rows: Iterable[EvidenceRow], folder: Path) -> bytes:
    """Return the CSV of rows."""
    path = folder / "rows.csv"
    write_evidence_csv(in_order(rows), path)
    return path.read_bytes()


def count_folder(case: Case, terms: ContractTerms, reports: Mapping[str, Sequence[EvidenceRow]]) -> CountFolder:
    """Count June as the vendor does, with the plain counter, and write the count down."""
    metric = terms.metrics["active"]
    assert isinstance(metric, Metric | ActionMetric)
    definition = metric.definition
    people = {ref(name): user_key(name) for name in case.names}
    looks_at_names = bool(definition.excluded_users or definition.identity.aliases)
    resolution = resolve(people, definition, SALT) if looks_at_names else NO_RESOLUTION
    rows = [one for report in reports.values() for one in report]
    asked: dict[str, Any] = {"rows": rows, "definition": definition, "period": JUNE, "resolution": resolution}
    result = plain.count(**asked, since=terms.term.start)
    digests = sorted(digest_of_rows(report) for report in reports.values())
    said = {
        **_asked(metric, terms),
        "active_users": result.active_users,
        "reported_users": None,
        "daily": _by_day(result.daily_active_users),
        **_figures(case, metric, asked, result.daily_active_users, result.active_users, terms),
        "look_back": {},
        "reported": [],
        "provisioned": None,
        "evidence": digests,
        "evidence_set_digest": f"sha256:{hashlib.sha256(rfc8785.dumps(sorted(set(digests)))).hexdigest()}",
        "verdicts_digest": result.verdicts.digest,
        "digest": result.digest,
    }
    listed = io.BytesIO()
    listed.write(b"user_ref,counted,why,first_at,last_at,active_days,events,instance\n")
    for piece in result.verdicts._make():
        listed.write(piece)
    known = {"aliases": dict(resolution.aliases), "excluded": sorted(resolution.excluded)} if looks_at_names else None
    return CountFolder(document=said, verdicts=listed.getvalue(), resolution=known)


def _asked(metric: AnyMetric, terms: ContractTerms) -> dict[str, Any]:
    definition = metric.definition.to_json() if isinstance(metric, Metric | ActionMetric) else None
    return {
        "schema": 1,
        "metric": "active",
        "kind": metric.kind,
        "definition": definition,
        "metric_terms": metric.to_json(),
        "metric_digest": metric.digest(),
        "period": {"start": "2026-06-01", "end": "2026-07-01"},
        "timezone": terms.timezone,
        "since": terms.term.start.isoformat(),
        "engine_version": "0.1.0",
        "tzdata_version": TZDATA_VERSION,
    }


def _figures(
    case: Case,
    metric: Metric | ActionMetric,
    asked: dict[str, Any],
    daily: Mapping[date, int],
    users: int,
    terms: ContractTerms,
) -> dict[str, Any]:
    """Return series, quantity and what goes into the rating."""
    empty: dict[str, Any] = {
        "series": {},
        "covered": {},
        "instances": {},
        "quantity": None,
        "quantity_by_user": [],
        "without_quantity": 0,
        "given": {"users": users},
    }
    if isinstance(metric, ActionMetric):
        added = plain.add_up(**asked, measure=metric.measure)
        given: dict[str, Any] = {"quantity": shortest(added.quantity)}
        if added.without_quantity:
            given["without_quantity"] = added.without_quantity
        return empty | {
            "quantity": shortest(added.quantity),
            "without_quantity": added.without_quantity,
            "given": given,
        }
    if metric.calculation is None:
        return empty
    covered = {name: [date(2026, 6, day) for day in days] for name, days in case.covered.items()}
    apart = plain.daily_by_instance(**asked, since=terms.term.start)
    numbers: dict[str, dict[date, int]] = {}
    own = {name: evidence_name for evidence_name, name in case.instances.items()}
    for name, days in covered.items():
        if metric.across_instances == PEAK_THEN_SUM:
            numbers[name] = {day: apart.get(own.get(name, name), {}).get(day, 0) for day in days}
        elif metric.across_instances == PEOPLE:
            numbers[name] = {day: daily.get(day, 0) for day in days}
        else:
            numbers[name] = {day: sum(one.get(day, 0) for one in apart.values()) for day in days}
    quantity = reduce_instances(calculation=metric.calculation, by_instance=numbers, period=JUNE).quantity
    series = {name: _by_day(days) for name, days in numbers.items()}
    return empty | {
        "series": series,
        "covered": {name: sorted(days) for name, days in series.items()},
        "instances": dict(case.instances),
        "quantity": shortest(quantity),
        "given": {"daily_users": series[""]} if "" in series else {"daily_users_by_instance": series},
    }


def _by_day(daily: Mapping[date, int]) -> dict[str, int]:
    return {day.isoformat(): users for day, users in sorted(daily.items())}


def rated_folder(
    case: Case, terms: ContractTerms, count: CountFolder | None, usage: Mapping[str, Any], **more: Any
) -> tuple[RatedFolder, Rating]:
    """Rate June and write the rating down; `more` are role, true_up and settled."""
    whole = rate_term(terms=terms, usage=TermUsage.from_json(usage)).of(JUNE)
    own = replace(
        whole,
        lines=tuple(line for line in whole.lines if line.charge == case.charge),
        working=tuple(entry for entry in whole.working if entry.charge == case.charge),
    )
    folder = RatedFolder(
        charge=case.charge,
        period=("2026-06-01", "2026-07-01"),
        terms=terms.shortest_form(),
        usage=usage,
        rating={"currency": own.currency, **own.to_json(), "working": explain(own)},
        count=count,
        **{"role": "invoice", **more},
    )
    return folder, own


def usage_of(count: CountFolder) -> dict[str, Any]:
    """Return USAGE.json of June."""
    return {
        "periods": [{"start": "2026-06-01", "end": "2026-07-01", "quantities": {"active": count.document["given"]}}]
    }


def invoice_document(
    case: Case, terms: ContractTerms, lines: Sequence[Mapping[str, Any]], own: Rating, count: CountFolder
) -> dict[str, Any]:
    """Return the parts of the frozen snapshot that a check looks at."""
    priced = [
        {**line, "position": number, "tax_category": "S", "tax_rate": "19"} for number, line in enumerate(lines, 1)
    ]
    totals = total(
        amounts=[TaxedAmount(amount=Decimal(line["amount"]), category="S", rate=Decimal(19)) for line in priced],
        currency="EUR",
    )
    taxes = [
        {"category": tax.category, "rate": "19", "base": plain_text(tax.base), "tax": plain_text(tax.tax)}
        for tax in totals.taxes
    ]
    said, metric = count.document, terms.metrics["active"]
    defined = metric.definition if isinstance(metric, Metric | ActionMetric) else metric
    versions = ("digest", "evidence_set_digest", "engine_version", "tzdata_version")
    return {
        "schema": 1,
        "number": case.number,
        "currency": "EUR",
        "contract": {"number": "C-1", "version": 1, **printed.told_terms(terms)},
        "charges": {"seats": {"metric": metric.kind, "noun": terms.noun_of("seats").many}},
        "definition": {"words": metric.words(), "digest": said_digest(metric)},
        "count": {key: said[key] for key in versions},
        "counts": printed.printed_users(said, terms, own),
        "attachments": {
            "TERMS.json": terms.shortest_form(),
            "USAGE.json": usage_of(count),
            "DEFINITION.json": defined.to_json(),
        },
        "evidence": [],
        "working": explain(own) if lines and lines[0]["kind"] != "true_up" else [],
        "credits": [],
        "ratings": [{"charge": case.charge, "digest": own.digest()}],
        "lines": priced,
        "totals": {"net": plain_text(totals.net), "taxes": taxes, "gross": plain_text(totals.gross)},
    }


def contents_of(
    case: Case,
    folder: Path,
    *,
    reports: Mapping[str, Sequence[EvidenceRow]] | None = None,
    change: Callable[[dict[str, Any]], None] | None = None,
) -> BundleContents:
    """Return the contents of the bundle of June. `change` may alter INVOICE.json before its digest is made."""
    reports = case.reports if reports is None else reports
    terms = ContractTerms.from_json(dict(case.terms))
    count = count_folder(case, terms, reports)
    rated, own = rated_folder(case, terms, count, usage_of(count))
    span = {"start": "2026-06-01", "end": "2026-07-01"}
    lines = [{**line.to_json(), "period": span} for line in own.lines]
    invoice = {**invoice_document(case, terms, lines, own, count), "evidence": printed.printed_files(reports)}
    if change is not None:
        change(invoice)
    return put_together(case, invoice, reports, [count], [rated], folder)


def put_together(
    case: Case,
    invoice: Mapping[str, Any],
    reports: Mapping[str, Sequence[EvidenceRow]],
    counts: Sequence[CountFolder],
    rated: Sequence[RatedFolder],
    folder: Path,
    *,
    stating: Sequence[Mapping[str, Any]] = (),
) -> BundleContents:
    """Return contents with the digests of this invoice; `stating` are reports that have numbers and no evidence."""
    snapshot = f"sha256:{hashlib.sha256(rfc8785.dumps(dict(invoice))).hexdigest()}"
    return BundleContents(
        number=case.number,
        snapshot_digest=snapshot,
        previous_digest="",
        chain_digest=f"sha256:{hashlib.sha256(f'{chr(10)}{snapshot}'.encode()).hexdigest()}",
        engine_version="0.1.0",
        tzdata_version=TZDATA_VERSION,
        invoice=invoice,
        invoice_xml=printed.xml_of(invoice),
        reports=[*(printed.report_of(name, rows=rows) for name, rows in reports.items()), *stating],
        evidence={digest_of_rows(rows): csv_bytes(rows, folder) for rows in reports.values()},
        counts=counts,
        rated=rated,
    )


def bundle(case: Case, folder: Path, *, sign: SigningKey = KEY, name: str = "bundle.zip") -> Path:
    """Write the bundle of a case into a folder and return its path."""
    path = folder / name
    write_bundle(contents_of(case, folder), path, sign=sign)
    return path


def names_file(names: Iterable[str], folder: Path) -> Path:
    """Write names.csv of people."""
    path = folder / "names.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(("user_ref", "user_key", "raw"))
        writer.writerows(sorted((ref(name), user_key(name), name) for name in names))
    return path


def signed_again(members: dict[str, bytes], path: Path) -> None:
    """Write members with a manifest, and digests of the invoice, that fit them."""
    payload = open_envelope(members[MANIFEST], payload_type=PAYLOAD_TYPE).payload
    invoice = json.loads(members["INVOICE.json"])
    snapshot = f"sha256:{hashlib.sha256(members['INVOICE.json']).hexdigest()}"
    chain = f"sha256:{hashlib.sha256(f'{chr(10)}{snapshot}'.encode()).hexdigest()}"
    if isinstance(invoice, dict) and isinstance(invoice.get("number"), str):
        stated = {"number": invoice["number"], "snapshot_digest": snapshot, "chain_digest": chain}
        payload["invoice"] = {**payload["invoice"], **stated}
    payload["members"] = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in members.items()
        if name != MANIFEST
    }
    manifest = sign_payload(payload=payload, payload_type=PAYLOAD_TYPE, sign=KEY)
    write_members({**members, MANIFEST: manifest}, path)
