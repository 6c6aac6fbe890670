"""What the first run brings in of `licenses`: one file per kind of table, each a resource of django-import-export.

Owns: the columns of each table, how a cell is read, what stands for a row already, and which operation writes it.
Does not own: reading files (`rollcall.intake.tables`), the page and the order of the steps (`billing`).
Invariants: rows are written by operations only, so that an import can do nothing that a person cannot; a row that says
what stands already changes nothing; what is wrong is said at its row and column, and nothing of the file is written.
"""
