"""Evidence: the bundle with which anybody recomputes an invoice, and the program that does it.

Owns: what a bundle holds and how it is written, the strict reader of one, the check of its signature and hashes, the
count and the rating made again from it, and the comparison with what the vendor stored, down to the user concerned.
Does not own: counting and rating themselves (`rollcall.counting`, `rollcall.rating`), keys and envelopes
(`rollcall.signing`), where a vendor keeps bundles.

Invariants: the same contents give the same bytes; every member is named in the signed manifest but the manifest, and
names and salt, which a download adds and which are checked against the references; nothing stated in a bundle is taken
as true where it can be made again from its rows; what has no rows behind it is said to be taken as stated. Writing
loads no counter: a portal writes bundles, and checks them in a child (`verify.verify_bundle`).
"""

from rollcall.evidence.contents import BundleContents, Content, CountFolder, RatedFolder
from rollcall.evidence.rows_csv import write_evidence_csv
from rollcall.evidence.write import add_names, write_bundle

__all__ = [
    "BundleContents",
    "Content",
    "CountFolder",
    "RatedFolder",
    "add_names",
    "write_bundle",
    "write_evidence_csv",
]
