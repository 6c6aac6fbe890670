"""Several operations as one: all of them happen, or none does.

An operation opens a transaction of its own, durable, so that nothing can hide it in a larger one by accident. An import
is the exception that is meant: inside `together` the operations that ask `own_transaction` become steps of its one
transaction.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction

_inside: ContextVar[bool] = ContextVar("inside_together", default=False)


@contextmanager
def together() -> Iterator[None]:
    """Make one transaction of the operations in the block; what leaves it by an exception takes all of them back."""
    with transaction.atomic(durable=True):
        before = _inside.set(True)
        try:
            yield
        finally:
            _inside.reset(before)


def own_transaction() -> AbstractContextManager[Any]:
    """Return the transaction of one operation: durable, or a step of the block that it stands in."""
    found: AbstractContextManager[Any] = transaction.atomic(durable=not _inside.get())
    return found
