from django.apps import AppConfig
from django.db.backends.signals import connection_created

from ground.database.roles import refuse_powerful_role


class GroundConfig(AppConfig):
    name = "ground"
    verbose_name = "Ground"

    def ready(self) -> None:
        connection_created.connect(refuse_powerful_role, dispatch_uid="ground.refuse_powerful_role")
