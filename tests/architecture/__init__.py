"""The plan of the house, held by tests: who may import whom, what stays pure, how large a room may be."""
