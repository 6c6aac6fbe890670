"""The billing run: bulk steps over a month of contracts, their dry runs, outcomes, cuts and races."""
