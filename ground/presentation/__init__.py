"""How facts look on a page: numbers, money, periods, times, charts, and table files for a spreadsheet.

Owns: the one way in which a number, an amount, a span or an instant is written for a reader, the geometry of the
charts, and the writing of CSV that a spreadsheet cannot mistake for a formula.
Does not own: what is shown (queries), where it stands on the page (templates), or how a PDF writes it.
Invariants: a count and an amount start at zero on every axis; minus is U+2212; a missing value is never drawn or
written as zero; no text of a customer reaches a spreadsheet as a formula; nothing here reads the clock.
"""
