from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.backends.signals import connection_created

from ground.database.roles import refuse_powerful_role
from ground.sign_in import checks
from ground.sign_in.session_times import begin_session

__all__ = ["GroundConfig", "checks"]


class GroundConfig(AppConfig):
    name = "ground"
    verbose_name = "Ground"

    def ready(self) -> None:
        connection_created.connect(refuse_powerful_role, dispatch_uid="ground.refuse_powerful_role")
        user_logged_in.connect(begin_session, dispatch_uid="ground.begin_session")
