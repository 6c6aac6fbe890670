"""Every kind of difference: the files of this folder that hold a `CODE`. The folder is the registry."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import billing.differences
from billing.differences.found import Found
from billing.models import Difference
from billing.period_facts import PeriodFacts

Find = Callable[[PeriodFacts], Iterable[Found]]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of difference. `gone` says what is true once it is not found any more."""

    code: Difference.Code
    find: Find
    gone: str


def _found() -> dict[str, Kind]:
    modules = (
        importlib.import_module(f"{billing.differences.__name__}.{file.name}")
        for file in pkgutil.iter_modules(billing.differences.__path__)
        if file.name != "registry"
    )
    kinds = (
        Kind(code=module.CODE, find=module.find, gone=module.GONE) for module in modules if hasattr(module, "CODE")
    )
    return {str(kind.code): kind for kind in kinds}


KINDS = _found()
