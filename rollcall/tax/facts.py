"""What a decision on tax rests on: who supplies whom, from where to where, and under which VAT numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from rollcall.tax.bands import BANDS, STANDARD


class FactsRefused(ValueError):
    """Facts that are written in another shape, or say something impossible."""


@dataclass(frozen=True, kw_only=True)
class TaxFacts:
    """The facts of one contract on one day. Countries are ISO 3166-1 alpha-2.

    `buyer_vat_id_is_sound` says that the number has the form and the check digits of the buyer's own country. `band`
    is "standard" or "reduced". Raises FactsRefused.
    """

    seller_country: str
    seller_vat_id: str
    buyer_country: str
    buyer_vat_id: str
    buyer_vat_id_is_sound: bool
    band: str = STANDARD

    def __post_init__(self) -> None:
        for country in (self.seller_country, self.buyer_country):
            if not re.fullmatch(r"[A-Z]{2}", country):
                raise FactsRefused(f"'{country}' is not a country in two capital letters, such as DE.")
        if self.band not in BANDS:
            raise FactsRefused(f"'{self.band}' is not a band of rates; use {' or '.join(BANDS)}.")
        if self.buyer_vat_id_is_sound and not self.buyer_vat_id:
            raise FactsRefused("A VAT number that is not there cannot be sound.")

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> TaxFacts:
        """Read facts as an invoice carries them. Raises FactsRefused for missing, unknown and wrongly typed keys."""
        known = {one.name for one in fields(cls)}
        if set(document) != known:
            raise FactsRefused(f"Facts of a tax decision are {', '.join(sorted(known))}, not {sorted(document)}.")
        for name, value in document.items():
            if not isinstance(value, bool if name == "buyer_vat_id_is_sound" else str):
                raise FactsRefused(f"'{name}' of a tax decision is {value!r}.")
        return cls(**document)

    def to_json(self) -> dict[str, str | bool]:
        """Return the facts as an invoice carries them."""
        return {one.name: getattr(self, one.name) for one in fields(self)}
