"""The invoice as a program reads it: EN 16931, as CII (Factur-X / ZUGFeRD) and as UBL (XRechnung, Peppol BIS Billing).

Owns: which field of the frozen snapshot stands where in the XML, and what an invoice lacks for the standard or for one
of its profiles.
Does not own: the amounts and the counts (they are read from the snapshot, and refused when they do not add up), the
number, the storage of the file, the clock, the network.
Invariants: the same snapshot gives the same bytes; every amount is the one of the snapshot, with the decimals of its
currency; a currency of more decimals than the standard counts is refused, never rounded; nothing is computed but the
sum of the taxes, which the standard wants in one number; no price is negative; the last day of a period is the day
before its exclusive end.
"""

from billing.einvoice.cii import cii_xml
from billing.einvoice.parties import EInvoiceRefused
from billing.einvoice.profiles import PEPPOL, PROFILES, XRECHNUNG, Profile
from billing.einvoice.ubl import ubl_xml

__all__ = ["PEPPOL", "PROFILES", "XRECHNUNG", "EInvoiceRefused", "Profile", "cii_xml", "ubl_xml"]
