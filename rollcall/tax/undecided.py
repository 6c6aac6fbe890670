"""The ground of every refusal to decide a tax."""


class Undecided(Exception):
    """Nothing decides the tax. `what` says what is missing, the message adds the cure."""

    def __init__(self, what: str, cure: str = "") -> None:
        super().__init__(f"{what} {cure}".strip())
        self.what = what
