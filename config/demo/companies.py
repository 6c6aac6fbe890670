"""Who plays in the demo: one vendor, eight customers, what they agreed and where they run.

Prices and floors live in `terms/<key>.json`, one readable file per contract, so that a
person can change one and see exactly that customer's invoices change.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

TERMS = Path(__file__).parent / "terms"
FIRST_MONTH = date(2025, 11, 1)
MONTHS = 12
PASSWORD = "rollcall-demo"

VENDOR = {
    "name": "Tessarine Software GmbH",
    "address_lines": ["Beispielkai 14", "20457 Hamburg"],
    "country": "DE",
    "vat_id": "DE000000184",
    "registration": "Registered in Hamburg, HRB 000184",
    "iban": "DE07999999990000184200",
    "bic": "TESSDE99XXX",
    "email": "billing@vendor.example",
}

# Whom a customer may ask about an invoice; XRechnung demands it.
VENDOR_CONTACT = {"contact_name": "Ines Falk", "contact_phone": "+49 40 5550 184"}

VENDOR_PEOPLE = (
    ("finance@vendor.example", "Ines Falk", "finance"),
    ("manager@vendor.example", "Jonas Reuter", "account_manager"),
    ("admin@vendor.example", "Mara Lindqvist", "admin"),
)
STRANGER = ("stranger@nowhere.example", "Sam Nobody")


@dataclass(frozen=True, kw_only=True)
class Installation:
    """One instance and the shape of its export.

    `dialect` names the writer in `exports.py`; `silent_days` maps a month to the days of it
    that the instance never exported.
    """

    name: str
    dialect: str
    silent_days: dict[date, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Company:
    """One customer: its address, its contract, and how many people were active each month.

    `active` gives the people per month on the whole contract, from `first_month` on; a person may use several
    installations and is still one person. A contract with `live_from` is compared with the seats it replaces, at
    `old_seat_price` each, until that day. With `reports_by` the instance reports by itself: it sends signed reports
    over the network ("post"), or writes files that somebody uploads ("file"); who was active the product says.
    """

    key: str
    number: str
    name: str
    address_lines: tuple[str, ...]
    country: str
    vat_id: str
    language: str
    contract_number: str
    product: str
    purchase_order: str
    admin: tuple[str, str]
    provisioned: int
    provisioned_source: str
    active: tuple[int, ...]
    installations: tuple[Installation, ...]
    events_per_person: int = 9
    first_month: date = FIRST_MONTH
    live_from: date | None = None
    old_seat_price: Decimal | None = None
    reports_by: str = ""

    def index_of(self, month: date) -> int:
        """Say how many months of its contract lie before a month; below zero before it begins."""
        return (month.year - self.first_month.year) * 12 + month.month - self.first_month.month

    @property
    def agreed_at(self) -> datetime:
        """When the contract was signed: twelve days before it begins."""
        return datetime.combine(self.first_month - timedelta(days=12), time(9), UTC)

    @property
    def terms(self) -> dict[str, Any]:
        """The contract's terms as written in `terms/<key>.json`."""
        loaded: dict[str, Any] = json.loads((TERMS / f"{self.key}.json").read_text(encoding="utf-8"))
        return loaded


