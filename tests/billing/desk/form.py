"""What a browser sends of a form of terms: every field as it stands, untouched."""

from django.http import QueryDict

from billing.terms_form.drawn import Node


def sent(root: Node, **changed: str) -> QueryDict:
    """Return the form as it is sent; `changed` are fields that the person filled in, with _ written for what is odd."""
    data = QueryDict(mutable=True)
    _send(root, data)
    return data


def _send(node: Node, data: QueryDict) -> None:
    if node.may_be_left_out and node.is_stated:
        data[f"{node.path}?"] = "on"
    if node.look in ("group", "named", "rows"):
        for child in node.children:
            if node.look == "named":
                data.appendlist(f"{node.path}{{}}", child.name)
                data[f"{child.path}#"] = child.name
            elif node.look == "rows":
                data.appendlist(f"{node.path}[]", child.name)
            _send(child, data)
    elif node.look == "several":
        data.setlist(node.path, list(node.chosen))
    elif node.look == "yes_no":
        if node.is_on:
            data[node.path] = "on"
    else:
        if node.is_json:
            data[f"{node.path}~"] = "json"
        data[node.path] = node.value
