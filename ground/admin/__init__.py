"""The desk's pages of `ground`: background jobs. Looking only; cancelling is an operation of its own page."""

from ground.admin.jobs import JobAdmin

__all__ = ["JobAdmin"]
