"""The editor of terms: the form, the same terms as JSON, and beside them what they say and what they cost.

It stands on the page of a new contract, of an amendment and of a plan. Every button of it sends the whole form and the
page is drawn anew, so that it works without scripts; with them the parts that changed are put in place.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.http import HttpRequest, QueryDict

from billing.cost_curves import AT_LEAST_USERS, MOST_USERS, DrawnCurve, drawn_curve, lasting_terms, most_users_of
from billing.terms_form import Node, draw, edit, read_form
from rollcall.rating.cost_curve import ONE, cost_curve
from rollcall.strict_json import NotStrictJson, read_json
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.contract import ContractTerms
from rollcall.terms.each_clause import refused_beside
from rollcall.terms.fields import TermsRefused
from rollcall.terms.outline import outline


@dataclass(kw_only=True)
class Editor:
    """Some terms while they are written. `terms` is None while the engine refuses them, and `refused` says why.

    `beside` is what other clauses refuse as well, so that a person mends all of them at once.
    """

    document: dict[str, Any]
    terms: ContractTerms | None = None
    refused: TermsRefused | None = None
    beside: Sequence[TermsRefused] = ()
    json_text: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    known_accounts: int | None = None

    def __post_init__(self) -> None:
        self.json_text = self.json_text or json.dumps(self.document, indent=2, ensure_ascii=False)
        if self.refused is None:
            try:
                self.terms = ContractTerms.from_json(self.document)
            except TermsRefused as refused:
                self.refused = refused
                self.beside = refused_beside(self.document, refused)

    @cached_property
    def form(self) -> Node:
        return draw(outline=outline(), document=self.document, refused=self.every_refusal)

    @property
    def every_refusal(self) -> list[TermsRefused]:
        return [] if self.refused is None else [self.refused, *self.beside]

    @cached_property
    def refused_fields(self) -> list[Node]:
        """The fields at which sentences of refusals stand."""
        return [node for node in self.form.walk() if node.error]

    @property
    def refusals(self) -> list[tuple[TermsRefused, Node | None]]:
        """Each refusal with the field to go to, or with none where it is about the terms as a whole."""
        nearest = sorted((node for node in self.refused_fields if node.path), key=lambda node: -len(node.path))
        return [(one, next((node for node in nearest if node.holds(one.path)), None)) for one in self.every_refusal]

    @property
    def cured_fields(self) -> list[str]:
        """The ids of the fields at which a refusal stood before the last change, and none stands now."""
        now = {node.id for node in self.refused_fields}
        return [one for one in self.said.get("refused", "").split() if one not in now]

    @property
    def is_json_refused(self) -> bool:
        return self.refused is not None and self.refused.path == JSON_FIELD

    @property
    def sentences(self) -> list[str]:
        return self.terms.sentences() if self.terms else []

    @property
    def most_users(self) -> int:
        """How far the curve goes: as asked, else a little beyond the last edge of the terms."""
        asked = _number(self.said.get("curve.most", ""))
        return asked or (most_users_of(self.terms) if self.terms else AT_LEAST_USERS)

    @property
    def said_most(self) -> str:
        """How far the person asked the curve to go; empty where nobody asked."""
        return self.said.get("curve.most", "")

    @property
    def accounts(self) -> int | None:
        """The accounts that exist, which is what per-seat pricing would bill."""
        return _number(self.said.get("curve.accounts", "")) or self.known_accounts

    @property
    def adds_up_actions(self) -> bool:
        """Whether a charge bills quantities of actions, so that the curve must know how many each user has."""
        metrics = self.document.get("metrics")
        written = metrics.values() if isinstance(metrics, dict) else ()
        return any(isinstance(one, dict) and one.get("kind") == ActionMetric.kind for one in written)

    @property
    def units_each(self) -> Decimal:
        """How many units of an action each user has on the curve."""
        text = self.said.get("curve.units", "")
        return Decimal(text) if _UNITS.fullmatch(text) else ONE

    @cached_property
    def drawn_curve(self) -> DrawnCurve | None:
        if self.terms is None:
            return None
        return drawn_curve(
            terms=self.terms, most_users=self.most_users, accounts=self.accounts, units_each=self.units_each
        )

    @cached_property
    def curve_refused(self) -> str:
        """Why there is no curve: the engine cannot rate a period of these terms with users alone."""
        if self.terms is None:
            return ""
        try:
            cost_curve(terms=lasting_terms(self.terms)[0], most_users=1, units_each=self.units_each)
        except TermsRefused as refused:
            return str(refused)
        return ""


JSON_FIELD = "(json)"
_UNITS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


def sent_editor(request: HttpRequest, *, known_accounts: int | None = None) -> Editor:
    """Return the editor as the person sent it, after the button that was pressed."""
    data = request.POST
    said = {key: data.get(key, "").strip() for key in ("curve.most", "curve.accounts", "curve.units", "refused")}
    if data.get("do") == "json":
        return _from_json(data, said, known_accounts)
    try:
        document = read_form(outline=outline(), data=data)
    except TermsRefused as refused:
        return Editor(document=_kept(data), refused=refused, said=said, known_accounts=known_accounts)
    document = edit(document=document, command=data.get("do", ""))
    return Editor(document=document, said=said, known_accounts=known_accounts)


def _from_json(data: QueryDict, said: Mapping[str, str], known_accounts: int | None) -> Editor:
    """Take the JSON beside the form; while it cannot be read, the form keeps what it had."""
    text = data.get("json", "")
    try:
        document = read_json(text)
        problem = "" if isinstance(document, dict) else 'terms are one object, as in {"currency": "EUR", ...}.'
    except NotStrictJson as error:
        problem = str(error)
    if not problem:
        return Editor(document=document, said=said, known_accounts=known_accounts)
    refused = TermsRefused(JSON_FIELD, problem)
    return Editor(document=_kept(data), refused=refused, json_text=text, said=said, known_accounts=known_accounts)


def _kept(data: QueryDict) -> dict[str, Any]:
    """Return what the form says, or what it said before where a field of it cannot be read."""
    try:
        return read_form(outline=outline(), data=data)
    except TermsRefused:
        pass
    try:
        found = read_json(data.get("before", ""))
    except NotStrictJson:
        return {}
    return found if isinstance(found, dict) else {}


def _number(text: str) -> int | None:
    digits = text.replace(",", "").replace(" ", "")
    return min(int(digits), MOST_USERS) if digits.isascii() and digits.isdigit() and int(digits) else None
