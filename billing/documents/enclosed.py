"""What a document takes beside its snapshot: bytes and rows that the snapshot names by their digests alone."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Enclosed:
    """`e_invoice` is the XML that the PDF carries as Factur-X; empty where the standard has none for these parties."""

    e_invoice: bytes = b""

    def to_json(self) -> dict[str, Any]:
        """Write it as the child process reads it."""
        return {"e_invoice": base64.b64encode(self.e_invoice).decode("ascii")}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Enclosed":
        """Read what `to_json` wrote."""
        return cls(e_invoice=base64.b64decode(document["e_invoice"]))


NOTHING = Enclosed()
