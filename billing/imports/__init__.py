"""The first run: which tables are brought in, in which order, and all of a file or nothing of it.

Owns: the order of the steps, telling which table a file holds, the tables of `billing`, and trying them.
Does not own: the tables of `licenses` (`licenses.imports`), reading files (`rollcall.intake.tables`), the rules of what
is written (operations).
Invariants: what is tried and what is imported is the same code on the same rows; an import that would do something else
than what was shown is refused; imported again, nothing changes.
"""
