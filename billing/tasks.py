"""Background work of billing: each handler loads, makes one call, and may run twice."""

from datetime import date, timedelta
from typing import Any

from billing.causes import Cause
from billing.looking_jobs import ask_to_look, look_after
from billing.models import BillingRun, Invoice
from billing.operations.announce_invoice import ANNOUNCE, announce_invoice
from billing.operations.bill_ahead import bill_ahead
from billing.operations.carry_out_run import carry_out_run
from billing.operations.close_period import NoSuchPeriod, PeriodNotOver, close_period
from billing.operations.confirm_first_run import IMPORT
from billing.operations.deliver_invoice import deliver_invoice
from billing.operations.import_first_run import import_first_run
from billing.operations.look_for_differences import look_for_differences
from billing.operations.make_bundle import make_bundle
from billing.operations.open_periods import PeriodsOverlap, open_periods
from billing.operations.order_download import NoNames
from billing.operations.pack_download import pack_download
from billing.operations.price_preview import price_preview
from billing.operations.render_document import render_document
from billing.operations.replay_contract import NothingToReplay, replay_contract
from billing.operations.review_amendment import review_amendment
from billing.operations.review_days import review_days
from billing.operations.review_recall import review_recall
from billing.operations.review_report import Review, review_instance, review_report
from billing.operations.send_invoice import MOST_ATTEMPTS, SEND
from billing.operations.send_notice import send_notice
from billing.operations.send_question import send_question
from billing.operations.settle_term import settle_term
from billing.operations.show_first_run import show_first_run
from billing.operations.start_first_run import SHOW
from billing.operations.watch_contract import watch_contract
from billing.watching_jobs import ask_to_watch
from ground.actor import Actor, NotAllowed
from ground.jobs import JobContext, JobRefused, job
from ground.storage import StoredFileDamaged, StoredFileMissing
from licenses.models import Contract, ContractVersion, Instance
from licenses.queries import zone_at
from rollcall.period import Period, civil_day
from rollcall.terms.fields import TermsRefused
from usage.models import ExcusedDay, ReporterRecall, UsageReport

WORKER = Actor.system("worker")


@job("billing.close_period")
def close(context: JobContext) -> dict[str, Any]:
    """Close one period of one contract. Arguments: contract_id, start, end (ISO, exclusive), asked_by."""
    args = context.args
    contract = Contract.objects.get(pk=args["contract_id"])
    period = Period.from_json(args)
    now = context.now()
    context.progress(0, 1, f"{contract.number}: counting {period.words()}")
    try:
        closing = close_period(
            actor=Actor.system(f"worker, asked by {args['asked_by']}"),
            contract=contract,
            period=period,
            now=now,
            today=civil_day(now, zone_at(contract=contract, day=period.start)),
        )
    except (PeriodNotOver, NoSuchPeriod, PeriodsOverlap) as refused:
        raise JobRefused(str(refused)) from refused
    ask_to_look(contract=contract)
    context.progress(1, 1, f"{contract.number}: {closing.state}")
    return {
        "state": closing.state,
        "changed": closing.changed,
        "held_code": closing.held_code,
        "held_words": closing.held_words,
        "invoice": closing.invoice.public_id if closing.invoice is not None else "",
    }


# A run whose workers end is taken up again; a contract that ends them is passed over after a few times.
@job("billing.run", max_attempts=20)
def run(context: JobContext) -> dict[str, Any]:
    """Carry out a bulk step of the billing run. Arguments: token, how."""
    step = BillingRun.objects.get(token=context.args["token"])
    try:
        ended = carry_out_run(run=step, how=context.args["how"], now=context.now, progress=context.progress)
    except NotAllowed as refused:
        raise JobRefused(str(refused)) from refused
    return dict(ended)


@job("billing.replay", max_attempts=2)
def replay(context: JobContext) -> dict[str, Any]:
    """Run past periods under other terms. Arguments: contract_id, terms (TERMS.json), periods, until, asked_by."""
    args, now = context.args, context.now()
    contract = Contract.objects.get(pk=args["contract_id"])
    try:
        return replay_contract(
            actor=Actor.system(f"worker, asked by {args['asked_by']}"),
            contract=contract,
            terms=args["terms"],
            periods=args["periods"],
            until=date.fromisoformat(args["until"]) if args.get("until") else None,
            now=now,
            progress=context.progress,
        )
    except (NothingToReplay, TermsRefused) as refused:
        raise JobRefused(str(refused)) from refused


