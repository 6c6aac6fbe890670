"""Provisioned users: how many accounts exist on a day. They are free and never become a price."""

from collections.abc import Mapping
from typing import Any

from licenses.imports.cells import Day, Text, Whole
from licenses.imports.contracts_named import contract_named
from licenses.imports.table import Image, Table, as_day, cell, column
from licenses.models import ProvisionedCount
from licenses.operations.record_provisioned_count import record_provisioned_count


class ProvisionedUsers(Table):
    """One row per contract, day and source; another number for the same is added and counts from then on."""

    kind = "provisioned_users"
    title = "Provisioned users"
    words = "Accounts that exist on a day, with where the number comes from. For comparison; nothing is billed by it."
    key = ("contract", "date", "source")
    needed = ("contract", "date", "users", "source")
    sample = (("K-2001", "2026-01-31", "1200", "directory"), ("K-2002", "2026-01-31", "85", "directory"))

    contract = column("contract", Text(longest=40, needed=True))
    date = column("date", Day(needed=True))
    users = column("users", Whole())
    source = column("source", Text(longest=100, needed=True))

    def standing(self, row: Mapping[str, Any]) -> Image | None:
        """Return the last number recorded for this day from this source."""
        day = as_day(cell(row, "date"))
        if day is None:
            return None
        recorded = ProvisionedCount.objects.filter(
            contract__number=cell(row, "contract"), date=day, source=cell(row, "source")
        )
        known = recorded.order_by("pk").last()
        if known is None:
            return None
        return Image(contract=cell(row, "contract"), date=known.date, users=known.users, source=known.source)

    def write(self, image: Image, is_new: bool) -> None:
        """Add the number."""
        record_provisioned_count(
            actor=self.actor,
            contract=contract_named(image.contract),
            users=image.users,
            date=image.date,
            source=image.source,
            now=self.now,
        )
