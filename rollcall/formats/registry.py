"""The named formats: every file of this folder that holds a `PROFILE`. The folder is the registry.

Beside them, in `samples/`, lies the beginning of one export of each format, as a person would recognize it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from importlib.resources import files

import rollcall.formats
from rollcall.formats.profile import Look, Profile, Refusal


def _found() -> dict[str, Profile]:
    modules = (
        importlib.import_module(f"{rollcall.formats.__name__}.{file.name}")
        for file in pkgutil.iter_modules(rollcall.formats.__path__)
        if file.name != "registry"
    )
    return {module.PROFILE.name: module.PROFILE for module in modules if hasattr(module, "PROFILE")}


PROFILES = _found()


def recognized(look: Look) -> Profile | None:
    """Return the one format that recognizes a file. Two that do are a fault of theirs, and the first by name is taken
    by nobody: the file is treated as one of no known format.
    """
    found = [profile for profile in PROFILES.values() if profile.recognizes(look)]
    return found[0] if len(found) == 1 else None


def refusal_of(look: Look) -> Refusal | None:
    """Return why a file that no format recognizes cannot be counted, where a format knows that, or None."""
    asked = (profile.refuses(look) for profile in PROFILES.values() if profile.refuses is not None)
    return next((said for said in asked if said is not None), None)


def help_of(profile: Profile) -> str:
    """Return the help text of a format: the docstring of its file."""
    return inspect.getdoc(inspect.getmodule(profile.parts)) or ""


def sample_of(profile: Profile) -> str:
    """Return the first records of an export of a format as text; of an archive, of the file in it that is counted."""
    samples = files(rollcall.formats) / "samples"
    (found,) = (file for file in samples.iterdir() if file.name.partition(".")[0] == profile.name)
    return found.read_text(encoding="utf-8")
