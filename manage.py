#!/usr/bin/env python
"""Django's command line. Commands that change the schema run as the owner role, everything else as the app role."""

import os
import sys

from django.core.management import execute_from_command_line

SCHEMA_COMMANDS = frozenset({"migrate", "sqlmigrate", "showmigrations"})


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(sys.argv) > 1 and sys.argv[1] in SCHEMA_COMMANDS and os.environ.get("DATABASE_OWNER_URL"):
        os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
