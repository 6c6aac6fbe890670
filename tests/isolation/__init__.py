"""The proof that one customer never sees another: every route, every table, every role.

Owns: the table of all routes with what each answers to everybody of the cast; what the database alone lets through;
as which role our processes work. Does not own: what the portal's pages show to their owner (`tests/portal`), or the
portal's wall as a mechanism (`tests/ground/test_portal_wall.py`).
Invariants: routes, models and tables are found through the resolver, the admin site and the database's catalog, so
that a new one without a row here fails.
"""
