"""Named points at which a test may kill, stop or fail a process. Without an armed test they do nothing.

A child process is armed through the environment variable ROLLCALL_FAULT: "name:pass:action" with action
kill, raise or sleep=SECONDS; "pass" is the number of the visit at which it happens, 1 = first.
"""

import os
import signal
import time
from collections import Counter
from dataclasses import dataclass


class InjectedFault(Exception):
    """A test asked for a failure at this point."""


@dataclass(frozen=True, kw_only=True)
class ArmedFault:
    """What to do at the n-th visit of a point."""

    name: str
    visit: int
    action: str


_armed: list[ArmedFault] = []
_visits: Counter[str] = Counter()


def arm(name: str, *, visit: int = 1, action: str = "raise") -> None:
    """Arm a point in this process: action is "kill", "raise" or "sleep=SECONDS"."""
    if action not in {"kill", "raise"} and not action.startswith("sleep="):
        raise ValueError(f"{action!r} is not an action of a fault.")
    _armed.append(ArmedFault(name=name, visit=visit, action=action))


def disarm() -> None:
    """Forget all armed points and visits."""
    _armed.clear()
    _visits.clear()


def visits() -> dict[str, int]:
    """Return how often each point was passed since the last `disarm`; counted only while something is armed."""
    return dict(_visits)


def fault_point(name: str) -> None:
    """Pass a named point. Does nothing unless a test armed a fault."""
    if not _armed:
        return
    _visits[name] += 1
    for fault in _armed:
        if fault.name == name and fault.visit == _visits[name]:
            _act(fault)


def _act(fault: ArmedFault) -> None:
    if fault.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault.action == "raise":
        raise InjectedFault(f"A test failed the point {fault.name} on purpose.")
    else:
        time.sleep(float(fault.action.removeprefix("sleep=")))


def _arm_from_environment() -> None:
    for text in filter(None, os.environ.get("ROLLCALL_FAULT", "").split(",")):
        name, visit, action = text.split(":")
        arm(name, visit=int(visit), action=action)


_arm_from_environment()
