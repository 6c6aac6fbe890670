"""One invoice and one credit note from file to PDF: what the pages, the XML inside them and the database say is the same.

The pages are read by a program that shares no code with the product, the XML by another.
"""

from decimal import Decimal

from billing.credit_parts import OfUsers
from billing.operations.credit_invoice import credit_invoice
from billing.operations.finalize_invoice import finalize_invoice
from billing.operations.render_document import render_document
from tests.billing.story import APRIL, Story, at, people
from tests.documents.said_by_all import carried_xml, in_database, on_pages, stored


def test_pages_xml_and_database_say_the_same_of_an_invoice_and_of_its_partial_credit_note(story: Story) -> None:
    story.deliver(people(320), APRIL, now=at(5, 2))
    invoice = story.bill(APRIL, now=at(5, 3))
    position = invoice.lines.order_by("position")[0].position
    draft = credit_invoice(
        actor=story.finance,
        invoice=invoice,
        parts=[OfUsers(position=position, users=7)],
        reason="Seven accounts of a pilot.",
        now=at(5, 10),
    )
    note = finalize_invoice(actor=story.finance, invoice=draft, now=at(5, 11), today=at(5, 11).date())
    for document in (invoice, note):
        render_document(invoice_id=document.pk, now=at(5, 12))
        pdf = stored(document, "pdf")
        assert carried_xml(pdf) == stored(document, "e_invoice")
        assert on_pages(pdf) == in_database(document)
    assert (note.kind, note.net_amount) == ("credit_note", Decimal("203.00"))
