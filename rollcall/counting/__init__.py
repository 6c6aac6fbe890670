"""Counting: evidence rows, one activity definition and one period become active users.

Owns: the two counters, the rules that both apply, the answer they give, and the list that says for every user of the
period whether and why they count. `plain` is the definition of truth: it can be read aloud. `columnar` is its fast twin
over evidence files. They share no code but the values of `terms/`, the shape of a row and the shape of the answer; the
two forms of one rule stand side by side in one file of `rules/`.

Does not own: evidence, names, periods, prices. Counters never see a name: aliases and exclusions come as references.

Invariants: a count depends on (rows, definition, period, resolution) alone; every user of the period is in exactly one
bucket; evidence in any order, in any number of files, gives the same answer.
"""
