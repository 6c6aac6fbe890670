"""The bundle of an invoice: everything with which its customer counts and rates it again on a machine of its own.

Owns: which counts, evidence, terms and ratings stand behind an invoice, and how they are written down for
`rollcall.evidence`; the child process that turns stored evidence into text; the command that is printed.
Does not own: the shape of the zip and its check (`rollcall.evidence`), keys (`licenses`), the row of the stored file.

Invariants: everything comes from what was frozen with the invoice, so the same invoice gives the same bytes on any day;
no salt and no name is ever in a stored bundle; stored evidence is read in a child process, which gets no key. This
file imports nothing: the child starts without Django.
"""
