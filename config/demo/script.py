"""What is played: by whom, in which months, and what people decide by hand on the way.

`YEAR` is the demo. A test plays a shorter script with the same scenes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from config.demo.companies import COMPANIES, FIRST_MONTH, MONTHS, Company


@dataclass(frozen=True, kw_only=True)
class LateFile:
    """An export that arrives after the close of its month, with more people in it, and why."""

    company: str
    month: date
    people: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Adjusted:
    """What the account manager takes off a draft, before tax. Above the vendor's limit it waits for a second person."""

    company: str
    month: date
    credit: Decimal
    reason: str


@dataclass(frozen=True, kw_only=True)
class Script:
    """One run of the demo. `left_as_draft` is the company whose last invoice a newcomer finalizes."""

    companies: Sequence[Company]
    months: Sequence[date]
    late: LateFile
    adjusted: Sequence[Adjusted]
    left_as_draft: str

    def company(self, key: str) -> Company:
        """Return the company of a key."""
        return next(company for company in self.companies if company.key == key)


def months_from(first: date, count: int) -> tuple[date, ...]:
    """Return the first days of so many months in a row."""
    start = first.year * 12 + first.month - 1
    return tuple(date(number // 12, number % 12 + 1, 1) for number in range(start, start + count))


# Above it a second person looks at what is added to a draft or taken off it.
APPROVAL_LIMIT = ("EUR", Decimal("500.00"), "Up to EUR 500.00 one person decides; the auditor asked for two above it.")

YEAR = Script(
    companies=COMPANIES,
    months=months_from(FIRST_MONTH, MONTHS),
    # Lyon-1 exported September before its ward tablets had synchronized; the second export, made on 12 October, holds
    # the same month and 17 more people.
    late=LateFile(
        company="ostara",
        month=date(2026, 9, 1),
        people=17,
        reason="Ward tablets of Lyon-1 were offline and synchronized after the first export of September.",
    ),
    adjusted=(
        Adjusted(
            company="nordwald",
            month=date(2026, 6, 1),
            credit=Decimal("160.00"),
            reason="Fifty accounts of a training week in June are not charged, as agreed on 2 June.",
        ),
        Adjusted(
            company="calvane",
            month=date(2026, 10, 1),
            credit=Decimal("1250.00"),
            reason="The outage of 14 and 15 October, as promised to Petra Aigner on 2 November.",
        ),
    ),
    left_as_draft="calvane",
)
