"""Pack a copy of an invoice's bundle with the names of its people and the contract's salt, for its customer."""

from collections.abc import Mapping

from billing.bundle.contents import files_with_names
from billing.models import Invoice, InvoiceDocument
from billing.operations.order_download import NAMES_GONE, NoNames
from billing.queries.bundles import names_mark
from ground.storage import store_file, stored_path
from licenses.queries import salt_of
from rollcall.evidence import add_names
from rollcall.evidence.write import NAMES
from usage.count_sandbox import run_child
from usage.files import names_paths, working_folder

SECONDS = 600


class NotMadeYet(Exception):
    """The bundle itself is not stored yet; the copy is packed when it is."""


def pack_download(*, invoice_id: int, mark: str) -> Mapping[str, str | int]:
    """Add names.csv and SALT.txt to the stored bundle, store the copy and return what it is.

    {"key", "sha256", "size", "users"}. The signed members are copied as they are. Copies are removed after two days,
    and one whose names were erased since is not served. No transaction may be open.
    Raises NotMadeYet, NoNames where the names changed since the order, CountFailed, StoredFileDamaged,
    StoredFileMissing.
    """
    invoice = Invoice.objects.select_related("contract").get(pk=invoice_id)
    bundle = invoice.documents.filter(kind=InvoiceDocument.Kind.BUNDLE).first()
    if bundle is None:
        raise NotMadeYet(f"The bundle of {invoice} is still being made.")
    if names_mark(contract=invoice.contract) != mark:
        raise NoNames("The names of this contract's people changed since the copy was asked for; ask for it again.")
    files = files_with_names(invoice)
    if not files:
        raise NoNames(NAMES_GONE)
    with working_folder() as folder:
        document = {"names": [str(path) for path in names_paths(files).values()], "folder": str(folder)}
        found = run_child(document, module="billing.bundle.names_child", seconds=SECONDS)
        packed = folder / "bundle.zip"
        add_names(
            stored_path(bundle.storage_key, bundle.sha256),
            packed,
            names=folder / NAMES,
            salt=salt_of(contract=invoice.contract),
        )
        stored = store_file(customer_id=invoice.customer_id, kind="bundle_download", source=packed)
    return {"key": stored.key, "sha256": stored.sha256, "size": stored.size, "users": int(found["users"])}
