"""Who acts: the one value that operations check and queries scope by."""

from dataclasses import dataclass, field

VENDOR_ROLES = ("finance", "account_manager", "admin")


class NotAllowed(Exception):
    """The actor may not do this. The message is shown to the person."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A person or a process of our own. `vendor_role` is empty for customers' people; `customer_ids` is for them."""

    user_id: int | None
    name: str
    vendor_role: str = ""
    customer_ids: frozenset[int] = field(default_factory=frozenset)
    is_system: bool = False

    def __post_init__(self) -> None:
        if self.vendor_role and self.vendor_role not in VENDOR_ROLES:
            raise ValueError(f"{self.vendor_role!r} is not a vendor role.")

    @classmethod
    def system(cls, name: str) -> "Actor":
        """Return the actor of a process of our own, such as "worker" or "demo"."""
        return cls(user_id=None, name=name, is_system=True)

    @property
    def is_vendor(self) -> bool:
        """True for the vendor's people and our own processes: they see every customer."""
        return self.is_system or bool(self.vendor_role)

    def may_see(self, customer_id: int) -> bool:
        return self.is_vendor or customer_id in self.customer_ids

    def require_customer(self, customer_id: int) -> None:
        """Raise NotAllowed unless the actor may act for this customer."""
        if not self.may_see(customer_id):
            raise NotAllowed(f"{self.name} does not belong to this customer.")

    def require_vendor(self, *roles: str) -> None:
        """Raise NotAllowed unless the actor is the vendor's, in one of the roles when roles are named."""
        if self.is_system or (self.vendor_role and (not roles or self.vendor_role in roles)):
            return
        wanted = " or ".join(role.replace("_", " ") for role in roles) or "the vendor's people"
        raise NotAllowed(f"{self.name} may not do this; it takes {wanted}.")

    def __str__(self) -> str:
        return self.name
