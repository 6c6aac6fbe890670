"""The portal's settings with the test's own work."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as PORTAL_APPS

INSTALLED_APPS = [*PORTAL_APPS, "tests.ground.labour"]
