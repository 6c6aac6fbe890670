"""Terms as a form: drawn from the outline of the engine's dataclasses, read back as TERMS.json, edited row by row.

Owns: how TERMS.json becomes fields and fields become TERMS.json, and the buttons that add and remove rows.
Does not own: what terms mean or refuse (`rollcall.terms`), or any page.
Invariants: the name of a field is the path that a refusal of the engine names, so that its sentence stands at the
field; whatever terms hold is in the form, in JSON where no field fits, so that sending an untouched form gives the
same terms; no price model, limit or metric is named here.
"""

from billing.terms_form.drawn import Node, draw
from billing.terms_form.edits import edit
from billing.terms_form.sent import NotJson, read_form

__all__ = ["Node", "NotJson", "draw", "edit", "read_form"]
