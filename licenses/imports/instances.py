"""Instances: where the product runs, and from when on each owes its reports."""

from collections.abc import Mapping
from typing import Any

from licenses.imports.cells import Day, Text
from licenses.imports.contracts_named import contract_named
from licenses.imports.table import Image, RowWrong, Table, cell, column
from licenses.models import Instance
from licenses.operations.register_instance import register_instance


class Instances(Table):
    """One row per installation, named by its contract and its name."""

    kind = "instances"
    title = "Instances"
    words = "Where the product runs. Each owes a report for every day from reports_from on."
    key = ("contract", "name")
    needed = ("contract", "name", "reports_from")
    sample = (
        ("K-2001", "Kiel-1", "2026-01-01", ""),
        ("K-2001", "Kiel-2", "2026-01-01", ""),
        ("K-2002", "Nantes-1", "2026-01-01", ""),
    )

    contract = column("contract", Text(longest=40, needed=True))
    name = column("name", Text(longest=100, needed=True))
    reports_from = column("reports_from", Day(needed=True))
    reports_until = column("reports_until", Day())

    def standing(self, row: Mapping[str, Any]) -> Image | None:
        """Return the instance of this name."""
        known = Instance.objects.filter(contract__number=cell(row, "contract"), name=cell(row, "name")).first()
        if known is None:
            return None
        return Image(
            contract=cell(row, "contract"),
            name=known.name,
            reports_from=known.reports_from,
            reports_until=known.reports_until,
        )

    def write(self, image: Image, is_new: bool) -> None:
        """Register the instance; the days that one owes already are not changed by an import."""
        contract = contract_named(image.contract)
        if not is_new:
            raise RowWrong("reports_from", f"{image.name} of {image.contract} owes its reports for other days already.")
        if image.reports_until is not None and image.reports_until <= image.reports_from:
            raise RowWrong("reports_until", "The first day that is no longer owed comes after reports_from.")
        register_instance(
            actor=self.actor,
            contract=contract,
            name=image.name,
            reports_from=image.reports_from,
            reports_until=image.reports_until,
        )
