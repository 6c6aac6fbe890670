"""Worked cases that other systems publish, each stated as a small contract of its own.

Owns: reading the cases (`tests/cases/worked`, one JSON file per source family), how a figure of a source is found in what the product answers, and
the list of cases that cannot be stated, with the reason.
Does not own: any arithmetic. The engine alone computes; a figure is taken from its answer, turned in sign where the
source states a credit as a positive number, and read in whole cents where the source's key ends in `_minor`.
Invariants: every figure of a source is either compared or listed under `not_compared` with a reason; a case is stated
or listed in `not_stated.json`, never both and never neither; `expected` is the source's, unchanged.
"""

from tests.conformance.worked.cases import KINDS, Case, all_cases, not_stated
from tests.conformance.worked.results import faults_of, results

# The cases that no terms can state, each with the reason, as the table of the command lists them.
NOT_COMPARED = {row["id"]: row["reason"] for row in not_stated()}

__all__ = ["KINDS", "NOT_COMPARED", "Case", "all_cases", "faults_of", "not_stated", "results"]
