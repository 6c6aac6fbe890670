"""What every part of the programming interface shares: the caller, the wall, problems, pages of a list, limits.

Owns: who a request comes from once its key is known (`Caller`), the transaction it runs in (that of the portal for a
customer's key, one of the application for the vendor's), RFC 9457 problems, cursor pages, rate limits.
Does not own: keys (`licenses`), addresses (`config`), and what an address answers (`api/` of each app).
Invariants: nothing is answered without a key whose scopes hold the view's; a customer's key never leaves the portal's
database role; a request that fails leaves nothing behind.
"""
