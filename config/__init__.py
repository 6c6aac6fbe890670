"""Settings, addresses and start-up: what stands on top of all apps.

Owns: the declared environment, Django's settings, the URL map, Celery, wsgi/asgi, the launcher that starts the
private PostgreSQL and all processes, and the demo.
Does not own: any rule of the business.
Invariants: every setting that may differ between machines is declared once in `environment.py`; no secret has a
default outside development; web, worker and tests never connect as a superuser.
"""
