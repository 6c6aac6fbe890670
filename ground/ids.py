"""Identifiers that appear in addresses."""

import secrets


def new_public_id() -> str:
    """Return 128 random bits as 22 characters that are safe in a URL. Never derived from a number or a name."""
    return secrets.token_urlsafe(16)
