"""What usage asks of billing: which months were billed. Loaded once, when the app is ready."""

from billing.queries.billed import billed_periods
from usage.billed import take_billed_from

take_billed_from(billed_periods)
