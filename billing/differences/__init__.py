"""The kinds of difference, one per file: from the stored facts of a period to what does not agree in it.

Owns: when two facts disagree or one stands out, in which words, with how many users and how much money.
Does not own: the facts (`billing.period_facts`), the rows and their states (`billing.operations.look_for_differences`).

Each file holds `CODE`, `GONE` (what is true when it is not found any more) and `find(facts)`. The folder is the
registry: a new file is a new kind.

Invariants: a function of the facts alone, so looking twice finds the same; `detail` names the same difference
whenever it is looked for; an amount that nobody can say is None, never zero.
"""
