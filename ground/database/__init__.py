"""Migration operations that put the walls into the database, and the names of its three roles.

Owns: row-level security (`CustomerWall`, `VendorOnly`), immutability (`AppendOnly`, `FrozenWhen`, `FrozenWithParent`),
exclusion of overlapping periods (`NoOverlap`), checks at commit (`DeferredCheck`).
Does not own: which table gets which wall; each app's own migration says that, beside the table.
Invariants: every operation is reversible, needs no extension, and holds for raw SQL of the app role. Breaking a frozen
or append-only row raises IntegrityError (SQLSTATE 23001), or ProgrammingError where the privilege itself is missing.
"""

from ground.database.exclusion import NoOverlap
from ground.database.immutability import AppendOnly, FrozenWhen, FrozenWithParent
from ground.database.invariants import DeferredCheck
from ground.database.walls import CustomerWall, VendorOnly

__all__ = [
    "AppendOnly",
    "CustomerWall",
    "DeferredCheck",
    "FrozenWhen",
    "FrozenWithParent",
    "NoOverlap",
    "VendorOnly",
]
