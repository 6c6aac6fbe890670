"""Addresses of the desk's own pages; lists of records are the admin site's."""

from django.urls import path

from billing.admin import (
    amend,
    close,
    contract,
    invoice,
    new_contract,
    numbers,
    period,
    plans,
    reconcile,
    reconcile_deeds,
    replay,
    seen_actions,
    today,
    true_up,
)
from ground.desk import desk_view
from usage.admin import coverage

app_name = "desk"

urlpatterns = [
    path("", desk_view(today.today), name="today"),
    path("days/", desk_view(coverage.coverage_page), name="coverage"),
    path("close/", desk_view(close.close_page), name="close"),
    path("close/draft/", desk_view(close.count_and_draft), name="count_and_draft"),
    path("close/finalize/", desk_view(close.finalize_drafts), name="finalize_drafts"),
    path("invoices/<str:public_id>/", desk_view(invoice.invoice_page), name="invoice"),
    path("invoices/<str:public_id>/finalize/", desk_view(invoice.finalize), name="finalize"),
    path("invoices/<str:public_id>/redraft/", desk_view(invoice.redraft), name="redraft"),
    path("invoices/<str:public_id>/discard/", desk_view(invoice.discard), name="discard"),
    path("invoices/<str:public_id>/explain/", desk_view(numbers.invoice_explained), name="invoice_explained"),
    path("numbers/counts/<int:count>/", desk_view(numbers.count_explained), name="count_explained"),
    path("numbers/counts/<int:count>/people.csv", desk_view(numbers.count_csv), name="count_csv"),
    path("numbers/counts/<int:count>/people.xlsx", desk_view(numbers.count_xlsx), name="count_xlsx"),
    path("numbers/counts/<int:count>/people/<str:user_ref>/", desk_view(numbers.count_person), name="count_person"),
    path("numbers/<int:pk>/", desk_view(numbers.number), name="number"),
    path("invoices/<str:public_id>/<str:kind>/", desk_view(invoice.document), name="document"),
    path("contracts/new/", desk_view(new_contract.new_contract), name="new_contract"),
    path("contracts/<str:public_id>/", desk_view(contract.contract_page), name="contract"),
    path("contracts/<str:public_id>/amend/", desk_view(amend.amend), name="amend"),
    path("contracts/<str:public_id>/actions/", desk_view(seen_actions.actions_page), name="actions"),
    path("contracts/<str:public_id>/replay/", desk_view(replay.replay), name="replay"),
    path("contracts/<str:public_id>/replay/<str:job_id>/", desk_view(replay.replayed), name="replayed"),
    path("plans/", desk_view(plans.plans_page), name="plans"),
    path("plans/new/", desk_view(plans.new_plan), name="new_plan"),
    path("plans/metrics/new/", desk_view(plans.new_metric), name="new_metric"),
    path("plans/<str:public_id>/", desk_view(plans.plan_page), name="plan"),
    path("plans/<str:public_id>/publish/", desk_view(plans.publish), name="publish_plan"),
    path("periods/<int:pk>/", desk_view(period.period_page), name="period"),
    path("periods/<int:pk>/release/", desk_view(period.release), name="release"),
    path("periods/<int:pk>/check/", desk_view(period.check_again), name="check_again"),
    path("reconcile/", desk_view(reconcile.reconcile), name="reconcile"),
    path("reconcile/<str:public_id>/", desk_view(reconcile.case), name="difference"),
    path("reconcile/<str:public_id>/take/", desk_view(reconcile_deeds.take), name="take_difference"),
    path("reconcile/<str:public_id>/note/", desk_view(reconcile_deeds.note), name="note_difference"),
    path("reconcile/<str:public_id>/decide/", desk_view(reconcile_deeds.decide), name="decide_difference"),
    path("reconcile/<str:public_id>/ask/", desk_view(reconcile_deeds.ask), name="ask_about_difference"),
    path("reconcile/<str:public_id>/claim/", desk_view(reconcile_deeds.claim), name="record_claim"),
    path("reconcile/<str:public_id>/look/", desk_view(reconcile_deeds.look_again), name="look_again_at_difference"),
    path("reconcile/<str:public_id>/try/", desk_view(reconcile_deeds.try_terms), name="try_terms_on_difference"),
    path("true-ups/<str:public_id>/", desk_view(true_up.true_up_page), name="true_up"),
    path("true-ups/<str:public_id>/decide/", desk_view(true_up.decide), name="decide"),
]
