"""The invoice as a program reads it: EN 16931 in the syntax UN/CEFACT CII (Factur-X / ZUGFeRD, profile EN 16931).

Owns: which field of the frozen snapshot stands where in the XML, and what an invoice without a tax number lacks.
Does not own: the amounts and the counts (they are read from the snapshot, and refused when they do not add up), the
number, the storage of the file, the clock, the network.
Invariants: the same snapshot gives the same bytes; every amount is the one of the snapshot, with the decimals of its
currency, so a currency of three decimals keeps all three, although EN 16931 itself counts two; nothing is computed but
the sum of the taxes, which the standard wants in one number; no price is negative; the last day of a period is the day
before its exclusive end.
"""

from billing.einvoice.cii import cii_xml
from billing.einvoice.parties import EInvoiceRefused

__all__ = ["EInvoiceRefused", "cii_xml"]
