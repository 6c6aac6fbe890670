"""The table of background work."""

from ground.models.job import Job

__all__ = ["Job"]
