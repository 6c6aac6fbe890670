"""The formats in which usage arrives, one file each.

Owns: how a format is recognized, which of its columns mean what, its own rules of time and outcome, and the help text
that the portal prints (the docstring of the file).
Does not own: bytes. Decompressing, decoding, limits, quarantine and evidence are intake's; a format sees text.
Invariants: a format never guesses what only a person can know (a zone, a date order, who is meant): it asks.
"""
