"""A story on the standing cast, in a database of its own where it may commit."""

import pytest

from tests.billing.story import Story, per_user, story_of, terms_json
from tests.cast import House


@pytest.fixture
def story(committed_house: House) -> Story:
    """Contract A: EUR 29.00 up to 500 users, then 25.00, and a floor of 400 users."""
    return story_of(committed_house)


@pytest.fixture
def plain_story(committed_house: House) -> Story:
    """A contract of EUR 29.00 per user, without a floor."""
    return story_of(committed_house, terms=terms_json(charges=per_user("29.00")))
