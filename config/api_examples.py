"""Examples for curl, made from the description: one for each operation, held equal to `docs/api.md`."""

import json
from typing import Any

from config.api_description import description

ORIGIN = "https://billing.vendor.example"
BEGIN, END = "<!-- examples: made by config.api_examples -->", "<!-- end of the examples -->"
EVENT = {
    "specversion": "1.0",
    "id": "login-000001",
    "source": "https://berlin-1.customer.example",
    "type": "login",
    "subject": "ada",
    "time": "2026-06-01T09:30:00Z",
}
EXAMPLES: dict[str, Any] = {
    "number": "C-1001",
    "name": "Aurel Maschinenbau GmbH",
    "address_lines": ["Hafenstra\u00dfe 3", "20457 Hamburg"],
    "country": "DE",
    "customer": "CUSTOMER",
    "contract": "CONTRACT",
    "product_name": "Atlas Analytics Server",
    "po_number": "PO-7711",
    "reports_from": "2026-06-01",
    "terms": {"currency": "EUR"},
    "covers": {"start": "2026-06-01", "end": "2026-07-01"},
    "active": {"start": "2026-06-01", "end": "2027-01-01"},
}
BODIES = {
    "events_create": ("application/cloudevents-batch+json", json.dumps([EVENT])),
    "usage_reports_create": ("application/octet-stream", "@june.csv"),
    "signed_reports_create": ("text/plain", "@000001.report.txt"),
}
# What a change is shown with.
CHANGED = {"customers_partial_update": "name", "contracts_partial_update": "po_number"}


def examples() -> str:
    """Return the block of `docs/api.md`, without its marks."""
    blocks = [
        f"### {operation['operationId']}\n\n{operation.get('description', '')}\n\n```sh\n{command}\n```\n"
        for path, methods in sorted(description()["paths"].items())
        for method, operation in methods.items()
        for command in [example(method, path, operation)]
    ]
    return "\n".join(blocks)


def example(method: str, path: str, operation: dict[str, Any], *, origin: str = ORIGIN) -> str:
    """Return the command that calls one operation of the description, with what it needs at least."""
    address = path.replace("{public_id}", "ID").replace("{id}", "1").replace("{profile}", "factur-x")
    is_sent = operation["operationId"] in BODIES or "requestBody" in operation
    lines = [f"curl --fail-with-body -H 'Authorization: Bearer KEY' {origin}{address}"]
    if method != "get":
        lines[0] = lines[0].replace("curl ", f"curl -X {method.upper()} ")
    headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
    lines += ["-H 'If-Match: ETAG'"] if "If-Match" in headers else []
    lines += ["-H 'Idempotency-Key: made-by-you-1'"] if "Idempotency-Key" in headers else []
    if is_sent:
        kind, body = BODIES.get(operation["operationId"]) or ("application/json", json.dumps(_body(operation)))
        lines += [f"-H 'Content-Type: {kind}'", f"--data-binary '{body}'"]
    lines += ["-o document"] if any("binary" in str(answer) for answer in operation["responses"].values()) else []
    return " \\\n  ".join(lines)


def _body(operation: dict[str, Any]) -> dict[str, Any]:
    """Return what is sent at least, by the shape of the request."""
    if only := CHANGED.get(operation["operationId"]):
        return {only: EXAMPLES[only]}
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return {field: EXAMPLES[field] for field in description()["components"]["schemas"][name]["required"]}