COMPANIES: tuple[Company, ...] = (
    Company(
        key="korbinth",
        number="10412",
        name="Korbinth Marine Systems GmbH",
        address_lines=("Beispieldamm 200", "24143 Kiel"),
        country="DE",
        vat_id="DE000000412",
        language="de",
        contract_number="K-0412",
        product="Tessarine Atlas",
        purchase_order="PO 77-20418",
        admin=("admin@korbinth.example", "Tilda Brandt"),
        provisioned=1000,
        provisioned_source="user list",
        active=(296, 301, 288, 305, 312, 310, 322, 331, 298, 342, 405, 320),
        installations=(Installation(name="Kiel-1", dialect="product"),),
    ),
    Company(
        key="nordwald",
        number="10077",
        name="Landesnetz Nordwald",
        address_lines=("Am Musterplatz 1", "99084 Erfurt"),
        country="DE",
        vat_id="DE000000077",
        language="de",
        contract_number="K-0077",
        product="Tessarine Atlas",
        purchase_order="NW-2025-311",
        admin=("admin@nordwald.example", "Henrik Vogt"),
        provisioned=100_000,
        provisioned_source="directory synchronization",
        active=(6120, 5874, 6233, 6290, 6402, 6318, 6377, 6291, 5410, 5266, 6388, 6412),
        installations=(Installation(name="Erfurt-1", dialect="packed"),),
        events_per_person=7,
    ),
    Company(
        key="calvane",
        number="10390",
        name="Calvane Werke AG",
        address_lines=("Hafenstra\u00dfe 9", "4020 Linz"),
        country="AT",
        vat_id="ATU00000390",
        language="de",
        contract_number="K-0390",
        product="Tessarine Atlas",
        purchase_order="CAL-88121",
        admin=("admin@calvane.example", "Petra Aigner"),
        provisioned=1840,
        provisioned_source="directory synchronization",
        active=(588, 597, 601, 612, 640, 655, 661, 670, 644, 632, 698, 706),
        installations=(
            Installation(name="Linz-1", dialect="audit"),
            Installation(name="Graz-1", dialect="audit"),
        ),
    ),
    Company(
        key="hollin",
        number="10521",
        name="Hollin & Marsh Ltd",
        address_lines=("4 Sample Wharf", "Leeds LS10 1AA"),
        country="GB",
        vat_id="GB000000521",
        language="en",
        contract_number="K-0521",
        product="Tessarine Atlas",
        purchase_order="HM/4471",
        admin=("admin@hollin.example", "Owen Marsh"),
        provisioned=410,
        provisioned_source="user list",
        active=(188, 191, 186, 194, 203, 207, 210, 214, 199, 196, 221, 226),
        installations=(
            Installation(name="Leeds-1", dialect="local"),
            Installation(name="York-1", dialect="local", silent_days={date(2026, 10, 1): (17, 18, 19)}),
        ),
    ),
    Company(
        key="ostara",
        number="10233",
        name="Cliniques Ostara SAS",
        address_lines=("12 rue de l\u2019Exemple", "69003 Lyon"),
        country="FR",
        vat_id="FR00000000233",
        language="fr",
        contract_number="K-0233",
        product="Tessarine Atlas",
        purchase_order="OST-2210",
        admin=("admin@ostara.example", "Camille Roche"),
        provisioned=620,
        provisioned_source="user list",
        active=(240, 236, 244, 251, 255, 249, 258, 262, 231, 228, 270, 274),
        installations=(Installation(name="Lyon-1", dialect="product"),),
    ),
    Company(
        key="veltheim",
        number="10588",
        name="Veltheim Optik AG",
        address_lines=("Musterstrasse 5", "8400 Winterthur"),
        country="CH",
        vat_id="CHE000000588",
        language="de",
        contract_number="K-0588",
        product="Tessarine Atlas",
        purchase_order="VO-2026-88",
        admin=("admin@veltheim.example", "Reto Imhof"),
        provisioned=240,
        provisioned_source="user list",
        active=(64, 71, 68),
        installations=(Installation(name="Winterthur-1", dialect="product"),),
        first_month=date(2026, 9, 1),
        live_from=date(2026, 11, 1),
        old_seat_price=Decimal("12.50"),
    ),
    Company(
        key="lindsund",
        number="10611",
        name="Reederei Lindsund GmbH",
        address_lines=("Musterkai 12", "26721 Emden"),
        country="DE",
        vat_id="DE000000611",
        language="de",
        contract_number="K-0611",
        product="Tessarine Atlas",
        purchase_order="RL-2026-04",
        admin=("admin@lindsund.example", "Wiebke Onken"),
        provisioned=60,
        provisioned_source="the product",
        active=(),
        installations=(Installation(name="Emden-1", dialect="signed"),),
        first_month=date(2026, 9, 1),
        reports_by="post",
    ),
    Company(
        key="brunsholm",
        number="10634",
        name="Institut Brunsholm e.V.",
        address_lines=("Am Beispielfjord 3", "24939 Flensburg"),
        country="DE",
        vat_id="DE000000634",
        language="en",
        contract_number="K-0634",
        product="Tessarine Atlas",
        purchase_order="IB 634/26",
        admin=("admin@brunsholm.example", "Erik Brandis"),
        provisioned=48,
        provisioned_source="the product",
        active=(),
        installations=(Installation(name="Flensburg-1", dialect="signed"),),
        first_month=date(2026, 9, 1),
        reports_by="file",
    ),
)
