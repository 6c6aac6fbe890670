"""The tax of invoices: decided, shown, frozen, and decided again by whoever verifies."""
