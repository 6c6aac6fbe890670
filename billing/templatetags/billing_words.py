"""Words of billing in templates: the steps of a bill, the reasons not to count a person."""

from django import template

STEP_NAMES = {
    "included": "Included users",
    "price": "Price",
    "discount": "Discount",
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

register = template.Library()


@register.filter
def step_name(step: str) -> str:
    """Return the name of a step as the customer reads it."""
    return STEP_NAMES.get(step, step)


@register.filter
def why_not(code: str) -> str:
    """Return the heading of a reason not to count a person."""
    return NOT_COUNTED.get(code, code)
