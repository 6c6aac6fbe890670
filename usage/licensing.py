"""What licences and questions carry of usage: last receipts, newest counts. Loaded once, when the app is ready."""

from licenses.checkout import take_use_from
from licenses.licensing import take_receipts_from
from usage.queries.counts import last_use
from usage.queries.signed import last_receipts

take_receipts_from(last_receipts)
take_use_from(last_use)
