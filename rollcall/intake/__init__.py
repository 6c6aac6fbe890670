"""From bytes to evidence: decompress within limits, decode, parse strictly, quarantine by line, write evidence.

Owns: `sniff` (what is this file, and what must a person answer), `read` (the evidence, the findings and their digest),
the three readers behind it (plain Python, which defines what is right, DuckDB, its fast twin, and a quicker one for
clean files alone), the limits, and the sandbox in which a server runs them.
Does not own: formats (their own room), counting, and anything a definition or a contract's price could change.

Invariants: read = accepted + quarantined + duplicate + not_owned; evidence depends on the bytes and the request alone;
nothing is guessed that only a person can know; a row is never dropped without a finding.
"""
