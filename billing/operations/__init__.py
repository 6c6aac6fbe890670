"""The writes of billing, one verb per file: the folder listing is the feature list.

Owns: who may do what (an `Actor` is checked first), the moves between states, and the history of each invoice.
Does not own: the clock (`now` and `today` are arguments), the arithmetic (`rollcall`), the counting (`usage`).

Order of locks, the same everywhere, so that two operations wait for each other and never for good:
contract (FOR NO KEY UPDATE, the one lock of a contract's billing) -> its periods -> invoice -> true-ups -> series.
The series comes last and is held for two statements, so numbering never waits for slow work. Whoever locks many
contracts locks them in the order of their keys (`close_together`).

Invariant: each operation may run twice, or eight times at once, and has one effect.
"""