@job("billing.price_preview")
def price(context: JobContext) -> dict[str, Any]:
    """Say what a file that was tried would cost. Arguments: preview_id."""
    return {"amounts": len(price_preview(preview_id=context.args["preview_id"]))}


@job("billing.open_periods", every=timedelta(hours=6))
def open_begun(context: JobContext) -> dict[str, Any]:
    """Open the periods that have begun of every contract, and ask for the first bill in advance. No arguments."""
    opened, ahead, now = 0, 0, context.now()
    for contract in Contract.objects.filter(versions__isnull=False).distinct().order_by("pk"):
        context.check_cancelled()
        today = civil_day(now, zone_at(contract=contract, day=now.date()))
        opened += open_periods(actor=WORKER, contract=contract, today=today)
        ahead += bill_ahead(contract=contract, asked_by=WORKER.name)
    return {"opened": opened, "billed_ahead": ahead}


@job("billing.render_document", max_attempts=20)
def render(context: JobContext) -> dict[str, Any]:
    """Render and store the documents of a finalized invoice. Arguments: invoice_id."""
    documents = render_document(invoice_id=context.args["invoice_id"], now=context.now())
    return {"documents": [document.kind for document in documents]}


@job("billing.make_bundle", max_attempts=20)
def bundle(context: JobContext) -> dict[str, Any]:
    """Make and store the evidence bundle of a finalized invoice. Arguments: invoice_id."""
    made = make_bundle(invoice_id=context.args["invoice_id"], now=context.now(), progress=context.progress)
    return {"sha256": made.sha256, "size": made.size}


@job(ANNOUNCE)
def announce(context: JobContext) -> None:
    """Announce a finalized document and what it closed. Arguments: invoice_id."""
    announce_invoice(invoice=Invoice.objects.select_related("contract__customer").get(pk=context.args["invoice_id"]))


@job("billing.pack_download", max_attempts=20)
def pack(context: JobContext) -> dict[str, Any]:
    """Pack a copy of a bundle with names. Arguments: invoice_id, mark."""
    try:
        return dict(pack_download(invoice_id=context.args["invoice_id"], mark=context.args["mark"]))
    except NoNames as refused:
        raise JobRefused(str(refused)) from refused


@job("billing.review_report")
def review(context: JobContext) -> dict[str, Any]:
    """Count again what a report touches. Arguments: report_id; comes after usage.read_report by itself."""
    reviewed = review_report(report_id=context.args["report_id"], now=context.now())
    report = UsageReport.objects.select_related("contract").get(pk=context.args["report_id"])
    look_after(report)
    ask_to_watch(contract=report.contract)
    return _said(reviewed)


@job("billing.review_instance")
def review_after_withdrawal(context: JobContext) -> dict[str, Any]:
    """Count again what a withdrawn report touched. Arguments: instance_id; meant to follow usage.make_evidence."""
    reviewed = review_instance(instance_id=context.args["instance_id"], now=context.now())
    instance = Instance.objects.select_related("contract").get(pk=context.args["instance_id"])
    look_after(instance)
    ask_to_watch(contract=instance.contract)
    return _said(reviewed)


@job("billing.review_amendment")
def review_terms(context: JobContext) -> dict[str, Any]:
    """Do what an amendment asks of the periods that it reaches. Arguments: version_id."""
    reviewed = review_amendment(version_id=context.args["version_id"], now=context.now())
    look_after(ContractVersion.objects.select_related("contract").get(pk=context.args["version_id"]))
    return _said(reviewed)


@job("billing.review_days")
def review_excused(context: JobContext) -> dict[str, Any]:
    """Rate again the periods of days that a person left out or let count again. Arguments: word_ids."""
    reviewed = review_days(word_ids=context.args["word_ids"], now=context.now())
    ask_to_look(contract=ExcusedDay.objects.select_related("contract").get(pk=context.args["word_ids"][0]).contract)
    return _said(reviewed)


@job("billing.review_recall")
def review_recalled(context: JobContext) -> dict[str, Any]:
    """Count again what rests on reports of a recalled version. Arguments: recall_id, contract_id."""
    contract = Contract.objects.get(pk=context.args["contract_id"])
    recall = ReporterRecall.objects.get(pk=context.args["recall_id"])
    reviewed = review_recall(recall=recall, contract=contract, now=context.now())
    ask_to_look(contract=contract)
    return _said(reviewed)


