"""Every route of the site with its row: what it is called with, and which methods it serves.

A route is named "namespace:name"; the admin site's own lists have a row per model and page, made from its registry.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from billing.evidence_list import counts_of
from billing.models import BillingRun, Difference, FirstRunImport, Invoice, TrueUp
from licenses.models import ApiKey, Contract, Customer, LicenseFile, Plan, WebhookDestination
from tests.isolation.world import World, desk_models
from usage.models import ReporterRecall, SignedReport
from usage.queries.people import people_of

GET, POST, BOTH = frozenset({"get"}), frozenset({"post"}), frozenset({"get", "post"})

# The portal's routes that name an object.
PORTAL_OBJECTS = {
    "licenses:revoke_api_key": POST,
    "usage:report": GET,
    "usage:progress": GET,
    "usage:confirm": BOTH,
    "usage:cancel": POST,
    "usage:put_aside": POST,
    "usage:look_again": POST,
    "billing:preview": GET,
    "billing:preview_work": GET,
    "billing:stop_preview": POST,
    "billing:count_previewed": POST,
    "billing:recall": BOTH,
    "usage:findings": GET,
    "usage:raw_file": GET,
    "usage:receipt": GET,
    "usage:quarantine": GET,
    "usage:tables": GET,
    "usage:make_table": POST,
    "usage:send_corrected": POST,
    "billing:undo_declaration": POST,
    "licenses:license_file": GET,
    "licenses:revocations": GET,
    "licenses:vendor_key": GET,
    "billing:invoice": GET,
    "billing:invoice_pdf": GET,
    "billing:e_invoice": GET,
    "billing:invoice_bundle": GET,
    "billing:bundle_work": GET,
    "billing:order_names": POST,
    "billing:bundle_with_names": GET,
    "billing:vendor_key": GET,
    "billing:invoice_people": GET,
    "billing:invoice_csv": GET,
    "billing:invoice_xlsx": GET,
    "billing:invoice_explained": GET,
    "billing:as_known": GET,
    "billing:invoice_person": BOTH,
    "billing:count_explained": GET,
    "billing:count_csv": GET,
    "billing:count_xlsx": GET,
    "billing:count_person": BOTH,
}
# The portal's routes that show what the signed-in person's customer has.
PORTAL_OWN = {
    "licenses:api_keys": BOTH,
    "usage:reports": GET,
    "usage:upload": BOTH,
    "usage:lines": BOTH,
    "usage:coverage": BOTH,
    "usage:formats": GET,
    "billing:home": GET,
    "billing:counted": GET,
    "billing:counted_csv": GET,
    "billing:invoices": GET,
    "billing:contract": BOTH,
    "billing:instances": GET,
    "licenses:license": BOTH,
}
DESK = {
    "desk:today": GET,
    "desk:coverage": GET,
    "desk:close": GET,
    "desk:count_and_draft": POST,
    "desk:finalize_drafts": POST,
    "desk:dry_run": POST,
    "desk:start_run": POST,
    "desk:billing_run": GET,
    "desk:runs_going": GET,
    "desk:stop_run": POST,
    "desk:invoice": GET,
    "desk:finalize": BOTH,
    "desk:redraft": POST,
    "desk:discard": POST,
    "desk:first_run": BOTH,
    "desk:first_run_sample": GET,
    "desk:first_run_import": GET,
    "desk:do_first_run_import": POST,
    "desk:credit": BOTH,
    "desk:accounting": GET,
    "desk:close_accounts": POST,
    "desk:start_anew": POST,
    "desk:adjust": BOTH,
    "desk:approve_adjustment": POST,
    "desk:withdraw_adjustment": POST,
    "desk:send": POST,
    "desk:document": GET,
    "desk:e_invoice": GET,
    "desk:number": GET,
    "desk:invoice_explained": GET,
    "desk:count_explained": GET,
    "desk:count_csv": GET,
    "desk:count_xlsx": GET,
    "desk:count_person": BOTH,
    "desk:period": GET,
    "desk:release": POST,
    "desk:check_again": POST,
    "desk:true_up": GET,
    "desk:true_ups": GET,
    "desk:true_up_calendar": GET,
    "desk:as_known": GET,
    "desk:decide": POST,
    "desk:approve_true_up": POST,
    "desk:send_back_true_up": POST,
    "desk:true_up_people": GET,
    "desk:new_contract": BOTH,
    "desk:contract": GET,
    "desk:add_billing_contact": POST,
    "desk:remove_billing_contact": POST,
    "desk:amend": BOTH,
    "desk:go_live": GET,
    "desk:set_go_live": POST,
    "desk:choose_notices": POST,
    "desk:approval_limits": BOTH,
    "desk:document_look": BOTH,
    "desk:users_annex": POST,
    "desk:actions": BOTH,
    "desk:excused": BOTH,
    "desk:count_again": POST,
    "desk:recalls": BOTH,
    "desk:recall": GET,
    "desk:count_recalled_again": POST,
    "desk:lift_recall": POST,
    "desk:reconcile": GET,
    "desk:difference": GET,
    "desk:take_difference": POST,
    "desk:note_difference": POST,
    "desk:decide_difference": POST,
    "desk:ask_about_difference": POST,
    "desk:record_claim": POST,
    "desk:look_again_at_difference": POST,
    "desk:try_terms_on_difference": POST,
    "desk:replay": BOTH,
    "desk:replayed": GET,
    "desk:exchange_rates": BOTH,
    "desk:tax_currency": POST,
    "desk:plans": GET,
    "desk:new_plan": BOTH,
    "desk:new_metric": BOTH,
    "desk:plan": BOTH,
    "desk:publish_plan": POST,
    "desk_usage:lines": BOTH,
    "desk_usage:waiting": GET,
    "desk_usage:quarantine": GET,
    "desk_usage:to_decide": GET,
    "desk_usage:decide": BOTH,
    "desk_usage:tables": GET,
    "desk_usage:make_table": POST,
    "desk_usage:waive": POST,
    "desk_licenses:license": GET,
    "desk_licenses:license_file": GET,
    "desk_licenses:revocations": GET,
    "desk_licenses:issue_license": POST,
    "desk_licenses:revoke_instance_key": POST,
    "desk_licenses:vendor_keys": GET,
    "desk_licenses:vendor_public_key": GET,
    "desk_licenses:announce_vendor_key": POST,
    "desk_licenses:replace_vendor_key": POST,
    "desk_licenses:revoke_vendor_key": POST,
    "desk_keys:api_keys": BOTH,
    "desk_keys:revoke_api_key": POST,
    "desk_webhooks:webhooks": BOTH,
    "desk_webhooks:webhook": GET,
    "desk_webhooks:turn_secret": POST,
    "desk_webhooks:retire_secret": POST,
    "desk_webhooks:switch_off": POST,
    "desk_webhooks:test": POST,
    "desk_webhooks:again": POST,
    "desk_webhooks:leave": POST,
    "desk_people:second_factor": BOTH,
}
CONTRACT_PAGES = {
    "desk:contract",
    "desk:add_billing_contact",
    "desk:remove_billing_contact",
    "desk:users_annex",
    "desk:amend",
    "desk:go_live",
    "desk:set_go_live",
    "desk:choose_notices",
    "desk:actions",
    "desk:excused",
    "desk:count_again",
    "desk:replay",
    "desk:replayed",
}
DIFFERENCE_PAGES = {
    "desk:difference",
    "desk:take_difference",
    "desk:note_difference",
    "desk:decide_difference",
    "desk:ask_about_difference",
    "desk:record_claim",
    "desk:look_again_at_difference",
    "desk:try_terms_on_difference",
}
RECALL_PAGES = {"desk:recall", "desk:count_recalled_again", "desk:lift_recall"}
PLAN_PAGES = {"desk:plan", "desk:publish_plan"}
FIRST_RUN_PAGES = {"desk:first_run_import", "desk:do_first_run_import"}
RUN_PAGES = {"desk:billing_run", "desk:stop_run"}
# Of the admin site, beside its lists.
ADMIN_OWN = {
    "admin:index",
    "admin:search",
    "admin:autocomplete",
    "admin:jsi18n",
    "admin:app_list",
    "admin:view_on_site",
    "admin:password_change",
    "admin:password_change_done",
}
# Signing in and out of the desk, and its answer to unknown addresses.
ADMIN_DOORS = {"admin:login", "admin:logout", "admin:"}
# Pages without any object: who somebody is, colors, health. Those of allauth know the signed-in person only; the one
# that takes an argument takes a secret that was mailed.
WITHOUT_OBJECT = {"api_docs", "api_openapi", "health", "colors", "customers", "robots"}
MAILED_SECRETS = {"account_reset_password_from_key"}
# Somebody's own security key, found among their own (tests/sign_in).
OWN_KEY = {"mfa_remove_webauthn"}
# The way to an identity provider of the settings and back: the argument names the provider, and nothing of ours.
PROVIDER_DOORS = {"openid_connect_login", "openid_connect_callback"}
# What the admin site has for each model that it lists; the last is an old address that leads to the change page.
MODEL_PAGES = ("changelist", "add", "history", "delete", "change", "")


@dataclass(frozen=True, kw_only=True)
class Route:
    """One pattern of the resolver: its name with namespace, and the names of its arguments."""

    name: str
    arguments: tuple[str, ...]


def all_routes() -> list[Route]:
    """Every pattern, found through the resolver."""
    return list(_routes(get_resolver().url_patterns, ""))


def _routes(patterns: list[URLPattern | URLResolver], namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, pattern.namespace or namespace)
            continue
        arguments = pattern.pattern.converters or pattern.pattern.regex.groupindex
        name = f"{namespace}:{pattern.name or ''}" if namespace else (pattern.name or str(pattern.pattern))
        yield Route(name=name, arguments=tuple(arguments))


def rows_of_models() -> dict[str, type[models.Model]]:
    """{"admin:licenses_customer_change": Customer, ...} for every model that the desk lists."""
    return {
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}": model
        for model in desk_models()
        for page in MODEL_PAGES
        if page
    }


def is_of_allauth(name: str) -> bool:
    return name.startswith(("account_", "mfa_", "socialaccount_"))


TRUE_UP_PAGES = {
    "desk:true_up",
    "desk:decide",
    "desk:approve_true_up",
    "desk:send_back_true_up",
    "desk:true_up_people",
}


def subject_at_the_desk(
    world: World, name: str
) -> TrueUp | Difference | Contract | Plan | BillingRun | FirstRunImport | Invoice | ReporterRecall:
    """The object of customer B that a page of the desk is about."""
    if name in TRUE_UP_PAGES:
        return world.true_up
    if name in DIFFERENCE_PAGES:
        return world.difference
    if name in CONTRACT_PAGES:
        return world.house.contract_b
    if name in PLAN_PAGES:
        return world.plan
    if name in RECALL_PAGES:
        return ReporterRecall.objects.get()
    if name in RUN_PAGES:
        return world.run
    if name in FIRST_RUN_PAGES:
        return world.first_run
    if name == "desk:finalize":
        return world.draft
    return world.played.foreign_invoice


def address_of_b(world: World, name: str) -> str:
    """The address of a route for the objects of customer B."""
    played = world.played
    count = counts_of(played.foreign_invoice)[0]
    values: dict[str, object] = {
        "report": played.foreign_report.public_id,
        "invoice": played.foreign_invoice.public_id,
        "count": count.pk,
        "prefix": ApiKey.objects.filter(customer=world.house.customer_b).latest("pk").prefix,
        "user_ref": next(iter(people_of(count=count))).user_ref,
        "kind": "pdf",
        "name": "customers",
        "profile": "factur-x",
        "view": "new",
        "written_as": "csv",
    }
    license = LicenseFile.objects.filter(customer=world.house.customer_b).latest("pk")
    values |= {"license_id": license.public_id, "fingerprint": license.vendor_key.fingerprint}
    if name == "usage:receipt":
        values["report"] = SignedReport.objects.get(customer=world.house.customer_b).report.public_id
    if name.startswith("desk_webhooks:"):
        values["public_id"] = WebhookDestination.objects.get(customer=world.house.customer_b).public_id
    if name.startswith("desk_people:"):
        values["pk"] = world.house.customer_admin_b.user.pk
    if name.startswith("desk_licenses:"):
        values |= {"public_id": world.house.contract_b.public_id, "pk": world.house.legal_entity.pk}
    arguments = next(route.arguments for route in all_routes() if route.name == name)
    if name.startswith("desk:"):
        subject = subject_at_the_desk(world, name)
        row = played.foreign_invoice.lines.exclude(billing_period=None).get().billing_period_id
        values |= {"public_id": subject.public_id, "pk": row, "job_id": world.replay.public_id}
    if name in ("desk:tax_currency", "desk:close_accounts", "desk:start_anew"):
        values["pk"] = world.house.legal_entity.pk
    if name in rows_of_models():
        values["object_id"] = world.object_of_b(rows_of_models()[name]).pk
    if name == "admin:view_on_site":
        values |= {
            "content_type_id": ContentType.objects.get_for_model(Customer).pk,
            "object_id": world.house.customer_b.pk,
        }
    values["app_label"] = "billing"
    return reverse(name, kwargs={argument: values[argument] for argument in arguments})
