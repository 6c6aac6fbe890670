"""Every given file against the figures that it must give, through `rollcall count` as a customer would run it.

Owns: the comparison with the two manifests (samples of known formats, nasty files), and the table it prints.
Does not own: the expected figures, which are the manifests', or any arithmetic of its own on the files.
Invariant: a figure that a manifest states and that is not compared is a fault here; an unknown key ends the run.
"""
