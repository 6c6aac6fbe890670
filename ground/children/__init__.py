"""Starting child processes from a warm one, which has imported already what its children need.

Owns: how a child begins warm, and how its end is told. Does not own: the cold way (`rollcall.intake.start`), what a
child may do (`rollcall.intake.child`), what it is asked and what it answers.
Invariants: a child has an empty environment, a session of its own and the three standard streams that it was given, and
no other file; it begins from a process that never saw a request, so no child can know anything of another. Whoever
started a child ends it through its process id; a warm process ends with the last process that may ask it, and its
children end with it. Nothing here imports Django: the warm process has the engine alone.
"""

from ground.children.warm import WarmStarter

__all__ = ["WarmStarter"]
