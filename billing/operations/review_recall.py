"""After a reporter was recalled: count again what rests on its reports."""

from datetime import datetime

from billing.causes import cause_of_recall
from billing.operations.review_report import Review, review_touched
from billing.queries.recalls import concerned_by
from licenses.models import Contract
from usage.models import ReporterRecall


def review_recall(*, recall: ReporterRecall, contract: Contract, now: datetime) -> Review:
    """Review every period of a contract that a recall concerns, by the reports that count now.

    An open period gets its estimate, a held or drafted one is closed again, an invoiced one is rated again and a
    true-up is proposed where it differs. Run again, it changes and proposes nothing new.
    """
    concerned = [one.row for one in concerned_by(recall).periods if one.row.contract_id == contract.pk]
    touched = sorted({row.span for row in concerned})
    return review_touched(contract=contract, touched=touched, cause=cause_of_recall(recall), now=now)
