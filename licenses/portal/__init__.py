"""What all portal pages share: the frame around a page, the choice of a customer, the colors.

Owns: the frame (names, navigation, footer), the contract a page is about, and the two pages that work without a
customer. Does not own: pages about contracts, usage or invoices; those live in the highest app whose facts they show.
Invariants: views make one call into queries or operations and hold no rules; objects are found by `public_id` within
what the actor may see, so a foreign one is 404; nothing is written by GET.
"""
