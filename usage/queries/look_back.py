"""How long before a contract usage is read, because a rolling window of its terms looks back there."""

from datetime import timedelta

from licenses.models import Contract, ContractVersion
from licenses.queries import terms_of
from rollcall.terms.metrics import Metric

_ONE_DAY = timedelta(days=1)


def look_back_of(*, contract: Contract) -> timedelta:
    """Return the longest look back before the start of any version; none where no metric says so."""
    versions = ContractVersion.objects.filter(contract=contract)
    metrics = [metric for version in versions for metric in terms_of(version).metrics.values()]
    windows = [
        metric.definition.window_days
        for metric in metrics
        if isinstance(metric, Metric) and metric.definition.look_back_before_start
    ]
    return max((days for days in windows if days is not None), default=0) * _ONE_DAY
