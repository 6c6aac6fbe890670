"""The programming interface to customers, contracts, instances and plans, and how a key is known.

Owns: the authentication of a key, and the shapes in which rows of `licenses` are sent and taken.
Does not own: the wall, problems and pages (`ground.api`), and any rule: each view makes one call into `queries` or
`operations`.
Invariants: objects are named by their public ids; an object of somebody else is absent; no secret ever leaves.
"""
