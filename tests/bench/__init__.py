"""The bench: what intake and counting cost, beside PostgreSQL and a plain Python reader, in one run on one machine.

`make bench` generates an export from a seed, lets every system read it in turns, sees that all find the same active
users, and prints ratios against their bars. Absolute times are of the machine; the ratios are what must hold.
`make bench SIZE=10m` does it with ten million events and adds what only a large month shows: a packed upload, a year of
evidence, late data, counts in shares of the people. Both read a spreadsheet of a quarter of a million rows, too.
"""
