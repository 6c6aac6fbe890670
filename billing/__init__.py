"""WHAT IS OWED: periods, ratings, invoices, documents and true-ups.

Owns: the billing period of each charge and its state, the draft and the finalized invoice with its frozen
snapshot and number, the stored documents, and the settlement of a period whose facts changed after it was billed.

Does not own: who agreed to what (`licenses`), what was reported and counted (`usage`), the arithmetic (`rollcall`).

Invariants, held by the database from migration 0001:
- a period is billed once per (contract, charge, kind); periods of one key never overlap;
- the lines of an invoice add up to its net amount, net and tax to gross;
- a finalized invoice, its lines, its documents and its history never change and never go;
- numbers of a series have no gap, and the issue dates do not decrease with the number;
- a customer sees its own finalized invoices and nothing else.
"""
