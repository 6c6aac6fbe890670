"""The e-invoice held to its schema, to the official rules of EN 16931, and to exact sums of its own numbers."""
