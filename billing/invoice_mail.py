"""What the mail with an invoice or a credit note says, in the customer's language: what it is, how much, until when.

Owns: the words. Does not own: who receives it and what is attached (`send_invoice`, `deliver_invoice`). Every number
in it comes from the frozen snapshot, so it says what the document says.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.documents.format import NO_BREAK, Style, language_of
from billing.models import Delivery, Invoice
from rollcall.money import exponent

LONGEST_SUBJECT = 250
SUBJECTS = {
    "invoice": {
        "en": "Invoice {number} of {vendor}: {payable}",
        "de": "Rechnung {number} von {vendor}: {payable}",
        "fr": "Facture {number} ({vendor}) : {payable}",
    },
    "credit_note": {
        "en": "Credit note {number} of {vendor}: {payable}",
        "de": "Gutschrift {number} von {vendor}: {payable}",
        "fr": "Avoir {number} ({vendor}) : {payable}",
    },
}
BODIES = {
    "en": """Good day,

{what}

{money}

{where}{vendor}
""",
    "de": """Guten Tag,

{what}

{money}

{where}{vendor}
""",
    "fr": """Bonjour,

{what}

{money}

{where}{vendor}
""",
}
ATTACHED = {
    "invoice": {
        "en": "attached is invoice {number} of {issued} for {product}, {period} (contract {contract}{order}).",
        "de": "anbei erhalten Sie die Rechnung {number} vom {issued} für {product}, {period} "
        "(Vertrag {contract}{order}).",
        "fr": "veuillez trouver ci-joint la facture {number} du {issued} pour {product}, {period} "
        "(contrat {contract}{order}).",
    },
    "credit_note": {
        "en": "attached is credit note {number} of {issued}, which corrects invoice {corrected} for {product}, "
        "{period} (contract {contract}{order}).",
        "de": "anbei erhalten Sie die Gutschrift {number} vom {issued}, die die Rechnung {corrected} für {product}, "
        "{period}, berichtigt (Vertrag {contract}{order}).",
        "fr": "veuillez trouver ci-joint l’avoir {number} du {issued}, qui corrige la facture {corrected} pour "
        "{product}, {period} (contrat {contract}{order}).",
    },
}
LINKED = {
    "invoice": {
        "en": "invoice {number} of {issued} for {product}, {period} (contract {contract}{order}), is ready for you.",
        "de": "die Rechnung {number} vom {issued} für {product}, {period} (Vertrag {contract}{order}), liegt für Sie "
        "bereit.",
        "fr": "la facture {number} du {issued} pour {product}, {period} (contrat {contract}{order}), est à votre "
        "disposition.",
    },
    "credit_note": {
        "en": "credit note {number} of {issued}, which corrects invoice {corrected} for {product}, {period} "
        "(contract {contract}{order}), is ready for you.",
        "de": "die Gutschrift {number} vom {issued}, die die Rechnung {corrected} für {product}, {period}, berichtigt "
        "(Vertrag {contract}{order}), liegt für Sie bereit.",
        "fr": "l’avoir {number} du {issued}, qui corrige la facture {corrected} pour {product}, {period} "
        "(contrat {contract}{order}), est à votre disposition.",
    },
}
ORDER = {"en": ", your order {po}", "de": ", Ihre Bestellung {po}", "fr": ", votre commande {po}"}
TO_PAY = {
    "en": "To be paid: {payable}\nDue on: {due}",
    "de": "Zu zahlen: {payable}\nFällig am: {due}",
    "fr": "À payer : {payable}\nÉchéance : {due}",
}
GIVEN_BACK = {
    "en": "Credited to you: {payable}",
    "de": "Ihnen gutgeschrieben: {payable}",
    "fr": "Porté à votre crédit : {payable}",
}
NOTHING_TO_PAY = {
    "en": "Amount: {payable}. Nothing is to be paid.",
    "de": "Betrag: {payable}. Es ist nichts zu zahlen.",
    "fr": "Montant : {payable}. Il n’y a rien à payer.",
}
WHERE = {
    "en": "The document, how its amount came to be, and the data with which you can count it again (you sign in):"
    "\n{link}\n\n",
    "de": "Das Dokument, wie sein Betrag zustande kam, und die Daten, mit denen Sie es nachrechnen können (nach der "
    "Anmeldung):\n{link}\n\n",
    "fr": "Le document, le calcul de son montant et les données pour le recompter vous-même (après connexion) :"
    "\n{link}\n\n",
}


@dataclass(frozen=True, kw_only=True)
class InvoiceMail:
    """A subject of one line and a body in plain text."""

    subject: str
    body: str


def invoice_mail(*, invoice: Invoice, how: str, link: str) -> InvoiceMail:
    """Write the mail of a finalized document; `link` is its address in the portal, empty where there is no portal.

    Raises StillADraft.
    """
    says = invoice.frozen
    language = language_of(says["language"])
    style = Style(language=language, currency=says["currency"], places=exponent(says["currency"]))
    payable = Decimal(says["totals"].get("payable", says["totals"]["gross"]))
    po_number = says["contract"]["po_number"]
    facts = {
        "number": says["number"],
        "vendor": says["seller"]["name"],
        "payable": style.full(payable),
        "issued": style.day(date.fromisoformat(says["issue_date"])),
        "due": style.day(date.fromisoformat(says["due_date"])),
        "product": says["contract"]["product_name"],
        "period": style.period(*(date.fromisoformat(says["period"][end]) for end in ("start", "end"))),
        "contract": says["contract"]["number"],
        "order": ORDER[language].format(po=po_number) if po_number else "",
        "corrected": invoice.corrects.number if invoice.corrects is not None else "",
        "link": link,
    }
    what = (ATTACHED if how == Delivery.How.PDF else LINKED)[invoice.kind][language].format(**facts)
    body = BODIES[language].format(
        what=what,
        money=_money(invoice, payable)[language].format(**facts),
        where=WHERE[language].format(**facts) if link else "",
        vendor=facts["vendor"],
    )
    subject = SUBJECTS[invoice.kind][language].format(**facts)
    return InvoiceMail(subject=_one_line(subject), body=body.replace(NO_BREAK, " "))


def _one_line(text: str) -> str:
    """A header is one line: what a name holds of line breaks and control characters becomes a blank."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:LONGEST_SUBJECT]


def _money(invoice: Invoice, payable: Decimal) -> dict[str, str]:
    if invoice.is_credit_note:
        return GIVEN_BACK
    return TO_PAY if payable > 0 else NOTHING_TO_PAY
