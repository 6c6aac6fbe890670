"""What a quantity is a number of, in words."""

from decimal import Decimal

import pytest

from rollcall.terms.nouns import ACTIVE_USERS, REPORTED_USERS, SEATS


@pytest.mark.parametrize(
    ("noun", "full", "short", "numbered", "one"),
    [
        (ACTIVE_USERS, "1,137 active users", "1,137 users", "active users 501 to 1,137", "an active one"),
        (REPORTED_USERS, "1,137 reported users", "1,137 users", "reported users 501 to 1,137", "a reported one"),
        (SEATS, "1,137 seats", "1,137 seats", "seats 501 to 1,137", "any other"),
    ],
)
def test_a_quantity_is_said_with_its_noun(noun, full, short, numbered, one):
    assert noun.of(1137) == full
    assert noun.short_of(Decimal("1137.00")) == short
    assert noun.numbered(Decimal(501), Decimal(1137)) == numbered
    assert noun.counted_one == one


def test_one_is_said_in_the_singular():
    assert (ACTIVE_USERS.of(1), ACTIVE_USERS.short_of(1)) == ("1 active user", "1 user")
    assert ACTIVE_USERS.numbered(Decimal(51), Decimal(51)) == "active user 51"
