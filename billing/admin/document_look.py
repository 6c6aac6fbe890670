"""How documents look, per legal entity, and whether the list of users goes with the invoices of a contract."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from billing.admin.contract import contract_or_404
from ground.desk import desk_page
from ground.middleware import actor_of
from ground.together import together
from licenses.models import LegalEntity
from licenses.models.contracts import AnnexSplit, UsersAnnex
from licenses.operations.change_contract import change_contract
from licenses.operations.change_legal_entity import MOST_BYTES, LogoRefused, change_legal_entity
from licenses.operations.name_cost_center import name_cost_center

FIELDS = ("accent", "contact_name", "contact_phone", "email", "electronic_address")


@require_http_methods(["GET", "POST"])
def document_look(request: HttpRequest) -> HttpResponseBase:
    """Show what the documents of each legal entity look like and say, and change it."""
    if request.method != "POST":
        return _page(request)
    entity = _entity(request.POST.get("legal_entity", ""))
    if entity is None:
        return _page(request, errors={"legal_entity": "Choose the legal entity."})
    said = {name: request.POST.get(name, "").strip() for name in FIELDS}
    said["accent"] = said["accent"].lower()
    try:
        change_legal_entity(actor=actor_of(request), legal_entity=entity, logo=_logo(request), **said)
    except LogoRefused as refused:
        return _page(request, entity=entity, errors={"logo": str(refused)})
    except ValidationError as wrong:
        return _page(request, entity=entity, errors=_sentences(wrong))
    messages.success(request, f"The next documents of {entity.name} are made so. Finalized ones stay as they are.")
    return redirect("desk:document_look")


@require_POST
def users_annex(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Store whether the list of users goes with the invoices of a contract, by what it is split, and cost centers."""
    contract, actor = contract_or_404(request, public_id), actor_of(request)
    wanted, split = request.POST.get("users_annex", ""), request.POST.get("annex_split", "")
    if wanted not in UsersAnnex.values or split not in ("", *AnnexSplit.values):
        messages.error(request, "Choose how the list of users goes with the invoice, and by what it is split.")
        return redirect("desk:contract", public_id)
    try:
        with together():
            change_contract(actor=actor, contract=contract, users_annex=wanted, annex_split=split)
            for instance in contract.instances.order_by("name"):
                named = request.POST.get(f"center-{instance.public_id}", "").strip()
                name_cost_center(actor=actor, instance=instance, cost_center=named)
    except ValidationError as wrong:
        messages.error(request, f"A cost center cannot be named so. {' '.join(wrong.messages)}")
    else:
        messages.success(request, "The next invoices carry the list so.")
    return redirect("desk:contract", public_id)


def _entity(chosen: str) -> LegalEntity | None:
    return LegalEntity.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 19 else None


def _logo(request: HttpRequest) -> bytes | None:
    """The bytes of a new logo; empty where the old one goes, None where it stays. No more is read than one may have."""
    if "no_logo" in request.POST:
        return b""
    upload = request.FILES.get("logo")
    return upload.read(MOST_BYTES + 1) if isinstance(upload, UploadedFile) else None


def _sentences(wrong: ValidationError) -> dict[str, str]:
    said = {name: " ".join(words) for name, words in wrong.message_dict.items()}
    if "__all__" in said:
        said["accent"] = "Write the color as # and six hexadecimal digits, as in #0b5c70."
    return said


def _page(
    request: HttpRequest, *, entity: LegalEntity | None = None, errors: dict[str, str] | None = None
) -> HttpResponseBase:
    """Draw the page; what was said wrongly stands in the form of its legal entity."""
    context = {
        "entities": list(LegalEntity.objects.order_by("name")),
        "wrong": entity.pk if entity is not None else None,
        "errors": errors or {},
        "said": request.POST if errors else {},
        "may_change": actor_of(request).vendor_role in ("finance", "admin"),
    }
    return desk_page(request, "desk/document_look.html", context, title="Look of documents")
