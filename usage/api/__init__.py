"""The programming interface to what happened: events and files in, reports and counts out.

Owns: the shapes in which rows of `usage` are sent and taken, and the addresses under `/api/v1/`.
Does not own: keys (`licenses.api`), the wall, problems and pages (`ground.api`), and any rule: each view makes one
call into `queries` or `operations`.
Invariants: objects are named by their public ids; an object of somebody else is absent; no web process parses what
a customer sent: a confined child does.
"""
