"""The tables of background work and of requests that may be repeated."""

from ground.models.job import Job
from ground.models.requests import AnsweredRequest

__all__ = ["AnsweredRequest", "Job"]
