"""Addresses of the desk's pages of people; the list is the admin site's."""

from django.urls import path

from ground.desk import desk_view
from licenses.admin import second_factor

app_name = "desk_people"

urlpatterns = [
    path("people/<int:pk>/second-factor/", desk_view(second_factor.second_factor), name="second_factor"),
]
