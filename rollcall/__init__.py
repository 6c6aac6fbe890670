"""The arithmetic of active-user billing: intake, counting, rating, evidence.

Owns: reading a usage export strictly, turning it into evidence rows, counting active
users under a definition, and pricing the count under a contract's terms.

Does not own: people, databases, networks, clocks. Nothing here imports Django, opens a
socket or asks what time it is, so the vendor's portal and the customer's own machine run
the same code and get the same number.

Invariants: a count is a pure function of (evidence, definition, period); a rating is a
pure function of (terms, usage); digests are over canonical text.
"""

__version__ = "0.1.0"
