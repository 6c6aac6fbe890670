"""Entry of an ASGI server."""

import os

from django.core.asgi import get_asgi_application

from ground.database.roles import refuse_to_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
refuse_to_start()
