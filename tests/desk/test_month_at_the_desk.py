"""Finance and the account manager do a month through the desk's own forms, with amounts to the cent."""

import hashlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from billing.models import BillingPeriod, Invoice, InvoiceDocument, TrueUp
from billing.operations.open_periods import open_periods
from billing.queries.month import month_lines
from billing.queries.run_plan import plan_run
from ground.models import Job
from ground.operations import run_job
from rollcall.period import Period
from tests.billing.story import APRIL, MAY, Story, amounts_of, at, lines_of, people
from tests.cast import Person
from tests.desk.browser import Browser

Desk = Callable[[Person], Browser]


def do_the_jobs() -> None:
    """What a worker does meanwhile."""
    for job in Job.objects.filter(state=Job.State.QUEUED).order_by("pk"):
        run_job(job.pk)


def drafted(story: Story, users: int = 100) -> Invoice:
    story.deliver(people(users), APRIL, now=at(5, 1))
    draft = story.close(APRIL, now=at(5, 3)).invoice
    assert draft is not None
    return draft


def test_from_the_close_to_the_pdf(plain_story: Story, desk: Desk) -> None:
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    finance = desk(plain_story.house.finance)

    finance.open("/admin/close/?month=2026-04").send("/close/draft/")
    assert "3 contracts to count and draft." in finance.page
    do_the_jobs()
    finance.open("/admin/close/?month=2026-04")
    assert "2,900.00" in finance.page
    invoice = Invoice.objects.get()
    finance.open(f"/admin/invoices/{invoice.public_id}/").finalize()

    assert "Finalized as R-0001. The document is being made." in finance.page
    assert lines_of(invoice) == [("usage", "100", "29.00", "2900.00")]
    assert [f"{amount:.2f}" for amount in amounts_of(invoice)] == ["2900.00", "551.00", "3451.00"]
    for amount in ("2,900.00", "551.00", "3,451.00"):
        assert amount in finance.page
    assert not finance.leads_to("/finalize/")
    do_the_jobs()
    pdf = finance.download(f"/admin/invoices/{invoice.public_id}/pdf/")
    assert pdf.startswith(b"%PDF-")
    stored = InvoiceDocument.objects.get(invoice=invoice, kind="pdf")
    assert hashlib.sha256(pdf).hexdigest() == stored.sha256
    evidence = finance.download(f"/admin/invoices/{invoice.public_id}/evidence_csv/")
    assert evidence.decode().count("\n") >= 100


def test_chosen_drafts_are_finalized_together(plain_story: Story, desk: Desk) -> None:
    draft = drafted(plain_story)
    finance = desk(plain_story.house.finance).open("/admin/close/?month=2026-04")

    finance.send("/close/finalize/")
    assert "Choose the drafts to finalize first." in finance.page
    finance.send("/close/finalize/", invoice=[draft.public_id])
    assert "1 draft gets its number for good: 2,900.00 EUR before tax." in finance.page
    draft.refresh_from_db()
    assert draft.state == "draft"
    finance.send("/close/runs/")
    do_the_jobs()
    finance.open(finance.address)

    assert "Finalized R-0001. The documents are being made." in finance.page
    draft.refresh_from_db()
    assert (draft.state, draft.number) == ("finalized", "R-0001")


def test_one_draft_is_looked_at_before_its_number_is_drawn(plain_story: Story, desk: Desk) -> None:
    draft = drafted(plain_story)
    dry_run = f"/admin/invoices/{draft.public_id}/finalize/"
    finance = desk(plain_story.house.finance).open(dry_run)
    customer = plain_story.contract.customer.name
    for said in (
        f"Dry run: finalize the invoice for {customer}",
        "Nothing has been done yet.",
        "Number the first number of its series",
        "Before tax 2,900.00 EUR",
        "With tax 3,451.00 EUR",
        "Issued 3 May 2026",
        "No mail goes out: the contract has no billing contact yet, so there is nobody to send it to.",
    ):
        assert said in finance.page, said
    draft.refresh_from_db()
    assert (draft.state, draft.number) == ("draft", None)

    plain_story.deliver(people(103), APRIL, now=at(5, 3))
    finance.send("/finalize/")
    assert finance.status == 409
    assert "The draft was written anew since you looked." in finance.page
    assert "Before tax 2,987.00 EUR" in finance.page
    finance.send("/finalize/")
    assert "Finalized as R-0001." in finance.page
    assert "R-0001 is finalized already." in finance.open(dry_run).page


def test_only_finance_finalizes(plain_story: Story, desk: Desk) -> None:
    draft = drafted(plain_story)
    for person in (plain_story.house.account_manager, plain_story.house.vendor_admin):
        browser = desk(person).open(f"/admin/invoices/{draft.public_id}/")
        assert not browser.leads_to("/finalize/")
        looking = desk(person).open(f"/admin/invoices/{draft.public_id}/finalize/")
        assert "Finance finalizes. You may look at what would come of it." in looking.page
        assert not looking.has_form("/finalize/")
        token = browser.forms[f"/admin/invoices/{draft.public_id}/redraft/"]["csrfmiddlewaretoken"]
        for address, more in (
            (f"/admin/invoices/{draft.public_id}/finalize/", {}),
            ("/admin/close/finalize/", {"month": "2026-04", "invoice": draft.public_id}),
        ):
            response = browser.client.post(address, {"csrfmiddlewaretoken": token, **more}, follow=True)
            assert response.status_code == 403
            assert "it takes finance" in response.content.decode()
    draft.refresh_from_db()
    assert (draft.state, draft.number) == ("draft", None)
    assert not Job.objects.filter(kind="billing.render_document").exists()


