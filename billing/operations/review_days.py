"""After a person's word about days: rate again the periods that they lie in."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from billing.causes import cause_of_word
from billing.models import BillingPeriod
from billing.operations.review_report import Review, review_touched
from usage.models import ExcusedDay


def review_days(*, word_ids: Sequence[int], now: datetime) -> Review:
    """Review every period that holds one of the days of a word: days left out, or days that count again.

    A held or drafted period is closed again; an invoiced one is rated again, and a true-up is proposed where it
    differs. Run again, it changes and proposes nothing new. `word_ids` are rows of one contract, in order.
    """
    words = list(ExcusedDay.objects.select_related("contract").filter(pk__in=word_ids).order_by("pk"))
    contract = words[0].contract
    holds_one = Q()
    for word in words:
        holds_one |= Q(period__contains=word.day)
    rows = BillingPeriod.objects.filter(holds_one, contract=contract, kind=BillingPeriod.Kind.REGULAR)
    touched = sorted({row.span for row in rows.only("period")})
    return review_touched(contract=contract, touched=touched, cause=cause_of_word(words[0]), now=now)
