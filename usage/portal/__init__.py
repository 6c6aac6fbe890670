"""The customer's pages about what happened: upload, reports, coverage, instances.

Owns: addresses, forms and the putting together of one page from the answers of queries.
Does not own: rules about files, evidence or counts; a view makes one call into queries or operations.
Invariants: objects are found by `public_id` within what the actor may see, so a foreign one is 404; nothing is written
by GET; a customer's bytes are never parsed here; every page works without JavaScript.
"""