def test_a_draft_that_newer_facts_overtook_comes_back_with_words(plain_story: Story, desk: Desk) -> None:
    draft = drafted(plain_story)
    finance = desk(plain_story.house.finance).open(f"/admin/invoices/{draft.public_id}/")
    plain_story.deliver(people(103), APRIL, now=at(5, 3), review=False)

    finance.finalize()

    assert finance.status == 200
    assert "changed after the draft" in finance.page
    draft.refresh_from_db()
    assert draft.state == "draft"
    finance.send("/redraft/")
    assert "Computed again." in finance.page
    assert lines_of(Invoice.objects.get()) == [("usage", "103", "29.00", "2987.00")]


def test_a_draft_that_somebody_discarded_meanwhile_is_said_to_be_gone(plain_story: Story, desk: Desk) -> None:
    draft = drafted(plain_story)
    finance = desk(plain_story.house.finance).open(f"/admin/invoices/{draft.public_id}/finalize/")
    month = desk(plain_story.house.finance).open("/admin/close/?month=2026-04")
    manager = desk(plain_story.house.account_manager).open(f"/admin/invoices/{draft.public_id}/")

    manager.send("/discard/", reason="  ")
    assert Invoice.objects.filter(pk=draft.pk).exists(), "a reason is needed"
    manager.open(f"/admin/invoices/{draft.public_id}/").send("/discard/", reason="The order number is missing.")
    assert "Discarded." in manager.page
    finance.send("/finalize/")
    month.send("/close/finalize/", invoice=[draft.public_id])

    assert finance.status == 404
    assert "discarded or drafted anew" in finance.page
    assert month.status == 200
    assert "1 of the chosen drafts is gone" in month.page
    assert not Invoice.objects.exists()
    assert BillingPeriod.objects.get(contract=plain_story.contract, period=(APRIL.start, APRIL.end)).state == "counted"


def test_an_accepted_true_up_is_a_line_of_the_next_draft(
    plain_story: Story, desk: Desk, today: Callable[[int, int], None]
) -> None:
    plain_story.deliver(people(100), APRIL, now=at(5, 1))
    plain_story.bill(APRIL, now=at(5, 3))
    plain_story.deliver(people(110), APRIL, now=at(5, 12))
    today(5, 13)
    proposal = TrueUp.objects.get()
    manager = desk(plain_story.house.account_manager).open(f"/admin/true-ups/{proposal.public_id}/")
    assert "290.00" in manager.page

    manager.send("/decide/", reason="The tablets synchronized late.")
    assert "Choose whether the difference is accepted or waived." in manager.page
    manager.send("/decide/", decision="accept", reason=" ")
    proposal.refresh_from_db()
    assert proposal.state == "proposed"
    manager.send("/decide/", decision="accept", reason="The tablets synchronized late.")

    assert "Accepted: the next invoice of this contract carries it." in manager.page
    plain_story.deliver(people(120), MAY, now=at(6, 1))
    today(6, 2)
    desk(plain_story.house.finance).open("/admin/close/?month=2026-05").send("/close/draft/")
    do_the_jobs()
    draft = Invoice.objects.get(state="draft")
    assert [(kind, amount) for kind, _, _, amount in lines_of(draft)] == [("usage", "3480.00"), ("true_up", "290.00")]
    assert [f"{amount:.2f}" for amount in amounts_of(draft)] == ["3770.00", "716.30", "4486.30"]


def test_a_held_period_names_its_missing_days_and_goes_on_with_a_word(plain_story: Story, desk: Desk) -> None:
    plain_story.deliver(people(100), Period(APRIL.start, date(2026, 4, 28)), now=at(5, 1))
    plain_story.close(APRIL, now=at(5, 3))
    row = plain_story.row(APRIL)
    manager = desk(plain_story.house.account_manager).open(f"/admin/periods/{row.pk}/")

    assert "28 Apr , 29 Apr , 30 Apr" in manager.page.replace("Apr,", "Apr ,")
    manager.send("/release/", reason=" ")
    assert plain_story.row(APRIL).state == "held"
    assert "Say why" in manager.page
    manager.send("/release/", reason="The plant was closed.")

    assert "Released and drafted." in manager.page
    assert manager.address == f"/admin/invoices/{Invoice.objects.get().public_id}/"
    assert lines_of(Invoice.objects.get()) == [("usage", "100", "29.00", "2900.00")]


def test_the_next_month_shows_before_anybody_has_reported(plain_story: Story, desk: Desk) -> None:
    drafted(plain_story)
    open_periods(actor=plain_story.finance, contract=plain_story.contract, today=date(2026, 5, 1))
    finance = desk(plain_story.house.finance)

    finance.open("/admin/close/?month=2026-05")

    assert "not counted not rated last time 2,900.00" in finance.page
    assert b"2900.00" in b"".join(finance.client.get("/admin/close/?month=2026-05&as=csv"))
    # Nobody has reported when the month is over, either: the dry run says what April came to.
    lines = month_lines(actor=plain_story.finance, month=date(2026, 5, 1))
    plan = plan_run(actor=plain_story.finance, kind="draft", month=date(2026, 5, 1), lines=lines, now=at(6, 2))
    assert plan.amounts_before == {"EUR": Decimal("2900.00")}
