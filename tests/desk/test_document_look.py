"""Finance gives documents a color, a logo and a person to ask, and lets the list of users go with a contract's invoices."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from licenses.models import LegalEntity
from tests.billing.test_annex import png
from tests.cast import House


def finance_of(house: House) -> Client:
    client = Client()
    client.force_login(house.finance.user)
    return client


def test_the_look_is_kept_and_a_wrong_color_or_logo_is_refused_beside_its_field(committed_house: House) -> None:
    client, entity = finance_of(committed_house), committed_house.legal_entity
    said = {
        "legal_entity": entity.pk,
        "accent": "#7A1F3D",
        "contact_name": "Ada Roll",
        "contact_phone": "+49 40 555184",
    }
    logo = SimpleUploadedFile("logo.png", png(60, 20), content_type="image/png")
    assert client.post("/admin/look/", said | {"logo": logo}).status_code == 302
    entity.refresh_from_db()
    assert (entity.accent, entity.contact_name, len(entity.logo_sha256)) == ("#7a1f3d", "Ada Roll", 64)

    wrong = client.post("/admin/look/", said | {"accent": "red"}).content.decode()
    assert "six hexadecimal digits" in wrong
    bad = SimpleUploadedFile("logo.png", b"GIF89a", content_type="image/png")
    assert "A logo is a PNG file" in client.post("/admin/look/", said | {"logo": bad}).content.decode()
    assert LegalEntity.objects.get(pk=entity.pk).accent == "#7a1f3d"

    assert client.post("/admin/look/", said | {"no_logo": "yes"}).status_code == 302
    assert LegalEntity.objects.get(pk=entity.pk).logo == ""


def test_the_list_of_users_and_the_cost_centers_of_a_contract(committed_house: House) -> None:
    client, contract = finance_of(committed_house), committed_house.contract_a
    instance = committed_house.instance_a
    address = f"/admin/contracts/{contract.public_id}/list/"
    answer = client.post(
        address, {"users_annex": "pdf", "annex_split": "cost_center", f"center-{instance.public_id}": "4711 Sales"}
    )
    assert answer.status_code == 302
    contract.refresh_from_db()
    instance.refresh_from_db()
    assert (contract.users_annex, contract.annex_split, instance.cost_center) == ("pdf", "cost_center", "4711 Sales")
    page = client.get(f"/admin/contracts/{contract.public_id}/").content.decode()
    assert 'value="4711 Sales"' in page
    assert client.post(address, {"users_annex": "paper"}).status_code == 302
    contract.refresh_from_db()
    assert contract.users_annex == "pdf"
