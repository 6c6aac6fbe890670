"""The movements of a credit pool: granted, burned, expired. Entries are only added, each with the balance after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rollcall.money import plain

GRANT, BURN, EXPIRE = "grant", "burn", "expire"
AFTER_TAX = "/after_tax"


@dataclass(frozen=True, kw_only=True, slots=True)
class CreditEntry:
    """One movement. `pool` is "contract", the key of a charge, or "contract/after_tax" for what pays with tax.

    The amount is never negative; `kind` says which way it goes. `balance` is what the whole pool holds after it.
    """

    pool: str
    name: str
    kind: str
    date: date
    amount: Decimal
    balance: Decimal

    @property
    def pays_after_tax(self) -> bool:
        """Whether this is a payment of the amount with tax."""
        return self.kind == BURN and self.pool.endswith(AFTER_TAX)

    def to_json(self) -> dict[str, str]:
        """Return the entry as `rollcall rate --json` writes it."""
        return {
            "pool": self.pool,
            "name": self.name,
            "kind": self.kind,
            "date": self.date.isoformat(),
            "amount": plain(self.amount),
            "balance": plain(self.balance),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, str]) -> CreditEntry:
        """Read a stored entry again. Raises KeyError or ValueError for another shape."""
        return cls(
            pool=document["pool"],
            name=document["name"],
            kind=document["kind"],
            date=date.fromisoformat(document["date"]),
            amount=Decimal(document["amount"]),
            balance=Decimal(document["balance"]),
        )
