"""Plans: what is counted, what it costs in every plan, and which price lists contracts may start from."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.admin.starts import PLAIN, dated
from billing.admin.terms_editor import Editor, sent_editor
from billing.cost_curves import drawn_curve, most_users_of
from billing.terms_form import draw, edit, read_form
from ground import clock
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.sign_in.step_up import step_up
from licenses.models import ContractVersion, Plan, PlanMetric, PlanVersion
from licenses.operations.define_plan_metric import define_plan_metric
from licenses.operations.draft_plan_version import draft_plan_version
from licenses.operations.publish_plan_version import PublishedAlready, publish_plan_version
from licenses.queries import plans
from rollcall.terms.contract import ContractTerms
from rollcall.terms.fields import Fields, TermsRefused
from rollcall.terms.metrics import read_metric
from rollcall.terms.outline import Group, Named, Question, outline


@dataclass(frozen=True, kw_only=True)
class Column:
    """One plan as it stands: its newest version, the published one, and who is on it."""

    plan: Plan
    newest: PlanVersion | None
    published: PlanVersion | None
    contracts: int

    def price_of(self, key: str) -> list[str]:
        """Return what the plan bills for a metric, in words; nothing where it does not bill it."""
        shown = self.published or self.newest
        if shown is None:
            return []
        terms = ContractTerms.from_json(shown.terms)
        return [
            charge.price.words(terms.currency, terms.noun_of(name))
            for name, charge in terms.charges.items()
            if charge.metric == key
        ]


@require_GET
def plans_page(request: HttpRequest) -> HttpResponseBase:
    """Show every metric with its price in every plan."""
    columns = [_column(plan) for plan in plans()]
    metrics = list(PlanMetric.objects.all())
    context: dict[str, Any] = {
        "columns": columns,
        "metrics": [
            (one, metric_words(one), [(column, column.price_of(one.key)) for column in columns]) for one in metrics
        ],
    }
    return desk_page(request, "desk/plans/plans.html", context, title="Plans")


def _column(plan: Plan) -> Column:
    versions = sorted(plan.versions.all(), key=lambda version: version.number)
    published = [version for version in versions if version.is_published]
    on_it = ContractVersion.objects.filter(plan_version__plan=plan).values("contract").distinct().count()
    return Column(
        plan=plan,
        newest=versions[-1] if versions else None,
        published=published[-1] if published else None,
        contracts=on_it,
    )


def metric_words(row: PlanMetric) -> str:
    """Say what a metric counts; its zone is that of the contract."""
    return read_metric(
        Fields.of(row.metric, row.key), str(row.metric.get("definition", {}).get("timezone", "UTC"))
    ).words()


def _metric_outline() -> Group:
    """Return the questions of one metric, from the outline of a contract."""
    metrics = next(question for question in outline().questions if question.key == "metrics")
    if not isinstance(metrics.shape, Named):
        raise TypeError("Metrics are named objects.")
    one = Question(
        key="metric", label="What is counted", help="", shape=metrics.shape.of, is_optional=False, may_be_null=False
    )
    return Group(questions=(one,))


@require_http_methods(["GET", "POST"])
def new_metric(request: HttpRequest) -> HttpResponseBase:
    """Define something that plans will price."""
    key, refused, errors = request.POST.get("key", "").strip(), None, ""
    document: dict[str, Any] = {"metric": {"kind": "active_users", "definition": {"actions": ["login"]}}}
    if request.method == "POST":
        try:
            document = edit(
                document=read_form(outline=_metric_outline(), data=request.POST), command=request.POST.get("do", "")
            )
            if request.POST.get("do") == "define":
                define_plan_metric(actor=actor_of(request), key=key, metric=document["metric"])
                messages.success(request, f"{key} is defined. Price it in a plan.")
                return redirect("desk:plans")
        except TermsRefused as said:
            at, _, rest = said.path.partition(f"metrics.{key}")
            if at or rest:
                refused = TermsRefused(f"metric{rest}", said.sentence)
            errors = said.sentence if refused is None or not rest else ""
        except ValidationError as said:
            errors = " ".join(said.messages)
    context = {
        "key": key,
        "key_error": errors,
        "form": draw(outline=_metric_outline(), document=document, refused=[refused] if refused else []),
        "look": request.path,
    }
    status = 422 if request.method == "POST" and request.POST.get("do") == "define" else 200
    return desk_page(request, "desk/plans/metric.html", context, title="New metric", status=status)


@require_http_methods(["GET", "POST"])
def new_plan(request: HttpRequest) -> HttpResponseBase:
    """Write a plan down, beginning with the metrics that were chosen."""
    name, error = request.POST.get("name", "").strip(), ""
    if request.method == "POST":
        editor = sent_editor(request)
        if request.POST.get("do") == "save" and editor.terms is not None:
            try:
                version = draft_plan_version(actor=actor_of(request), terms=editor.document, name=name)
            except ValidationError as said:
                error = " ".join(said.messages)
            else:
                messages.success(
                    request, f"{version.plan.name} is a draft. Publish it when contracts may start from it."
                )
                return redirect("desk:plan", version.plan.public_id)
    else:
        editor = Editor(document=_first_terms(request.GET.getlist("metric")))
    context = {
        "editor": editor,
        "look": request.path,
        "name": name,
        "name_error": error,
        "plan": None,
        "metrics": PlanMetric.objects.all(),
    }
    status = 422 if request.method == "POST" and request.POST.get("do") == "save" else 200
    return desk_page(request, "desk/plans/edit.html", context, title="New plan", status=status)


def _first_terms(keys: list[str]) -> dict[str, Any]:
    """Return plain terms in which every chosen metric is counted and has a price of its own."""
    terms = dated(PLAIN, clock.today("UTC"))
    chosen = {row.key: row.metric for row in PlanMetric.objects.filter(key__in=keys)}
    if chosen:
        price = PLAIN["charges"]["users"]["price"]
        terms["metrics"] = chosen
        terms["charges"] = {key: {"metric": key, "price": dict(price)} for key in chosen}
    return terms


def plan_or_404(public_id: str) -> Plan:
    found = plans().filter(public_id=public_id).first()
    if found is None:
        raise Http404("There is no such plan.")
    return found


@require_http_methods(["GET", "POST"])
def plan_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show one plan with its versions; write the draft of the next one."""
    plan = plan_or_404(public_id)
    versions = list(plan.versions.order_by("-number"))
    newest = versions[0] if versions else None
    if request.method == "POST":
        editor = sent_editor(request)
        if request.POST.get("do") == "save" and editor.terms is not None:
            version = draft_plan_version(actor=actor_of(request), terms=editor.document, plan=plan)
            messages.success(request, f"Version {version.number} of {plan.name} is a draft.")
            return redirect("desk:plan", public_id)
    else:
        editor = Editor(document=newest.terms if newest else dated(PLAIN, clock.today("UTC")))
    shown = next((version for version in versions if version.is_published), None)
    terms = ContractTerms.from_json(shown.terms) if shown else None
    context: dict[str, Any] = {
        "plan": plan,
        "versions": versions,
        "draft": newest if newest is not None and not newest.is_published else None,
        "published": shown,
        "sentences": terms.sentences() if terms else [],
        "drawn": drawn_curve(terms=terms, most_users=most_users_of(terms), accounts=None) if terms and shown else None,
        "on_it": ContractVersion.objects.filter(plan_version__plan=plan).select_related(
            "contract__customer", "plan_version"
        ),
        "editor": editor,
        "look": request.path,
    }
    status = 422 if request.method == "POST" and request.POST.get("do") == "save" else 200
    return desk_page(request, "desk/plans/plan.html", context, title=plan.name, status=status)


@step_up("A published price list stands for good, and contracts start from it.")
@require_POST
def publish(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Publish the draft of a plan: it never changes again."""
    plan = plan_or_404(public_id)
    draft = plan.versions.filter(published_at__isnull=True).order_by("number").last()
    if draft is None:
        messages.error(request, f"{plan.name} has no draft to publish.")
        return redirect("desk:plan", public_id)
    try:
        version = publish_plan_version(actor=actor_of(request), version=draft, now=clock.now())
    except PublishedAlready as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Version {version.number} of {plan.name} is published; contracts may start from it.")
    return redirect("desk:plan", public_id)
