"""A small client of the programming interface, with nothing but the standard library.

    from rollcall.client import Api
    api = Api("https://billing.vendor.example", key)
    sent = api.send_events(events)  # CloudEvents, each with an id of its own; sent.again is for later
    for invoice in api.rows("invoices"):
        ...

Owns: the key's header, pages, problems as exceptions, trying again what may be tried again, and telling which events
are to be sent again. Does not own: spooling (`rollcall.instance`) and what an address means (`docs/api.md`).
Invariants: nothing is tried again that might then be done twice; a redirect is not followed, for it would carry the
key elsewhere; only https, but for the machine itself.
"""

from rollcall.client.api import Api, Sent
from rollcall.client.call import NotReached, Problem

__all__ = ["Api", "NotReached", "Problem", "Sent"]
