"""The price models, one per file; this folder is the registry.

Owns: reading a price from terms, and every model's parameters, refusals, arithmetic and words; ladders of free credit
too, which are read by `read_ladder` and price no charge.
Does not own: limits, rounding or lines of a bill. A new model is a new file here with its `@price_model` name, and a
test; nothing else changes.
Invariants: the parts of a price that are not flat add up to what was priced, no part has a negative price, and nothing
is rounded here.
"""

from __future__ import annotations

import importlib
import pkgutil

from rollcall.terms.conversion import Conversion, Converted
from rollcall.terms.fields import Fields, one_of
from rollcall.terms.priced import LADDERS, MODELS, PricedQuantity, PriceModel, model_name, price_model, total_of

for _file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_file.name}")


def read_price(fields: Fields, currency: str) -> PriceModel:
    """Read a price by the name of its model, with the conversion of the quantity before it. Raises TermsRefused."""
    name = fields.text("model")
    if name in LADDERS:
        raise fields.refuse("model", f'"{name}" says how much credit is given; it is the ladder of a credit, no price.')
    if name not in MODELS:
        raise fields.refuse("model", f'"{name}" is not a known price model; use {one_of(sorted(MODELS))}.')
    conversion = Conversion.from_fields(fields.inner("convert")) if fields.has("convert") else None
    price = MODELS[name].from_fields(fields, currency)
    fields.nothing_else(f'a price of the model "{name}"')
    if conversion is None:
        return price
    if price.needs_events or not price.needs_quantity:
        raise fields.refuse("convert", f'is for a quantity; the model "{name}" does not price one.')
    return Converted(conversion=conversion, of=price)


def read_ladder(fields: Fields, currency: str) -> PriceModel:
    """Read how much credit is given for a quantity; its price() is the credit. Raises TermsRefused."""
    name = fields.text("model")
    if name not in LADDERS:
        raise fields.refuse("model", f'"{name}" is not a known ladder of credit; use {one_of(sorted(LADDERS))}.')
    ladder = LADDERS[name].from_fields(fields, currency)
    fields.nothing_else(f'a ladder of the model "{name}"')
    return ladder


def write_price(price: PriceModel) -> dict[str, object]:
    """Return the price, or the ladder, as terms write it."""
    if isinstance(price, Converted):
        return {**write_price(price.of), "convert": price.conversion.to_json()}
    return {"model": model_name(price), **price.to_json()}


__all__ = [
    "LADDERS",
    "MODELS",
    "PriceModel",
    "PricedQuantity",
    "model_name",
    "price_model",
    "read_ladder",
    "read_price",
    "total_of",
    "write_price",
]
