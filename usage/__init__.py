"""WHAT HAPPENED: received reports, their evidence, and the counts made from them.

Owns: the report with its raw bytes unchanged, its findings, the evidence files made from it, the count of a period.
Does not own: what an active user is (the contract's terms), what the count costs (``billing``), how bytes are read
(``rollcall.intake``, in child processes: no web or worker process ever parses a customer's bytes).

Invariants, held by the database from migration 0001:
- the same bytes are one report per instance; what was received never changes and is never deleted;
- the evidence of a report is keyed by zone and by the instants that it owns; a count by its set of evidence;
- counts are only added; nothing here depends on the order in which files arrived;
- at most 1,000 findings per report lie in the database, the full list is a file.
"""
