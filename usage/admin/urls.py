"""Addresses of the desk's own pages of `usage`; lists of records are the admin site's."""

from django.urls import path

from ground.desk import desk_view
from usage.admin import decide, lines, quarantine

app_name = "desk_usage"

urlpatterns = [
    path("lines/", desk_view(lines.lines), name="lines"),
    path("decide/", desk_view(decide.to_decide), name="to_decide"),
    path("decide/<str:report>/", desk_view(decide.decide), name="decide"),
    path("quarantine/", desk_view(quarantine.waiting), name="waiting"),
    path("quarantine/<str:report>/", desk_view(quarantine.quarantine), name="quarantine"),
    path("quarantine/<str:report>/tables/", desk_view(quarantine.tables), name="tables"),
    path("quarantine/<str:report>/make/", desk_view(quarantine.make_table), name="make_table"),
    path("quarantine/<str:report>/waive/", desk_view(quarantine.waive), name="waive"),
]
