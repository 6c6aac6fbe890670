"""`python -m tests.bench.rating`: 10,000 ratings of a contract with five charges and ten tiers each, and where the time goes.

The peer, in the same run, adds up the same tiers in a bare loop of Decimals: no lines, no words, no working, no keys.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from rollcall.rating import TermUsage, rate_term
from rollcall.terms.contract import ContractTerms

RATINGS = 10_000
CHARGES = 5
TIERS = 10
TIER_USERS = 100
ROOT = Path(__file__).resolve().parents[2]


def terms_document() -> dict[str, object]:
    """Return TERMS.json of one month: five charges of the same users, each with ten tiers and a floor."""
    tiers = [
        {"up_to": TIER_USERS * number if number < TIERS else None, "unit_price": f"{30 - number}.50"}
        for number in range(1, TIERS + 1)
    ]
    charge = {
        "metric": "active",
        "price": {"model": "graduated", "bound": "inclusive", "tiers": tiers},
        "floor": {"minimum_users": 50, "shortfall_priced_by": "tiers"},
    }
    return {
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "term": {"start": "2026-09-01", "end": "2026-10-01"},
        "cycle": {"unit": "month", "anchor": "2026-09-01"},
        "metrics": {"active": {"kind": "active_users", "definition": {"actions": ["login"]}}},
        "charges": {f"charge{number}": charge for number in range(1, CHARGES + 1)},
        "tax": {"category": "S", "rate": "19"},
    }


def usage_of(users: int) -> dict[str, object]:
    """Return USAGE.json of the month."""
    return {"periods": [{"start": "2026-09-01", "end": "2026-10-01", "quantities": {"active": {"users": users}}}]}


def bare_sum(users: int) -> Decimal:
    """Return what the contract costs, added up in a bare loop."""
    total = Decimal(0)
    for _ in range(CHARGES):
        for number in range(1, TIERS + 1):
            first = TIER_USERS * (number - 1)
            last = TIER_USERS * number if number < TIERS else users
            inside = min(users, last) - first
            if inside > 0:
                amount = Decimal(inside) * Decimal(f"{30 - number}.50")
                total += amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return total


def measured(work: Callable[[int], Decimal]) -> tuple[float, Decimal]:
    """Run the work for every size of customer; return (seconds, the sum of all bills)."""
    started = time.perf_counter()
    total = sum((work(100 + number % 1_200) for number in range(RATINGS)), Decimal(0))
    return time.perf_counter() - started, total


def main() -> int:
    """Print the figure, its ratio to the peer, and the rooms in which the time goes."""
    document = terms_document()
    started = time.perf_counter()
    for _ in range(100):
        ContractTerms.from_json(document)
    reading = (time.perf_counter() - started) / 100
    terms = ContractTerms.from_json(document)

    def rated(users: int) -> Decimal:
        return rate_term(terms=terms, usage=TermUsage.from_json(usage_of(users))).periods[0].net_amount

    peer_seconds, peer_total = measured(bare_sum)
    seconds, total = measured(rated)
    if total != peer_total:
        print(f"The engine bills {total}, the bare loop {peer_total}.")
        return 1
    print(
        f"{RATINGS:,} ratings of {CHARGES} charges with {TIERS} tiers: {seconds:.1f} s, {seconds / RATINGS * 1000:.2f} ms each"
    )
    print(f"of a bare loop of Decimals that gives the same sum: {seconds / peer_seconds:.1f} times")
    print(f"reading the terms once: {reading * 1000:.1f} ms")
    for room, share in where(rated):
        print(f"{share:5.0%}  {room}")
    return 0


def where(work: Callable[[int], Decimal]) -> list[tuple[str, float]]:
    """Return in which files the time goes, the greatest share first."""
    profile = cProfile.Profile()
    profile.enable()
    for number in range(500):
        work(100 + number)
    profile.disable()
    spent: dict[str, float] = {}
    for (name, _, _), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        path = Path(name)
        room = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT / "rollcall") else "Python and its library"
        spent[room] = spent.get(room, 0) + own
    total = sum(spent.values())
    return sorted(((room, own / total) for room, own in spent.items()), key=lambda entry: -entry[1])[:8]


if __name__ == "__main__":
    sys.exit(main())
