"""The two words of the setting SECOND_FACTOR."""

REQUIRED = "required"
OFFERED = "offered"
