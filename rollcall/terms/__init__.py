"""What a contract says, as frozen values.

Owns: the activity definition, identity, prices, limits and the contract terms, to and from JSON, with their digests.
Does not own: counting or rating with them. Nothing here reads a clock or a database, nor any file but the templates
that are shipped beside the code.
Invariants: a parser refuses unknown keys and names them; equal meaning has an equal digest.
"""
