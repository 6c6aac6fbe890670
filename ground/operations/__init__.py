"""Writes of background work, one verb per file.

Owns: every change of a Job row. Leases and due times are read from the database's clock, so the demo's clock and
hosts whose clocks differ change nothing here.
"""

from ground.operations.cancel_job import cancel_job
from ground.operations.enqueue_job import enqueue_job
from ground.operations.run_job import run_job
from ground.operations.run_next_job import run_next_job
from ground.operations.sweep_jobs import sweep_jobs

__all__ = ["cancel_job", "enqueue_job", "run_job", "run_next_job", "sweep_jobs"]
