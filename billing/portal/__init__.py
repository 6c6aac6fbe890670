"""The customer's pages about what is owed: first page, who was counted, invoices, contract.

Owns: addresses, forms and the putting together of one page from the answers of queries.
Does not own: rules, counting, rating; a view makes one call into queries or operations.
Invariants: objects are found by `public_id` within what the actor may see, so a foreign one is 404; nothing is written
by GET; a stored file is sent only after its hash was checked.
"""
