"""Real workers and brokers for months that are cut off, and a story that fails in between."""

from tests.billing.conftest import plain_story
from tests.workers import broker, start, worker_environment

__all__ = ["broker", "plain_story", "start", "worker_environment"]
