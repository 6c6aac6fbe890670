"""Real workers and brokers for months that are cut off."""

from tests.workers import broker, start, worker_environment

__all__ = ["broker", "start", "worker_environment"]
