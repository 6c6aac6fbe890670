"""The vendor's desk as its people use it: pages that open, forms that are sent, refusals that come back in words.

Owns: what the desk's own forms do, seen from outside. Does not own: the rules behind them (`tests/billing`), who may
reach which address (`tests/isolation`), or how the pages look (`tests/browser`).
"""
