"""Every given file against the figures that it must give, through `rollcall count` as a customer would run it.

Owns: the comparison with the two manifests (samples of known formats, nasty files), and the table it prints.
Does not own: the expected figures, which are the manifests', or any arithmetic of its own on the files.
Invariant: what a manifest states and this run does not compare is listed by name, with the reason; a key that is
neither compared nor listed is a fault of the case or ends the run.
"""
