"""The customer's pages, asked over HTTP as the cast: what each shows, what is refused, whose objects exist."""
