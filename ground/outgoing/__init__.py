"""Requests of ours to addresses that people wrote down: never into our own network, never for long, never much.

Owns: which URLs may be called (`addresses`), and one POST to an address that was checked (`post`).
Does not own: what is sent, how it is signed, when it is tried again (`licenses`).
Invariants: https only, but for the loopback where a setting of development allows it; a name is resolved once per
request, every address it has is checked, and the connection goes to one of these and to no other; no redirect is
followed, no proxy of the environment is used; ten seconds (five more for the name) and 64 KiB are the most.
"""

from ground.outgoing.addresses import NotCalled, Target, check_url, find
from ground.outgoing.post import Answer, NoAnswer, post

__all__ = ["Answer", "NoAnswer", "NotCalled", "Target", "check_url", "find", "post"]
