"""Words of billing in templates: the steps of a bill, the reasons not to count a person."""

from django import template

STEP_NAMES = {
    "included": "Included users",
    "price": "Price",
    "discount": "Discount",
    "estimate": "Estimate for missing days",
    "missing_days": "Missing days",
    "floor": "Floor",
    "cap": "Cap",
    "credits": "Credits",
    "true_up": "True-up",
}
NOT_COUNTED = {
    "no_qualifying_action": "Did nothing that counts",
    "below_min_events": "Too few actions",
    "below_min_days": "Too few active days",
    "excluded": "Left out by the contract",
}
# Categories of EN 16931 in which no tax is on the invoice.
NO_TAX = {
    "AE": "No tax, reverse charge: the recipient owes it",
    "E": "No tax, exempt",
    "G": "No tax, export",
    "K": "No tax, supply within the European Union",
    "O": "No tax, not subject to it",
    "Z": "Zero rate",
}
WHY_NOT = {
    "no_qualifying_action": "seen, but with no action that the contract names",
    "below_min_events": "fewer actions than the contract asks for",
    "below_min_days": "active on fewer days than the contract asks for",
    "excluded": "matches a name that the contract never counts",
}

register = template.Library()


@register.filter
def step_name(step: str) -> str:
    """Return the name of a step as the customer reads it."""
    return STEP_NAMES.get(step, step)


@register.filter
def why_not(code: str) -> str:
    """Return the heading of a reason not to count a person."""
    return NOT_COUNTED.get(code, code)


@register.filter
def why_not_words(code: str) -> str:
    """Return the explanation of a reason not to count a person."""
    return WHY_NOT.get(code, "")


@register.filter
def no_tax_words(category: str) -> str:
    """Return why a line carries no tax, by its category."""
    return NO_TAX.get(category, "No tax")