@job("billing.settle_term")
def settle(context: JobContext) -> dict[str, Any]:
    """Rate again what was billed after a period. Arguments: contract_id, start, end (ISO), kind, cause_key."""
    args = context.args
    settled = settle_term(
        contract=Contract.objects.get(pk=args["contract_id"]),
        after=Period.from_json(args),
        cause=Cause(kind=args["kind"], key=args["cause_key"]),
        now=context.now(),
    )
    ask_to_look(contract=Contract.objects.get(pk=args["contract_id"]))
    return {
        "proposed": list(settled.proposed),
        "closed_again": settled.closed_again,
        "not_settled": list(settled.not_settled),
    }


@job("billing.look_for_differences")
def look(context: JobContext) -> dict[str, Any]:
    """Look for what does not agree in a contract's periods. Arguments: contract_id."""
    contract = Contract.objects.select_related("customer").get(pk=context.args["contract_id"])
    try:
        looked = look_for_differences(actor=WORKER, contract=contract, now=context.now())
    except (StoredFileDamaged, StoredFileMissing) as damaged:
        raise JobRefused(str(damaged)) from damaged
    return {"new": looked.new, "changed": looked.changed, "again": looked.again, "gone": looked.gone}


@job("billing.send_question")
def send(context: JobContext) -> dict[str, Any]:
    """Send one question about a difference to the customer. Arguments: event_id."""
    return {"sent_to": send_question(event_id=context.args["event_id"])}


@job(SEND, max_attempts=MOST_ATTEMPTS)
def deliver(context: JobContext) -> dict[str, Any]:
    """Send one mail with a document. Arguments: delivery_id."""
    delivery = deliver_invoice(actor=WORKER, delivery_id=context.args["delivery_id"], now=context.now())
    return {"state": delivery.state, "sent_to": delivery.sent_to, "error": delivery.last_error}


@job(SHOW)
def show(context: JobContext) -> dict[str, Any]:
    """Read the files of an import and try what they would do. Arguments: import_id."""
    shown = show_first_run(import_id=context.args["import_id"], now=context.now(), progress=context.progress)
    return {"state": shown.state}


@job(IMPORT)
def bring_in(context: JobContext) -> dict[str, Any]:
    """Do an import that was confirmed. Arguments: import_id."""
    done = import_first_run(import_id=context.args["import_id"], now=context.now(), progress=context.progress)
    return {"state": done.state}


@job("billing.look_at_all_contracts", every=timedelta(days=1))
def look_at_all(context: JobContext) -> dict[str, Any]:
    """Have every contract looked at once a day: days pass, and a day that is not reported is a difference."""
    contracts = Contract.objects.filter(versions__isnull=False).distinct().order_by("pk")
    return {"asked": [ask_to_look(contract=contract).pk for contract in contracts]}


@job("billing.watch_contract")
def watch(context: JobContext) -> dict[str, Any]:
    """Estimate the running period of a contract, and say what comes near before the bill. Arguments: contract_id."""
    contract = Contract.objects.select_related("customer").get(pk=context.args["contract_id"])
    now = context.now()
    today = civil_day(now, zone_at(contract=contract, day=now.date()))
    try:
        new = watch_contract(actor=WORKER, contract=contract, now=now, today=today)
    except (StoredFileDamaged, StoredFileMissing) as damaged:
        raise JobRefused(str(damaged)) from damaged
    return {"notices": [notice.pk for notice in new]}


@job("billing.send_notice")
def tell(context: JobContext) -> dict[str, Any]:
    """Mail one notice that something comes near before the bill. Arguments: notice_id."""
    return {"sent_to": send_notice(notice_id=context.args["notice_id"])}


@job("billing.watch_all_contracts", every=timedelta(days=1))
def watch_all(context: JobContext) -> dict[str, Any]:
    """Have the running period of every contract looked at once a day: days pass, and amendments begin."""
    contracts = Contract.objects.filter(versions__isnull=False).distinct().order_by("pk")
    return {"asked": [ask_to_watch(contract=contract).pk for contract in contracts]}


def _said(result: Review) -> dict[str, Any]:
    return {
        "estimated": result.estimated,
        "closed_again": result.closed_again,
        "proposed": list(result.proposed),
        "not_settled": list(result.not_settled),
    }
