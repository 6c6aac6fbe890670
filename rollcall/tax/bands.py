"""The bands of rates that a rule may mean."""

STANDARD, REDUCED = BANDS = ("standard", "reduced")
