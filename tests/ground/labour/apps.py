from django.apps import AppConfig


class LabourConfig(AppConfig):
    name = "tests.ground.labour"
    label = "labour"
