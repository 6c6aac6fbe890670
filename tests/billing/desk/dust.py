"""A contract as Dust sells: at least 100 members, usage by the dollar with free credits and caps, and its two months."""

import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from rollcall.period import Period
from tests.billing.story import Story, at, people
from usage.models import UsageReport
from usage.operations.confirm_report import confirm_report
from usage.operations.read_report import read_report
from usage.operations.receive_report import receive_report
from usage.operations.sniff_report import sniff_report

MAY, JUNE = Period(date(2026, 5, 1), date(2026, 6, 1)), Period(date(2026, 6, 1), date(2026, 7, 1))
HALF_OF_JUNE = Period(date(2026, 6, 1), date(2026, 6, 20))


def export(members: Sequence[str], spenders: Sequence[str], days: Period, dollars: str) -> bytes:
    """Every member signs in once, and each of the spenders uses so many dollars on one day."""
    lines = ["user_id,occurred_at,action,event_id,quantity"]
    known = list(days.each_day())
    for number, user in enumerate(members):
        day = known[number % len(known)]
        lines.append(f"{user},{day}T12:00:00+02:00,login,l-{day}-{user},")
    for number, user in enumerate(spenders):
        day = known[number % len(known)]
        lines.append(f"{user},{day}T13:00:00+02:00,api.call,c-{day}-{user},{dollars}")
    return ("\n".join(lines) + "\n").encode()


def deliver(story: Story, members: int, spenders: int, days: Period, dollars: str = "60") -> UsageReport:
    """Send one export that covers these days the day after them, and have it read."""
    now = at(days.end.month, days.end.day)
    content = export(people(members), people(spenders), days, dollars)
    actor = story.house.customer_admin_a.actor
    received = receive_report(
        actor=actor, instance=story.instance, file_name=f"{days.start}.csv", stream=io.BytesIO(content), now=now
    )
    report = sniff_report(report_id=received.report.pk, now=now)
    report = confirm_report(
        actor=actor, report=report, mapping=None, source_timezone="", covers=days, generated_at=now, now=now
    )
    report = read_report(report_id=report.pk, now=now)
    assert report.state == "accepted", (report.state, report.refusal_message, report.questions)
    story.review(report, now=now)
    return report


def terms(price: str = "29.00", **changes: Any) -> dict[str, Any]:
    """Its terms, as the form writes them."""
    return {
        "currency": "USD",
        "timezone": "Europe/Berlin",
        "term": {"start": "2026-05-01", "end": "2027-05-01"},
        "cycle": {"unit": "month", "anchor": "2026-05-01"},
        "metrics": {
            "members": {"kind": "active_users", "definition": {"actions": ["login"]}},
            "spending": {
                "kind": "action_quantity",
                "definition": {"actions": ["api.call"]},
                "measure": "sum",
                "unit": "dollar of usage",
                "units": "dollars of usage",
            },
        },
        "charges": {
            "members": {
                "metric": "members",
                "price": {"model": "per_user", "unit_price": price},
                "floor": {"minimum_users": 100},
            },
            "usage": {
                "metric": "spending",
                "price": {"model": "per_user", "unit_price": "1.00"},
                "per_user_cap": {"amount": "50.00", "reading": "each_person"},
                "cap": {"amount": "1000.00"},
                "credits": [
                    {
                        "name": "free credits",
                        "ladder": {
                            "model": "credit_ladder",
                            "reading": "graduated",
                            "bound": "inclusive",
                            "tiers": [
                                {"up_to": 10, "credit": "5.00"},
                                {"up_to": 50, "credit": "2.00"},
                                {"up_to": 100, "credit": "1.00"},
                            ],
                        },
                        "metric": "members",
                        "granted": "each_cycle",
                        "expires": "cycle",
                    }
                ],
            },
        },
        "mid_cycle": "by_days",
        "gap_rule": {"rule": "hold", "hold_at_most_days": 10, "then": "bill_known"},
        "true_up": {"ignore_below": "0.00", "settle": "next_invoice"},
        "tax": {"category": "O", "rate": "0"},
        **changes,
    }


def after(days: Period) -> date:
    return days.end + timedelta(days=1)
