"""What a document says of the contract where an amendment rules its period, or a part of it."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from billing.models import Invoice, InvoiceDocument
from billing.templatetags.billing_words import STEP_NAMES
from ground.storage import stored_path
from rollcall.terms.steps import DEFAULT_STEPS
from tests.billing.story import APRIL, Story, at, people, per_user, story_of, terms_json
from tests.billing.test_amended_terms import DEARER, MIDDLE, amend
from tests.billing.test_bundle_kinds import bundle_path, verified
from tests.cast import House

# Version 1 costs EUR 10.00 a user; version 2 costs EUR 13.00 from 11 April 2026 on.
BEFORE, AFTER = "Each active user costs EUR 10.00.", "Each active user costs EUR 13.00."


def amended(house: House, rule: str, **changes: Any) -> tuple[Story, Invoice]:
    """Nine people in April, billed under the old and the new terms as the contract says."""
    story = story_of(house, terms=terms_json(charges=per_user("10.00"), mid_cycle=rule))
    amend(story, MIDDLE, mid_cycle=rule, **{"charges": DEARER, **changes})
    story.deliver(people(9), APRIL, now=at(5, 2))
    return story, story.bill(APRIL, now=at(5, 3), render=True)


def printed(invoice: Invoice) -> str:
    document = InvoiceDocument.objects.get(invoice=invoice, kind="pdf")
    pages = PdfReader(stored_path(document.storage_key, document.sha256)).pages
    return " ".join("".join(page.extract_text() + "\n" for page in pages).split())


@pytest.mark.parametrize(
    ("rule", "told", "named", "said"),
    [
        ("next_cycle", None, "version 1 ", BEFORE),
        ("whole_cycle", [(2, "2026-04-01", "2026-05-01")], "version 2 ", AFTER),
        ("by_days", [(1, "2026-04-01", "2026-04-11"), (2, "2026-04-11", "2026-05-01")], "versions 1 and 2 ", AFTER),
    ],
)
def test_a_document_tells_the_terms_by_which_it_is_rated(
    committed_house: House, rule: str, told: list[tuple[int, str, str]] | None, named: str, said: str
) -> None:
    story, invoice = amended(committed_house, rule)
    contract = invoice.frozen["contract"]
    assert contract["version"] == 1, "the version of the first day, whose digest stands in the foot"
    versions = contract.get("versions")
    assert (versions and [(one["number"], one["start"], one["end"]) for one in versions]) == told

    text = printed(invoice)
    assert f"{story.contract.number}, {named}" in text
    assert said in text
    assert (BEFORE in text) == (rule != "whole_cycle"), "terms that rule no day are not told"
    if rule == "by_days":
        assert f"Version 2, 11 to 30 Apr 2026, says otherwise: {AFTER}" in text
        assert text.count("A missing day holds the period") == 1, "what both say is told once"

    checked = verified(bundle_path(invoice))
    assert (checked.status, checked.differences) == (0, ())

    finance, customer = (Client(), Client())
    finance.force_login(story.house.finance.user)
    customer.force_login(story.house.customer_admin_a.user)
    for client, address in ((finance, "desk:invoice"), (customer, "billing:invoice")):
        page = client.get(reverse(address, args=[invoice.public_id])).content.decode()
        assert re.search(f"{named.strip()}<", page), address


def test_every_step_has_a_name_on_the_pages() -> None:
    assert [step for step in (*DEFAULT_STEPS, "greater_of", "trial", "rounding") if step not in STEP_NAMES] == []


def test_a_clause_that_is_gone_is_named(committed_house: House) -> None:
    floor = {"minimum_users": 20, "shortfall_priced_by": "tiers"}
    story = story_of(committed_house, terms=terms_json(charges=per_user("10.00", floor=floor), mid_cycle="by_days"))
    amend(story, MIDDLE, charges=per_user("10.00"), mid_cycle="by_days")
    story.deliver(people(9), APRIL, now=at(5, 2))
    text = printed(story.bill(APRIL, now=at(5, 3), render=True))
    assert "Version 1, 1 to 10 Apr 2026:" in text
    assert "Version 2, 11 to 30 Apr 2026, leaves out: At least 20 users are billed each month" in text
