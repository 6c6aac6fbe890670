"""Putting a document of an invoice into the store, once: the first that is stored is the original."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from billing.models import Invoice, InvoiceDocument
from ground.faults import fault_point
from ground.storage import remove_stored, store_file


def keep_document(*, invoice: Invoice, kind: str, content: bytes | Path, now: datetime, made_by: str) -> None:
    """Put the file into the store, then its row; a file that lost the race against another worker is removed.

    `made_by` ("render", "bundle") names the fault points.
    """
    fault_point(f"{made_by}.before_store")
    stored = store_file(customer_id=invoice.customer_id, kind=f"invoice_{kind}", source=content)
    fault_point(f"{made_by}.after_store")
    row = InvoiceDocument(
        invoice=invoice,
        customer_id=invoice.customer_id,
        kind=kind,
        storage_key=stored.key,
        sha256=stored.sha256,
        size=stored.size,
        stored_at=now,
    )
    with transaction.atomic(durable=True):
        InvoiceDocument.objects.bulk_create([row], ignore_conflicts=True)
        fault_point(f"{made_by}.before_commit")
    fault_point(f"{made_by}.after_commit")
    if not InvoiceDocument.objects.filter(storage_key=stored.key).exists():
        remove_stored(stored.key)
