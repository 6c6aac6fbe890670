"""Who calls: the value that a key becomes once it was checked."""

from dataclasses import dataclass

from ground.actor import Actor


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The program behind a request. `customer_id` is None for the vendor's own keys."""

    key_id: int
    prefix: str
    actor: Actor
    scopes: frozenset[str]
    customer_id: int | None = None
    instance_id: int | None = None
