"""The programming interface: keys, walls, problems, ingest, and the description it is held to.

Owns: what a program sees. Does not own: the rules behind an answer, which are tested with their operations.
"""
