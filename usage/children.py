"""The warm processes from which this process starts its children: one that only looks at files, one with the engine.

They are kept apart because a look at hostile bytes has so little address space that DuckDB would not fit into it.
"""

from ground.children import WarmStarter

LOOK = WarmStarter("rollcall.intake.sniff_child", "rollcall.intake.events_child", "rollcall.signing.check_child")
ENGINE = WarmStarter(
    "rollcall.intake.read_child",
    "rollcall.intake.clean.read",
    "rollcall.counting.columnar",
    "rollcall.evidence.verify",
)
