"""Published prices and invoices against what the product makes of them, with the fields of the cases as they are.

Owns: one translation from the neutral fields of a kind to TERMS.json and USAGE.json, or to the amounts of an invoice,
and the comparison of every number that a case expects.
Does not own: the cases, which are the sources' own numbers, or any arithmetic of prices.
Invariant: a translation looks at fields only, never at the name or the source of a case; a field that it does not read
and a number that it does not compare is told, not passed over.
"""
