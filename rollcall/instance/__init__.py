"""The reporter: the program that runs beside the product at the customer's site and says who was active.

Owns: the home folder with key, licence, chain and outbox; gathering activity from files, from a database or from calls;
pseudonyms under the customer's key; sealing days; writing, showing, checking and sending reports; the doctor.
Does not own: what a report means and how it is signed (`rollcall.signing`), and counting (`rollcall.counting`).

Invariants: the private key is made here and never leaves; the vendor never sees the customer's key; a report that was
written is never written again under its number, whatever kills the program; nothing leaves the house but the file that
`inspect` shows. `host` is the one module of the room that reads clocks, and `post` the one that sends.
"""
