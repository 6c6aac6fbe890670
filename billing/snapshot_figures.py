"""The part of a snapshot that says who was counted, by what, and from which files.

Owns: definition, counts, evidence and attachments of the main charge, and whose key signs the bundle.
Does not own: lines, parties and totals.
Invariant: what is not known is null, never a zero; a charge that counts nothing has no counts at all.
"""

from collections.abc import Sequence
from typing import Any

from billing.models import BillingPeriod
from billing.rating import estimated_users, rated_users
from billing.terms_in_force import TermsInForce
from licenses.models import LegalEntity
from licenses.queries import key_in_force
from rollcall.rating import BESIDE_LINES, billed_users, users_in
from rollcall.rating.proration import share_of
from rollcall.terms.action_quantity import ActionMetric
from rollcall.terms.metrics import AnyMetric, Metric, said_digest
from usage.models import ActiveUserCount

NOTHING_COUNTED = "Nothing is counted here: what was agreed is billed, whoever used it."


def definition(metric: AnyMetric | None) -> dict[str, str]:
    """Say who is counted, with the digest of the words; where nothing is counted there is none."""
    if metric is None:
        return {"words": NOTHING_COUNTED, "digest": ""}
    return {"words": metric.words(), "digest": said_digest(metric)}


def attachments(metric: AnyMetric | None, force: TermsInForce, period: BillingPeriod) -> dict[str, Any]:
    """What the document carries so that the customer can count and rate again from its own export."""
    carried: dict[str, Any] = {"TERMS.json": force.terms.shortest_form(), "USAGE.json": dict(period.rated.usage)}
    if metric is not None:
        defined = metric.definition if isinstance(metric, Metric | ActionMetric) else metric
        # What a rule makes of several periods is rated, not counted: it is in the terms, and not in this digest.
        carried["DEFINITION.json"] = {key: value for key, value in defined.to_json().items() if key != "over_periods"}
    versions = versions_document(force)
    return carried if versions is None else carried | {"VERSIONS.json": versions}


def versions_document(force: TermsInForce) -> dict[str, Any] | None:
    """Return VERSIONS.json: every version of the term with its first day; None where it has one."""
    if len(force.schedule) < 2:
        return None
    return {
        "versions": [
            {"from": one.start.isoformat(), "name": one.name, "terms": one.terms.shortest_form()}
            for one in force.schedule
        ]
    }


def charges(force: TermsInForce) -> dict[str, dict[str, str]]:
    """What each charge bills: the kind of its metric and the noun of its quantity."""
    found = {}
    terms = force.billed_terms
    for key in terms.charges:
        metric = terms.metric_of(key)
        found[key] = {"metric": "fixed" if metric is None else metric.kind, "noun": terms.noun_of(key).many}
    return found


def count_of(count: ActiveUserCount | None) -> dict[str, str]:
    """The digests of the count and the versions it was made with; empty texts where nothing was counted."""
    return {
        "digest": count.digest if count else "",
        "evidence_set_digest": count.evidence_set_digest if count else "",
        "engine_version": count.engine_version if count else "",
        "tzdata_version": count.tzdata_version if count else "",
    }


def signing(entity: LegalEntity) -> dict[str, str]:
    """The fingerprint of the key with which the bundle is signed; empty while the vendor has none yet."""
    key = key_in_force(legal_entity=entity)
    return {"fingerprint": key.fingerprint if key is not None else ""}


def counts(count: ActiveUserCount | None, period: BillingPeriod, force: TermsInForce) -> dict[str, Any]:
    """The five numbers of users of the main charge, each null where it is not known."""
    if count is None:
        return dict.fromkeys(("provisioned", "reported", "active", "billable", "billed"))
    provisioned = None
    if count.provisioned_users is not None and count.provisioned_date is not None:
        provisioned = {
            "users": count.provisioned_users,
            "date": count.provisioned_date.isoformat(),
            "source": count.provisioned_source,
        }
    users = rated_users(period.rated.rating) if count.is_reported else count.users
    return {
        "provisioned": provisioned,
        "reported": count.reported_users,
        "active": count.active_users,
        # The definition excludes before it counts, so in this version nobody is taken off after the count.
        "billable": users,
        "billed": billed_users(
            charge=force.billed_terms.charges[period.charge_key],
            active_users=users,
            estimated_users=estimated_users(period.rated.rating),
            share=share_of(force.billed_terms, period.span),
        ),
    }


def users_beside_lines(periods: Sequence[BillingPeriod]) -> dict[str, dict[str, str]]:
    """By charge the users that the quantities of lines do not say, as ratings tell them; else no entry."""
    found = {}
    for what in BESIDE_LINES:
        told = {period.charge_key for period in periods if period.rated.rating.get(what)}
        users = dict.fromkeys(sorted(told), 0)
        for period in periods:
            if period.charge_key in told:
                users[period.charge_key] += users_in(period.rated.rating, what)
        if told:
            found[what] = {key: str(number) for key, number in users.items()}
    return found


def evidence(periods: Sequence[BillingPeriod]) -> list[dict[str, Any]]:
    """The reports behind the counts, once each, as each count recorded them when it was made."""
    made = [period.rated.count for period in periods]
    entries = {entry["evidence_id"] or entry["report"]: entry for count in made if count for entry in count.evidence}
    return [
        {
            "report_public_id": entry["report"],
            "file_name": entry["file_name"],
            "sha256": entry["sha256"],
            "instance": entry["instance"],
            "grade": entry["grade"],
            "rows_read": entry["rows_read"],
            "rows_accepted": entry["rows_accepted"],
            "rows_quarantined": entry["rows_quarantined"],
            "digest": entry["digest"],
        }
        for entry in entries.values()
    ]
