"""Confirm word for word what was tried and shown."""

from datetime import datetime

from ground.actor import Actor
from usage.billed import NotMeant, billed_months, what_is_meant
from usage.models import PreviewState, ReportPreview, UsageReport
from usage.operations.confirm_report import confirm_report
from usage.queries.previews import basis_of, covers_said, generated_said


class LookAgain(Exception):
    """What was shown is not what would happen now."""


def confirm_preview(*, actor: Actor, preview: ReportPreview, now: datetime, meant: str = "") -> UsageReport:
    """Confirm the statement of a trial that is ready.

    ``meant`` is the word for the billed months that the trial lowers. Raises LookAgain, NotMeant and what
    ``confirm_report`` raises.
    """
    report = preview.report
    actor.require_customer(report.customer_id)
    if preview.state != PreviewState.READY:
        raise LookAgain("This was not tried to its end. Look at what would change first.")
    if basis_of(contract=report.contract) != preview.basis:
        raise LookAgain("Another file began to count since this was tried. Look again at what would change.")
    billed = billed_months(contract=report.contract)
    asked = what_is_meant(billed=billed, effects=(preview.result or {})["effects"])
    if asked and meant != asked:
        raise NotMeant(
            "Nothing was counted yet. Look at the billed months that this file changes, and tick that you mean it."
        )
    said = preview.said
    return confirm_report(
        actor=actor,
        report=report,
        mapping=said["mapping"],
        source_timezone=said["source_timezone"],
        covers=covers_said(said),
        generated_at=generated_said(said),
        nobody_active=said["nobody_active"],
        day_as_stated=said["day_as_stated"],
        repeated_files=said["repeated_files"],
        meant=asked,
        now=now,
    )
