"""What an operation may refuse, said to the person at the desk instead of an error page."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest

from billing.documents import SnapshotRefused
from billing.models import Invoice
from billing.operations.close_period import FactsKeepMoving, NoSuchPeriod, PeriodNotOver
from billing.operations.discard_draft import ReasonMissing
from billing.operations.finalize_invoice import DatedTooEarly, NothingToFinalize, TrueUpNotAccepted
from billing.state_moves import MoveRefused

REFUSALS = (
    DatedTooEarly,
    FactsKeepMoving,
    MoveRefused,
    NoSuchPeriod,
    NothingToFinalize,
    PeriodNotOver,
    ReasonMissing,
    SnapshotRefused,
    TrueUpNotAccepted,
)


@contextmanager
def said_to(request: HttpRequest) -> Iterator[None]:
    """Turn a refusal into a message on the next page; nothing of the refused write happened."""
    try:
        yield
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    except Invoice.DoesNotExist:
        messages.error(request, "This draft is gone: somebody discarded it or drafted its period anew.")
