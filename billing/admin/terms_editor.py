"""The editor of terms: the form, the same terms as JSON, and beside them what they say and what they cost.

It stands on the page of a new contract, of an amendment and of a plan. Every button of it sends the whole form and the
page is drawn anew, so that it works without scripts; with them the parts that changed are put in place.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

from django.http import HttpRequest, QueryDict

from billing.terms_form import Node, draw, edit, read_form
from ground.presentation import format as written
from ground.presentation.charts import Limit, LineChart, curve_chart
from rollcall.rating.cost_curve import ONE, CostCurve, CostPoint, cost_curve, whole_numbers
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import TermsRefused
from rollcall.terms.outline import outline

AT_LEAST_USERS = 100
MOST_USERS = 1_000_000
ROWS_OF_TABLE = 14


@dataclass(frozen=True, kw_only=True)
class CurveRow:
    """One row of the table under the curve."""

    point: CostPoint
    against_seats: Decimal | None
    is_fall: bool


@dataclass(kw_only=True)
class DrawnCurve:
    """The curve of some terms as a page shows it."""

    curve: CostCurve
    currency: str
    marked_users: int | None = None

    @property
    def chart(self) -> LineChart:
        points = [(point.users, int(point.net_amount)) for point in self.curve.points]
        limits = []
        seats = self.curve.seats
        if seats is not None:
            words = f"every one of {written.number(seats.users)} accounts billed: {self.money(seats.net_amount)}"
            limits.append(Limit(words=words, value=int(seats.net_amount), kind="other"))
        return curve_chart(points, limits=limits)

    @property
    def summary(self) -> str:
        """Say for a screen reader what the chart shows."""
        said = [f"{written.number(row.point.users)} users cost {self.money(row.point.net_amount)}" for row in self.rows]
        return "Cost before tax of one period by users: " + "; ".join(said)

    @property
    def message(self) -> str:
        """The title of the chart: what the comparison says in one sentence."""
        first, last = self.curve.points[0], self.curve.points[-1]
        return (
            f"{self.money(first.net_amount)} without any user, {self.money(last.net_amount)} "
            f"with {written.number(last.users)}."
        )

    @property
    def rows(self) -> list[CurveRow]:
        """The points where the slope changes, thinned out to a table that can be read."""
        fallen = {fall.after.users for fall in self.curve.falls}
        return [
            CurveRow(point=point, against_seats=self.curve.against_seats(point), is_fall=point.users in fallen)
            for point in telling_points(self.curve.points)
        ]

    def money(self, amount: Decimal) -> str:
        return f"{written.amount(amount, self.currency)} {self.currency}"


def telling_points(points: tuple[CostPoint, ...]) -> list[CostPoint]:
    """Return the first, the last, those where the price of one more user changes, and some between them."""
    kept = {0, len(points) - 1}
    slopes = [
        (after.net_amount - before.net_amount) / (after.users - before.users) for before, after in pairwise(points)
    ]
    turns = [place for place in range(1, len(points) - 1) if slopes[place] != slopes[place - 1]]
    kept |= set(turns[:ROWS_OF_TABLE])
    step = max(1, (len(points) - 1) // 8)
    for place in range(0, len(points), step):
        if len(kept) < ROWS_OF_TABLE:
            kept.add(place)
    return [points[place] for place in sorted(kept)]


@dataclass(kw_only=True)
class Editor:
    """Some terms while they are written. `terms` is None while the engine refuses them, and `refused` says why."""

    document: dict[str, Any]
    terms: ContractTerms | None = None
    refused: TermsRefused | None = None
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

    @cached_property
    def form(self) -> Node:
        return draw(outline=outline(), document=self.document, refused=self.refused)

    @property
    def refused_at(self) -> Node | None:
        """The field at which the sentence of the refusal stands."""
        return next((node for node in self.form.walk() if node.error), None)

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
            cost_curve(terms=self.terms, most_users=1, units_each=self.units_each)
        except TermsRefused as refused:
            return str(refused)
        return ""


JSON_FIELD = "(json)"
_UNITS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")


def most_users_of(terms: ContractTerms) -> int:
    """Return how far the curve of some terms goes: to twice the last edge that they have."""
    edges = [number for number in whole_numbers(terms.shortest_form().get("charges")) if number < MOST_USERS // 2]
    return max(AT_LEAST_USERS, 2 * max(edges, default=0))


def drawn_curve(
    *, terms: ContractTerms, most_users: int, accounts: int | None, units_each: Decimal = ONE
) -> DrawnCurve | None:
    """Return the curve of terms, or None for terms that users alone do not rate."""
    try:
        found = cost_curve(terms=terms, most_users=most_users, accounts=accounts, units_each=units_each)
    except TermsRefused:
        return None
    return DrawnCurve(curve=found, currency=terms.currency)


def sent_editor(request: HttpRequest, *, known_accounts: int | None = None) -> Editor:
    """Return the editor as the person sent it, after the button that was pressed."""
    data = request.POST
    said = {key: data.get(key, "").strip() for key in ("curve.most", "curve.accounts", "curve.units")}
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
        document = json.loads(text)
        problem = "" if isinstance(document, dict) else 'terms are one object, as in {"currency": "EUR", ...}.'
    except json.JSONDecodeError as error:
        problem = f"line {error.lineno}, column {error.colno}: {error.msg}."
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
        found = json.loads(data.get("before", ""))
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(text: str) -> int | None:
    digits = text.replace(",", "").replace(" ", "")
    return min(int(digits), MOST_USERS) if digits.isascii() and digits.isdigit() and int(digits) else None


__all__ = ["DrawnCurve", "Editor", "drawn_curve", "most_users_of", "sent_editor"]
