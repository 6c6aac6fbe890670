"""What the portal prints on an invoice and lists of files, written down a second time for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rollcall.evidence.contents import evidence_member
from rollcall.rating import Rating, billed_users
from rollcall.rows import EvidenceRow, digest_of_rows
from rollcall.terms.contract import ContractTerms


def told_terms(terms: ContractTerms) -> dict[str, Any]:
    """Return what the invoice says of the terms."""
    return {"terms_digest": terms.digest(), "sentences": terms.sentences()}


def printed_users(said: Mapping[str, Any], terms: ContractTerms, own: Rating) -> dict[str, Any]:
    """Return the five numbers of users as the portal prints them."""
    users = said["active_users"]
    if said["kind"] == "reported_users":
        users = int(sum(line.quantity for line in own.lines if line.kind in ("usage", "included")))
    elif users is None:
        users = int(Decimal(said["quantity"]))
    return {
        "provisioned": said["provisioned"],
        "reported": said["reported_users"],
        "active": said["active_users"],
        "billable": users,
        "billed": billed_users(charge=terms.charges["seats"], active_users=users),
    }


def report_of(name: str, *, rows: Sequence[EvidenceRow] | None = None, instance: str = "Berlin-1") -> dict[str, Any]:
    """Return the entry of a report in REPORTS.json, whose rows are evidence unless there are none."""
    events = 31 if rows is None else sum(one.events for one in rows)
    return {
        "report": f"rp_{name}",
        "file_name": f"{name}.csv",
        "sha256": hashlib.sha256(name.encode()).hexdigest(),
        "instance": instance,
        "grade": "counts" if rows is None else "events",
        "received_at": "2026-07-01T06:00:00.000000Z",
        "rows_read": events + 2,
        "rows_accepted": events,
        "rows_quarantined": 1,
        "receipt": None,
        "evidence": None if rows is None else evidence_member(digest_of_rows(rows)),
    }


def printed_file(report: Mapping[str, Any], digest: str) -> dict[str, Any]:
    """Return the entry of a report in the list of evidence of INVOICE.json."""
    same = ("file_name", "sha256", "instance", "grade", "rows_read", "rows_accepted", "rows_quarantined")
    return {"report_public_id": report["report"], "digest": digest, **{key: report[key] for key in same}}


def printed_files(reports: Mapping[str, Sequence[EvidenceRow]]) -> list[dict[str, Any]]:
    """Return the list of evidence of INVOICE.json."""
    return [printed_file(report_of(name, rows=rows), digest_of_rows(rows)) for name, rows in reports.items()]


def xml_of(invoice: Mapping[str, Any]) -> bytes:
    """Return the amounts of an invoice as a Cross Industry Invoice."""
    lines = "".join(
        "<i:IncludedSupplyChainTradeLineItem><i:SpecifiedLineTradeSettlement>"
        "<i:SpecifiedTradeSettlementLineMonetarySummation>"
        f"<i:LineTotalAmount>{line['amount']}</i:LineTotalAmount>"
        "</i:SpecifiedTradeSettlementLineMonetarySummation></i:SpecifiedLineTradeSettlement>"
        "</i:IncludedSupplyChainTradeLineItem>"
        for line in invoice["lines"]
    )
    totals = invoice["totals"]
    tax = sum((Decimal(each["tax"]) for each in totals["taxes"]), Decimal("0.00"))
    sums = {
        "LineTotalAmount": totals["net"],
        "TaxBasisTotalAmount": totals["net"],
        "GrandTotalAmount": totals["gross"],
        "DuePayableAmount": totals["gross"],
    }
    summed = "".join(f"<i:{name}>{amount}</i:{name}>" for name, amount in sums.items())
    taxes = {invoice["currency"]: tax}
    of_tax = ""
    if "tax_currency" in invoice:
        said = invoice["tax_currency"]
        taxes |= {said["currency"]: said["tax"]}
        of_tax = f"<i:TaxCurrencyCode>{said['currency']}</i:TaxCurrencyCode>"
    summed += "".join(
        f'<i:TaxTotalAmount currencyID="{currency}">{amount}</i:TaxTotalAmount>' for currency, amount in taxes.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><r:CrossIndustryInvoice xmlns:r="urn:r" xmlns:i="urn:i">'
        f"<r:ExchangedDocument><i:ID>{invoice['number']}</i:ID></r:ExchangedDocument>"
        f"<r:SupplyChainTradeTransaction>{lines}<i:ApplicableHeaderTradeSettlement>"
        f"{of_tax}<i:InvoiceCurrencyCode>{invoice['currency']}</i:InvoiceCurrencyCode>"
        f"<i:SpecifiedTradeSettlementHeaderMonetarySummation>{summed}"
        "</i:SpecifiedTradeSettlementHeaderMonetarySummation></i:ApplicableHeaderTradeSettlement>"
        "</r:SupplyChainTradeTransaction></r:CrossIndustryInvoice>"
    ).encode()
