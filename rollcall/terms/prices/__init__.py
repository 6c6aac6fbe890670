"""The price models, one per file; this folder is the registry.

Owns: reading a price from terms, and every model's parameters, refusals, arithmetic and words.
Does not own: limits, rounding or lines of a bill. A new model is a new file here with its `@price_model` name, and a
test; nothing else changes.
Invariants: the parts of a price add up to the users that were priced, no part has a negative price, and nothing is
rounded here.
"""

from __future__ import annotations

import importlib
import pkgutil

from rollcall.terms.fields import Fields, one_of
from rollcall.terms.priced import MODELS, PricedQuantity, PriceModel, model_name, price_model

for _file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_file.name}")


def read_price(fields: Fields, currency: str) -> PriceModel:
    """Read a price by the name of its model. Raises TermsRefused."""
    name = fields.text("model")
    if name not in MODELS:
        raise fields.refuse("model", f'"{name}" is not a known price model; use {one_of(sorted(MODELS))}.')
    price = MODELS[name].from_fields(fields, currency)
    fields.nothing_else(f'a price of the model "{name}"')
    return price


def write_price(price: PriceModel) -> dict[str, object]:
    """Return the price as terms write it."""
    return {"model": model_name(price), **price.to_json()}


__all__ = ["MODELS", "PriceModel", "PricedQuantity", "model_name", "price_model", "read_price", "write_price"]
