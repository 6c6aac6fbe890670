"""From which day a contract is billed, and what the old agreement beside it costs."""

from datetime import date
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from billing.admin.contract import contract_or_404
from billing.operations.discard_draft import ReasonMissing
from billing.operations.set_go_live import GoLiveRefused, OldBillRefused, set_go_live
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from licenses.models import Contract

FIELDS = {ReasonMissing: "reason", GoLiveRefused: "live_from", OldBillRefused: "old_seat_price"}


class _Unreadable(ValueError):
    """One field does not hold what it must; its name and the sentence are the arguments."""


@require_GET
def go_live(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show the go-live day with the old agreement."""
    return _page(request, contract_or_404(request, public_id))


@require_POST
def set_day(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Set the go-live day and the old agreement."""
    contract = contract_or_404(request, public_id)
    try:
        live_from, price, seats = _read(request)
    except _Unreadable as wrong:
        field, sentence = wrong.args
        return _page(request, contract, errors={field: sentence})
    try:
        row = set_go_live(
            actor=actor_of(request),
            contract=contract,
            live_from=live_from,
            old_seat_price=price,
            old_seats=seats,
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
    except tuple(FIELDS) as refused:
        field = next(name for refusal, name in FIELDS.items() if isinstance(refused, refusal))
        return _page(request, contract, errors={field: str(refused)})
    words = f"Compared only until {row.live_from:%d %b %Y}, then billed." if row.live_from else "Live: it is billed."
    messages.success(request, words)
    return redirect("desk:contract", public_id)


def _read(request: HttpRequest) -> tuple[date | None, Decimal | None, int | None]:
    said = {name: request.POST.get(name, "").strip() for name in ("live_from", "old_seat_price", "old_seats")}
    try:
        live_from = date.fromisoformat(said["live_from"]) if said["live_from"] else None
    except ValueError as wrong:
        raise _Unreadable("live_from", "Write the day as in 2026-10-01.") from wrong
    try:
        price = Decimal(said["old_seat_price"]) if said["old_seat_price"] else None
    except InvalidOperation as wrong:
        raise _Unreadable("old_seat_price", "Write the price with digits and a point, as in 12.50.") from wrong
    if price is not None and (not price.is_finite() or abs(price) >= Decimal(10) ** 12):
        raise _Unreadable("old_seat_price", "Write the price with digits and a point, as in 12.50.")
    if said["old_seats"] and not (said["old_seats"].isdecimal() and len(said["old_seats"]) < 10):
        raise _Unreadable("old_seats", "Write the number of seats with digits.")
    return live_from, price, int(said["old_seats"]) if said["old_seats"] else None


def _page(request: HttpRequest, contract: Contract, *, errors: dict[str, str] | None = None) -> HttpResponseBase:
    stored = {
        "live_from": contract.live_from.isoformat() if contract.live_from else "",
        "old_seat_price": f"{contract.old_seat_price:f}" if contract.old_seat_price is not None else "",
        "old_seats": str(contract.old_seats) if contract.old_seats is not None else "",
    }
    context = {
        "contract": contract,
        "said": request.POST if errors else stored,
        "errors": errors or {},
        "may_change": actor_of(request).vendor_role == "finance",
    }
    return desk_page(request, "desk/contract/go_live.html", context, title=f"Go-live of {contract.number}")
