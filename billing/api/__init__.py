"""The programming interface to what is owed: invoices with their documents, credit notes, true-ups.

Owns: the shapes in which rows of `billing` are sent and taken, and the addresses under `/api/v1/`.
Does not own: keys (`licenses.api`), the wall, problems and pages (`ground.api`), and any rule: each view makes one
call into `queries` or `operations`.
Invariants: objects are named by their public ids; an object of somebody else is absent; a customer never sees a draft;
stored bytes are compared with their hash before they are sent.
"""
