"""Handlers for tests: each leaves a line per run, and one keyed effect however often it runs."""

import os
import time
from pathlib import Path
from typing import Any

from ground.jobs import JobContext, JobRefused, job


def _note(context: JobContext, words: str) -> None:
    """Append one line; a line shorter than a page is written whole even by several processes."""
    with Path(context.args["notes"]).open("a") as file:
        file.write(f"{context.args.get('name', '')} {words} {os.getpid()}\n")


@job("labour.write_once")
def write_once(context: JobContext) -> dict[str, Any]:
    """Make one file per name. The second run finds it and leaves it."""
    _note(context, "began")
    time.sleep(context.args.get("seconds", 0))
    path = Path(context.args["folder"]) / context.args["name"]
    try:
        with path.open("x") as file:
            file.write("done")
    except FileExistsError:
        return {"made": False}
    _note(context, "made")
    return {"made": True}


@job("labour.fail", max_attempts=3)
def fail(context: JobContext) -> None:
    _note(context, "failed")
    raise RuntimeError("the disk is full")


@job("labour.refuse")
def refuse(context: JobContext) -> None:
    raise JobRefused("This file is not a usage export.")


@job("labour.steps")
def steps(context: JobContext) -> dict[str, Any]:
    """Take small steps and tell about each, so that it can be watched and cancelled."""
    total = context.args["steps"]
    for done in range(1, total + 1):
        time.sleep(0.05)
        context.progress(done, total, f"step {done} of {total}")
    return {"steps": total}
