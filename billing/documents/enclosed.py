"""What a document takes beside its snapshot: bytes and rows that the snapshot names by their digests alone."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the list of users: those of one instance or cost center, or of all (an empty heading)."""

    heading: str
    rows: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Enclosed:
    """`e_invoice` is the XML that the PDF carries as Factur-X; empty where the standard has none for these parties.

    `logo` is the vendor's PNG. `annex` holds the list of users: each section its heading and its rows, a row the
    reference of a user and the days and events that were counted; `users_csv` is the same list as a file.
    """

    e_invoice: bytes = b""
    logo: bytes = b""
    annex: tuple[Section, ...] = ()
    users_csv: bytes = b""

    def to_json(self) -> dict[str, Any]:
        """Write it as the child process reads it."""
        return {
            "e_invoice": base64.b64encode(self.e_invoice).decode("ascii"),
            "logo": base64.b64encode(self.logo).decode("ascii"),
            "users_csv": base64.b64encode(self.users_csv).decode("ascii"),
            "annex": [[section.heading, [list(row) for row in section.rows]] for section in self.annex],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Enclosed":
        """Read what `to_json` wrote."""
        return cls(
            e_invoice=base64.b64decode(document["e_invoice"]),
            logo=base64.b64decode(document["logo"]),
            users_csv=base64.b64decode(document["users_csv"]),
            annex=tuple(
                Section(heading=heading, rows=tuple((user, days, events) for user, days, events in rows))
                for heading, rows in document["annex"]
            ),
        )


NOTHING = Enclosed()
