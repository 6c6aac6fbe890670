"""A second opinion on limits: one charge at one price, period by period, in plain Fractions. Imports nothing of ours.

It reads the same JSON and knows no lines: only how much money there is after each step. Months only, euros only.
"""

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction
from math import floor


def cents(amount):
    """Round half up to cents; amounts here are never negative."""
    return Fraction(floor(amount * 100 + Fraction(1, 2)), 100)


class Months:
    """The state of a term while it is rated month by month."""

    def __init__(self, document):
        self.charge = document["charges"]["seats"]
        self.steps = document.get("steps", ["discount", "commitment", "floor", "cap", "credits"])
        self.start, self.end = (date.fromisoformat(document["term"][key]) for key in ("start", "end"))
        self.kept = {"commitment": Fraction(0), "floor": Fraction(0), "cap": Fraction(0)}
        self.lots = []

    def bill(self, users):
        """Return what each month of the term comes to."""
        first, found = self.start, []
        for number, used in enumerate(users):
            last = min(date(first.year, first.month, monthrange(first.year, first.month)[1]), self.end - timedelta(1))
            found.append(self.month(number, first, last + timedelta(1), used))
            first = last + timedelta(1)
        return found

    def month(self, number, first, end, users):
        """Return what one month comes to."""
        self.number, self.first, self.following = number, first, end
        self.share = Fraction((end - first).days, monthrange(first.year, first.month)[1])
        included = self.charge.get("included", 0)
        if isinstance(included, dict):
            free = self.part(Fraction(included["quantity"]), included, Fraction(1))
        else:
            free = Fraction(included)
        self.free, self.beyond = free, max(users - free, Fraction(0))
        amount = self.beyond * Fraction(self.charge["price"]["unit_price"])
        for step in self.steps:
            if step in self.charge or f"{step}s" in self.charge:
                amount = getattr(self, step)(amount)
        return amount

    def part(self, number, limit, smallest=Fraction(1, 100)):
        """Return a number as it is in this month: its share, rounded, or the whole."""
        if limit.get("in_part_periods", "whole") == "whole":
            return number
        return floor(number * self.share / smallest + Fraction(1, 2)) * smallest

    def is_last(self):
        """Whether the term ends with this month."""
        return self.following == self.end

    def discount(self, amount):
        """Take discounts in their order, each on what is left or on all, none below nothing."""
        whole = amount
        for discount in self.charge["discounts"]:
            if self.number >= discount.get("cycles", 10**6):
                continue
            if "amount" in discount:
                off = self.part(Fraction(discount["amount"]), discount)
            else:
                basis = whole if discount.get("applies_to") == "undiscounted" else amount
                off = cents(basis * Fraction(discount["percent"]) / 100)
            amount = max(amount - off, Fraction(0))
        return amount

    def commitment(self, amount):
        """Draw, then overage, then shortfall; in money."""
        terms = self.charge["commitment"]
        promised = self.part(Fraction(terms["amount"]), terms)
        is_term = terms.get("per") == "term"
        left = max(promised - (self.kept["commitment"] if is_term else 0), Fraction(0))
        drawn = min(amount, left)
        if terms.get("carry_over"):
            saved = min(amount - drawn, self.kept["commitment"])
            self.kept["commitment"] += left - drawn - saved
            paid = terms["shortfall"] == "billed_at_end"
            over = cents((amount - drawn - saved) * Fraction(terms["overage"]["factor"]))
            return over + (left if paid else drawn + saved)
        self.kept["commitment"] += drawn
        total = drawn + cents((amount - drawn) * Fraction(terms["overage"]["factor"]))
        if terms["shortfall"] == "billed_at_end" and (not is_term or self.is_last()):
            total += left - drawn
        return total

    def floor(self, amount):
        """Lift to the least, in users or in money."""
        terms = self.charge["floor"]
        price = Fraction(self.charge["price"]["unit_price"])
        is_term = terms.get("per") == "term"
        if "minimum_users" in terms:
            least = self.part(Fraction(terms["minimum_users"]), terms, Fraction(1))
            counts = isinstance(self.charge.get("included"), dict) and self.charge["included"].get(
                "counts_towards_floor"
            )
            there = self.beyond
            if counts and is_term:
                there += self.free
            elif counts:
                least = max(least - self.free, Fraction(0))
        else:
            least, there, price = self.part(Fraction(terms["minimum_amount"]), terms), amount, Fraction(1)
        so_far = self.kept["floor"] + there
        if is_term and not self.is_last():
            self.kept["floor"] = so_far
            return amount
        return amount + max(least - (so_far if is_term else there), Fraction(0)) * price

    def cap(self, amount):
        """Hold to the most, in users or in money."""
        terms = self.charge["cap"]
        is_users = "maximum_users" in terms
        most = self.part(
            Fraction(terms.get("maximum_users", terms.get("amount", 0))), terms, Fraction(1, 1 if is_users else 100)
        )
        if terms.get("per") == "term":
            most = max(most - self.kept["cap"], Fraction(0))
        there = self.beyond if is_users else amount
        self.kept["cap"] += min(there, most)
        price = Fraction(self.charge["price"]["unit_price"]) if is_users else Fraction(1)
        return amount - max(there - most, Fraction(0)) * price

    def credits(self, amount):
        """Grant, burn by priority, end and day of the grant, and let go what has ended."""
        for credit in self.charge["credits"]:
            day = {"each_cycle": self.first, "each_term": self.start}.get(credit["granted"])
            day = date.fromisoformat(credit["on"]) if day is None else day
            if self.first <= day < self.following:
                ends = {"cycle": self.following, "term": self.end}.get(str(credit["expires"]))
                ends = ends or min(day + timedelta(credit["expires"]["days"]), self.end)
                worth = self.part(Fraction(credit["amount"]), credit)
                self.lots.append([credit.get("priority", 1), ends, day, credit["name"], worth])
        for lot in sorted(self.lots, key=lambda lot: lot[:4]):
            burned = min(lot[4], amount)
            lot[4] -= burned
            amount -= burned
        for credit in self.charge["credits"]:
            if credit.get("rollover_most") is not None and not self.is_last():
                self.carry(credit["name"], Fraction(credit["rollover_most"]))
        self.lots = [lot for lot in self.lots if lot[1] > self.following]
        return amount

    def carry(self, name, most):
        """Carry the newest of what is left to the next month, up to the most."""
        for lot in sorted((lot for lot in self.lots if lot[3] == name), key=lambda lot: lot[2], reverse=True):
            lot[4] = min(lot[4], most)
            most -= lot[4]
            # Any day of the next month: what counts is that it lies before the month after that.
            lot[1] = min(date(self.following.year, self.following.month, 28) + timedelta(4), self.end)
            lot[1] = lot[1].replace(day=1) if lot[1] != self.end else lot[1]
