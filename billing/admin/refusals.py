"""What an operation may refuse, said to the person at the desk instead of an error page."""

from types import TracebackType

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from billing.credit_parts import PartRefused
from billing.differences.standing import DifferenceClosed
from billing.documents import SnapshotRefused
from billing.models import BillingPeriod, Invoice
from billing.operations.adjust_draft import AdjustmentRefused
from billing.operations.approve_true_up import SamePerson
from billing.operations.ask_customer import NobodyToAsk
from billing.operations.close_accounts import AccountsClosed
from billing.operations.close_period import FactsKeepMoving, NoSuchPeriod, PeriodNotOver
from billing.operations.discard_draft import ReasonMissing
from billing.operations.finalize_invoice import DatedTooEarly, DraftOutdated, NothingToFinalize, TrueUpNotAccepted
from billing.operations.open_periods import PeriodsOverlap
from billing.operations.send_invoice import SendRefused
from billing.settling_documents import MoreThanHeld
from billing.state_moves import MoveRefused

REFUSALS = (
    AccountsClosed,
    AdjustmentRefused,
    DatedTooEarly,
    DifferenceClosed,
    DraftOutdated,
    FactsKeepMoving,
    MoveRefused,
    NoSuchPeriod,
    NobodyToAsk,
    NothingToFinalize,
    PartRefused,
    PeriodNotOver,
    PeriodsOverlap,
    MoreThanHeld,
    ReasonMissing,
    SamePerson,
    SendRefused,
    SnapshotRefused,
    TrueUpNotAccepted,
)


def with_way_on(refusal: Exception) -> str:
    """Return the words of a refusal, with a link to the row that it names: there is what cures it."""
    row = getattr(refusal, "row", None)
    document = row.invoice if isinstance(row, BillingPeriod) else row
    if isinstance(document, Invoice):
        name = f"Open {document.number}" if document.number else "Open the draft"
        address = reverse("desk:invoice", args=[document.public_id])
    elif isinstance(row, BillingPeriod):
        name, address = "Open the period", reverse("desk:period", args=[row.pk])
    else:
        return str(refusal)
    return format_html('{} <a class="underline" href="{}">{}</a>', str(refusal), address, name)


class said_to:  # noqa: N801 - reads as a sentence where it is used: `with said_to(request):`
    """Turn a refusal inside the block into a message on the next page; nothing of the refused write happened."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, refusal: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(refusal, Invoice.DoesNotExist):
            messages.error(self.request, "This draft is gone: somebody discarded it or drafted its period anew.")
            return True
        if isinstance(refusal, REFUSALS):
            messages.error(self.request, with_way_on(refusal))
            return True
        return False
