"""What must be true of everything that was billed and signed, looked up in the data and recomputed from its sources.

Owns: the list of checks; one file per subject. `manage.py check_invariants` prints them.
Does not own: repair. A finding names the row and what is wrong with it; a person decides.
Invariants: checks only read; each recomputes from the deepest source it can reach (stored bytes, evidence, terms),
so that a byte changed behind the database's back is found although every constraint still holds.
"""

from collections.abc import Callable, Sequence

from billing.invariants.adjustments import adjustments_are_on_record
from billing.invariants.amounts import amounts_add_up
from billing.invariants.as_known import then_and_now_agree
from billing.invariants.bundles import bundles_give_their_invoices
from billing.invariants.counts import counts_rest_on_evidence, evidence_is_unchanged
from billing.invariants.credit_notes import credit_notes_are_within_their_invoices
from billing.invariants.documents import documents_are_whole
from billing.invariants.licenses import keys_of_instances_hold, licenses_are_as_issued
from billing.invariants.numbers import closed_accounts_stay_closed, numbers_have_no_gap
from billing.invariants.periods import periods_are_billed_once, ratings_repeat, terms_are_as_agreed
from billing.invariants.report import CheckResult
from billing.invariants.signed_reports import receipts_name_their_reports, signed_reports_are_as_they_came
from billing.invariants.snapshots import history_is_whole, snapshots_are_frozen
from billing.invariants.true_ups import true_ups_are_settled_once

# What `manage.py verify_documents` holds finalized documents to.
DOCUMENT_CHECKS: Sequence[Callable[[], CheckResult]] = (
    numbers_have_no_gap,
    closed_accounts_stay_closed,
    snapshots_are_frozen,
    amounts_add_up,
    credit_notes_are_within_their_invoices,
    documents_are_whole,
)
CHECKS: Sequence[Callable[[], CheckResult]] = (
    numbers_have_no_gap,
    closed_accounts_stay_closed,
    snapshots_are_frozen,
    history_is_whole,
    amounts_add_up,
    adjustments_are_on_record,
    documents_are_whole,
    bundles_give_their_invoices,
    terms_are_as_agreed,
    ratings_repeat,
    periods_are_billed_once,
    counts_rest_on_evidence,
    evidence_is_unchanged,
    licenses_are_as_issued,
    keys_of_instances_hold,
    signed_reports_are_as_they_came,
    receipts_name_their_reports,
    true_ups_are_settled_once,
    credit_notes_are_within_their_invoices,
    then_and_now_agree,
)

__all__ = ["CHECKS", "DOCUMENT_CHECKS", "CheckResult", "bundles_give_their_invoices"]
