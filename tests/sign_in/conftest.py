"""Every test of signing in begins without the tries of the one before."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def no_tries_yet() -> Iterator[None]:
    """Rate limits and used codes lie in the cache of the process, which no test's transaction rolls back."""
    cache.clear()
    yield
    cache.clear()
