"""The desk's pages of `usage`: reports with their findings, and the counts made from them. Looking only."""

from usage.admin.counts import ActiveUserCountAdmin
from usage.admin.reports import UsageReportAdmin

__all__ = ["ActiveUserCountAdmin", "UsageReportAdmin"]
