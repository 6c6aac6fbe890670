"""People who log in."""

from django.contrib import admin
from unfold.decorators import display

from ground.desk import RecordAdmin, RecordInline
from licenses.models import Membership, User


class MembershipsOfPerson(RecordInline):
    """The customers for which the person may act."""

    model = Membership
    fields = ("customer", "role", "created_at")
    readonly_fields = fields
    verbose_name_plural = "Member of"


@admin.register(User)
class UserAdmin(RecordAdmin):
    """The vendor's people and the customers' people; never their passwords."""

    list_display = ("email", "full_name", "works_as", "is_active", "last_login")
    list_filter = ("vendor_role", "is_active")
    search_fields = ("^email", "^full_name")
    fields = (("email", "full_name"), ("vendor_role", "is_active"), ("joined_at", "last_login"))
    inlines = (MembershipsOfPerson,)

    @display(description="Works as")
    def works_as(self, person: User) -> str:
        return person.get_vendor_role_display() if person.vendor_role else "customer"
