"""People who log in."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from ground.desk import RecordAdmin, RecordInline
from ground.sign_in.proof import has_factor
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
    fields = (("email", "full_name"), ("vendor_role", "is_active"), ("joined_at", "last_login"), "second_factor")
    readonly_fields = ("second_factor",)
    inlines = (MembershipsOfPerson,)

    @display(description="Works as")
    def works_as(self, person: User) -> str:
        return person.get_vendor_role_display() if person.vendor_role else "customer"

    @display(description="Second factor")
    def second_factor(self, person: User) -> str:
        word = "set up" if has_factor(person) else "none"
        return format_html('{} (<a href="{}">look</a>)', word, reverse("desk_people:second_factor", args=[person.pk]))
