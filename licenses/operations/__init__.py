"""The writes of ``licenses``, one verb per file; the folder listing is the feature list.

Each operation takes an actor and checks what that actor may do, takes the clock as ``now``, runs in one
transaction of its own and says in the audit who did it. It raises an exception that stands beside it, phrased for
the person who asked. Operations hold the rules over several rows; one row's own rules are the database's.
"""
