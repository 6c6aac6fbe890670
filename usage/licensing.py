"""What licences carry of usage: the last receipt of every instance. Loaded once, when the app is ready."""

from licenses.licensing import take_receipts_from
from usage.queries.signed import last_receipts

take_receipts_from(last_receipts)
