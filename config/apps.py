"""The app on top: it binds Celery to Django's settings as soon as those are loaded."""

from django.apps import AppConfig

from config.celery import app as celery_app


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Set-up"
    celery_app = celery_app
