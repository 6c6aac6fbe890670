"""How often one key may ask. Counted in each web process by itself: the limit keeps one program from taking all."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from ground.api.caller import Caller


class PerKey(SimpleRateThrottle):
    """At most API_REQUESTS_PER_MINUTE requests of one key in a minute."""

    scope = "key"

    def get_rate(self) -> str:
        return f"{settings.API_REQUESTS_PER_MINUTE}/min"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Return the key's own counter; who has no key is refused before he is counted."""
        caller = request.auth
        return f"api-requests-{caller.prefix}" if isinstance(caller, Caller) else None
