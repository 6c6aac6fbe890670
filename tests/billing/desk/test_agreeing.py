"""From a form to a contract in force, from there to an amendment; from a metric to a plan that contracts start from."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client

from billing.terms_form import draw
from ground.models import Job
from licenses.models import Contract, ContractVersion, Plan, PlanMetric, PlanVersion
from licenses.operations.add_contract_version import PlanNotPublished, add_contract_version
from licenses.operations.draft_plan_version import draft_plan_version
from licenses.queries import terms_of
from rollcall.terms.outline import outline
from tests.billing.desk.conftest import words
from tests.billing.desk.form import sent
from tests.cast import AGREED_AT, YEAR, House, terms_json

NEW = "/admin/contracts/new/"


def form(document: dict[str, Any], **more: str) -> str:
    """The body of a sent form: the terms, and what else the page asks for."""
    data: QueryDict = sent(draw(outline=outline(), document=document))
    for name, value in more.items():
        data[name] = value
    return data.urlencode()


def post(client: Client, address: str, document: dict[str, Any], **more: str) -> Any:
    return client.post(address, form(document, **more), content_type="application/x-www-form-urlencoded")


def paper(house: House, **more: str) -> dict[str, str]:
    return {"customer": house.customer_a.public_id, "number": "K-77", "product_name": "Atlas", **more}


def test_a_contract_is_agreed_from_the_form(committed_house: House, manager: Client) -> None:
    before = manager.get(NEW)
    assert "What these terms say" in words(before)
    answer = post(manager, NEW, terms_json(), **paper(committed_house, do="agree", instance="Hamburg-2"))
    assert answer.status_code == 302
    contract = Contract.objects.get(number="K-77")
    assert answer.headers["Location"] == f"/admin/contracts/{contract.public_id}/"
    version = contract.versions.get()
    assert (version.number, version.terms_digest) == (1, terms_of(version).digest())
    assert contract.account_manager == committed_house.account_manager.user
    assert contract.instances.get().name == "Hamburg-2"
    page = words(manager.get(answer.headers["Location"]))
    for sentence in terms_of(version).sentences():
        assert sentence in page
    assert "11,600.00" in page, "400 users are billed at least, at 29.00"


def test_what_is_missing_stands_at_its_field_and_nothing_is_written(committed_house: House, manager: Client) -> None:
    contracts = Contract.objects.count()
    bad = terms_json(timezone="Europe/Berln")
    answer = post(manager, NEW, bad, **paper(committed_house, number="K-2026-001", do="agree"))
    assert answer.status_code == 422
    page = words(answer)
    assert "There is a contract K-2026-001 already" in page
    assert "There is no time zone &#x27;Europe/Berln&#x27;" in page
    assert 'id="t-timezone-error"' in page
    assert Contract.objects.count() == contracts


@pytest.mark.parametrize("field", ["instance", "po_number"])
def test_what_only_the_database_refuses_stands_at_its_field_too_and_nothing_is_left(
    committed_house: House, manager: Client, field: str
) -> None:
    """The instance is stored last: before it, the contract and its version were."""
    before = Contract.objects.count(), ContractVersion.objects.count()
    answer = post(manager, NEW, terms_json(), **paper(committed_house, do="agree", **{field: "x" * 101}))
    assert answer.status_code == 422
    assert f'id="paper-{field}-error"' in words(answer)
    assert "at most 100 characters (it has 101)" in words(answer)
    assert (Contract.objects.count(), ContractVersion.objects.count()) == before
    assert post(manager, NEW, terms_json(), **paper(committed_house, do="agree")).status_code == 302


def test_totals_alone_are_refused_at_their_field_where_people_are_counted(
    committed_house: House, manager: Client
) -> None:
    contracts = Contract.objects.count()
    answer = post(manager, NEW, terms_json(disclosure="totals"), **paper(committed_house, do="agree"))
    assert answer.status_code == 422
    assert 'id="t-disclosure-error"' in words(answer)
    assert "active is counted from rows" in words(answer)
    assert Contract.objects.count() == contracts


def test_all_clauses_that_are_wrong_are_named_at_once_each_at_its_field(manager: Client) -> None:
    wrong = terms_json(mid_cycle="now", tax={"category": "S", "rate": "-19"})
    answer = post(manager, NEW, wrong, do="check")
    page = words(answer)
    for path, field in (("mid_cycle", "t-mid-cycle"), ("tax.rate", "t-tax-rate")):
        assert f'<a href="#{field}">{path}</a>: must' in page
        assert f'id="{field}-error"' in page
    assert 'name="refused" value="t-tax-rate t-mid-cycle"' in page


def test_a_field_that_was_cured_while_somebody_writes_loses_its_sentence(manager: Client) -> None:
    data = form(terms_json(mid_cycle="now"), refused="t-mid-cycle t-tax-rate", do="check")
    as_sent = {"content_type": "application/x-www-form-urlencoded", "headers": {"HX-Request": "true"}}
    page = words(manager.post(NEW, data, **as_sent))
    assert '<span class="rc-field__error" id="t-tax-rate-live" hx-swap-oob="true"></span>' in page
    assert '<span class="rc-field__error" id="t-mid-cycle-live" hx-swap-oob="true"><svg' in page


def test_the_page_warns_where_the_total_falls(manager: Client) -> None:
    falling = terms_json(
        charges={
            "seats": {
                "metric": "active",
                "price": {
                    "model": "volume",
                    "bound": "inclusive",
                    "tiers": [{"up_to": 100, "unit_price": "10.00"}, {"up_to": None, "unit_price": "8.00"}],
                },
            }
        }
    )
    page = words(post(manager, NEW, falling, do="check"))
    assert "The total falls as usage rises." in page
    assert "100 users cost" in page
    assert "The total falls" not in words(post(manager, NEW, terms_json(), do="check"))


def test_the_json_beside_the_form_is_taken_or_refused_in_words(manager: Client) -> None:
    dearer = terms_json(currency="CHF")
    page = words(post(manager, NEW, terms_json(), do="json", json=json.dumps(dearer)))
    assert 'name="currency" value="CHF"' in page
    broken = words(post(manager, NEW, terms_json(), do="json", json='{"currency": '))
    assert "line 1, column 14" in broken
    assert 'name="currency" value="EUR"' in broken, "the form keeps what it had"


def test_an_amendment_ends_the_version_before_it_and_is_shown_in_words(committed_house: House, manager: Client) -> None:
    address = f"/admin/contracts/{committed_house.contract_a.public_id}/amend/"
    assert 'name="first_day" value="2026-06-01"' in words(manager.get(address))
    cheaper = terms_json()
    cheaper["charges"]["seats"]["floor"]["minimum_users"] = 300
    page = words(post(manager, address, cheaper, do="check", first_day="2026-06-01"))
    assert "At least 300 users" in page
    assert ContractVersion.objects.filter(contract=committed_house.contract_a).count() == 1, "looking keeps nothing"
    answer = post(manager, address, cheaper, do="agree", first_day="2026-06-01", reason="a smaller house")
    assert answer.status_code == 302
    first, second = ContractVersion.objects.filter(contract=committed_house.contract_a).order_by("number")
    assert (first.active.upper, second.active.lower) == (second.active.lower, second.active.lower)
    assert second.active.lower.isoformat() == "2026-06-01"
    assert "At least 300 users" in words(manager.get(answer.headers["Location"]))
    review = Job.objects.get(kind="billing.review_amendment")
    assert review.args == {"version_id": second.pk}, "drafts are drawn up again, billed periods become true-ups"


def test_a_definition_inside_a_cycle_is_refused_at_the_day(committed_house: House, manager: Client) -> None:
    address = f"/admin/contracts/{committed_house.contract_a.public_id}/amend/"
    other = terms_json(metrics={"active": {"kind": "active_users", "definition": {"actions": ["login"]}}})
    answer = post(manager, address, other, do="agree", first_day="2026-06-15")
    assert answer.status_code == 422
    assert 'id="paper-first_day-error"' in words(answer)
    assert ContractVersion.objects.filter(contract=committed_house.contract_a).count() == 1


def test_a_metric_is_priced_in_a_plan_that_contracts_start_from_once_it_is_published(
    committed_house: House, manager: Client
) -> None:
    answer = manager.post(
        "/admin/plans/metrics/new/",
        {
            "key": "members",
            "metric.kind": "active_users",
            "metric.definition.actions": "login\nreport.open",
            "do": "define",
        },
    )
    assert answer.headers["Location"] == "/admin/plans/"
    assert PlanMetric.objects.get().metric["definition"]["actions"] == ["login", "report.open"]
    assert "users.members" in words(manager.get("/admin/plans/new/?metric=members")).replace("charges.", "users.")

    terms = terms_json(
        metrics={"members": PlanMetric.objects.get().metric},
        charges={"members": {"metric": "members", "price": {"model": "per_user", "unit_price": "17.00"}}},
    )
    created = post(manager, "/admin/plans/new/", terms, name="Team", do="save")
    plan = Plan.objects.get()
    assert created.headers["Location"] == f"/admin/plans/{plan.public_id}/"
    draft = plan.versions.get()
    unpublished = f"{NEW}?from=plan:{draft.public_id}"
    assert "17.00" not in words(manager.get(unpublished)), "nobody starts from a draft"

    manager.post(f"/admin/plans/{plan.public_id}/publish/")
    assert 'value="17.00"' in words(manager.get(unpublished))
    assert "Each active user costs EUR 17.00" in words(manager.get("/admin/plans/"))
    answer = post(manager, NEW, terms, **paper(committed_house, do="agree"), **{"from": f"plan:{draft.public_id}"})
    assert answer.status_code == 302
    assert ContractVersion.objects.get(contract__number="K-77").plan_version == draft
    assert "K-77" in words(manager.get(f"/admin/plans/{plan.public_id}/"))


def test_a_published_version_never_changes_and_an_unpublished_one_is_refused(committed_house: House) -> None:
    actor = committed_house.account_manager.actor
    version = draft_plan_version(actor=actor, terms=terms_json(), name="Team")
    contract = Contract.objects.create(customer=committed_house.customer_a, number="K-78", product_name="Atlas")
    with pytest.raises(PlanNotPublished, match="is not published yet"):
        add_contract_version(
            actor=actor, contract=contract, terms=terms_json(), active=YEAR, agreed_at=AGREED_AT, plan_version=version
        )
    with pytest.raises(IntegrityError, match="published version of a plan only"), transaction.atomic():
        ContractVersion.objects.create(
            contract=contract,
            customer=contract.customer,
            number=1,
            terms=terms_json(),
            terms_digest="sha256:0",
            active=("2026-01-01", "2027-01-01"),
            agreed_at=AGREED_AT,
            plan_version=version,
        )
    PlanVersion.objects.filter(pk=version.pk).update(published_at=AGREED_AT, published_by="Amir Manders")
    with pytest.raises(IntegrityError, match="final"), transaction.atomic():
        PlanVersion.objects.filter(pk=version.pk).update(terms={})
    again = draft_plan_version(actor=actor, terms=terms_json(currency="CHF"), plan=version.plan)
    assert (again.number, again.is_published) == (2, False)
