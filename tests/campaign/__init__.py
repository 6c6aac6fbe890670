"""The campaign: the searching tests at full size. `python -m tests.campaign` runs those of counting and says what it did."""
