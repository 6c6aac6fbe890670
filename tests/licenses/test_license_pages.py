"""The pages of licences and keys: what the customer takes home and sends, what the vendor issues and revokes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ground import clock
from licenses.models import InstanceKey, KeyRevocation, LicenseFile, VendorKey
from licenses.operations.activate_instance import activate_instance
from licenses.operations.add_member import add_member
from licenses.operations.issue_license import issue_license
from licenses.queries import key_in_force
from rollcall.cli import main
from rollcall.signing import SigningKey, public_file, read_public_file
from rollcall.signing.armor import armored
from rollcall.signing.license import read_license
from rollcall.signing.revocations import VendorKeys
from tests.cast import BUILDER, House, Person
from tests.licenses.test_license_files import NOW, answer, run_jobs


@pytest.fixture
def open_as(monkeypatch: pytest.MonkeyPatch) -> Callable[[Person], Client]:
    """A browser of somebody, on the day of the story."""
    monkeypatch.setattr(clock, "now", lambda: NOW)

    def client_of(person: Person) -> Client:
        client = Client()
        client.force_login(person.user)
        return client

    return client_of


def test_a_licence_goes_from_the_desk_to_the_instance_and_its_key_comes_back(
    committed_house: House, open_as: Callable[[Person], Client]
) -> None:
    house = committed_house
    desk, portal = open_as(house.finance), open_as(house.customer_admin_a)
    page = reverse("licenses:license")
    assert "No licence was issued yet." in portal.get(page).content.decode()

    at_desk = reverse("desk_licenses:license", args=[house.contract_a.public_id])
    assert "Issue the first licence" in " ".join(desk.get(at_desk).content.decode().split())
    issued = desk.post(reverse("desk_licenses:issue_license", args=[house.contract_a.public_id]), follow=True)
    assert "Licence 1 is issued. The customer finds it under Instances." in issued.content.decode()

    said = " ".join(portal.get(page).content.decode().split())
    assert "Download licence 1" in said
    assert "Next: on the machine of the instance, run" in said
    assert "Use above a limit blocks nobody: it is counted, and billed as the contract says." in said
    assert "no number is agreed; only billed" in said
    row = LicenseFile.objects.get()
    sent = portal.get(reverse("licenses:license_file", args=[row.public_id]))
    assert sent.headers["Content-Disposition"] == f'attachment; filename="{row.public_id}.license"'
    key = key_in_force(legal_entity=house.legal_entity)
    assert key is not None
    public = desk.get(reverse("desk_licenses:vendor_public_key", args=[key.fingerprint])).content.decode()
    assert portal.get(reverse("licenses:vendor_key", args=[row.public_id])).content.decode() == public
    trusted = VendorKeys(keys={key.fingerprint: read_public_file(public)})
    assert read_license(sent.content.decode(), trusted=trusted).serial == 1
    assert desk.get(
        reverse("desk_licenses:license_file", args=[house.contract_a.public_id, row.public_id])
    ).content == (sent.content)

    text = answer(row, house.instance_a.public_id, SigningKey.generate())
    file = SimpleUploadedFile("activation.txt", text.replace("\n", "\r\n").encode())
    done = portal.post(page, {"file": file}, follow=True).content.decode()
    assert "Berlin-1 is activated with the key rollcall-key:" in done
    assert "activated; the next licence names the key" in done
    run_jobs(NOW)
    assert "Download licence 2" in portal.get(page).content.decode()

    fingerprint = InstanceKey.objects.get().fingerprint
    revoke = reverse("desk_licenses:revoke_instance_key", args=[house.contract_a.public_id])
    for said_of, words in (
        ({"key": fingerprint, "reason": " "}, "Say why the key is revoked"),
        ({"key": fingerprint, "reason": "Stolen.", "from_seq": "four"}, "Write the number of the first report"),
        ({"key": "none", "reason": "Stolen."}, "Choose a key"),
        ({"key": fingerprint, "reason": "Stolen.", "from_seq": "4"}, "its reports are refused from report 4 on"),
        ({"key": fingerprint, "reason": "Again."}, "is revoked already"),
    ):
        assert words in desk.post(revoke, said_of, follow=True).content.decode()
    assert "not activated" in portal.get(page).content.decode()


def test_what_is_no_activation_is_said_on_the_page_and_only_administrators_send_one(
    committed_house: House, open_as: Callable[[Person], Client]
) -> None:
    house = committed_house
    row = issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    page = reverse("licenses:license")
    portal = open_as(house.customer_admin_a)
    for sent in ({"text": "hello"}, {"file": SimpleUploadedFile("a.bin", b"\xff\x00")}, {}):
        refused = portal.post(page, sent)
        assert refused.status_code == 422
        assert "is not an activation file" in refused.content.decode()
    add_member(actor=BUILDER, customer=house.customer_a, user=house.stranger.user, role="viewer")
    viewer = open_as(house.stranger)
    assert "An administrator of Aurel Maschinenbau GmbH activates instances." in viewer.get(page).content.decode()
    text = answer(row, house.instance_a.public_id, SigningKey.generate())
    assert viewer.post(page, {"text": text}).status_code in (403, 422)
    assert InstanceKey.objects.count() == 0
    other = open_as(house.customer_admin_b)
    assert other.get(reverse("licenses:license_file", args=[row.public_id])).status_code == 404


def test_finance_turns_the_keys_on_their_page(committed_house: House, open_as: Callable[[Person], Client]) -> None:
    house = committed_house
    desk, entity = open_as(house.finance), house.legal_entity.pk
    first = VendorKey.objects.get()
    page = reverse("desk_licenses:vendor_keys")
    assert first.fingerprint in desk.get(page).content.decode()

    announced = desk.post(reverse("desk_licenses:announce_vendor_key", args=[entity]), follow=True).content.decode()
    assert "is announced: every new licence of Atlas Software GmbH names it." in announced
    replace = reverse("desk_licenses:replace_vendor_key", args=[entity])
    assert "Say why the key is replaced" in desk.post(replace, {"reason": " "}, follow=True).content.decode()
    assert "signs from now on" in desk.post(replace, {"reason": "Yearly."}, follow=True).content.decode()
    revoke = reverse("desk_licenses:revoke_vendor_key", args=[first.fingerprint])
    for said, words in (
        ({"reason": "Lost.", "cut_off": "soon"}, "Write day and time of the cut-off"),
        ({"reason": "Lost.", "cut_off": "2026-13-04T09:00"}, "Write day and time of the cut-off"),
        ({"reason": "Lost.", "cut_off": "2026-06-01T00:00"}, "lies in the future"),
        ({"reason": "Lost.", "cut_off": "2026-05-01T12:00"}, "Every licence is made anew with another key."),
    ):
        assert words in desk.post(revoke, said, follow=True).content.decode()
    assert KeyRevocation.objects.get().at.isoformat() == "2026-05-01T12:00:00+00:00"
    manager = open_as(house.account_manager)
    assert manager.get(page).status_code == 200
    assert manager.post(replace, {"reason": "Mine."}).status_code == 403
    assert VendorKey.objects.count() == 2


def test_the_reporter_of_an_instance_takes_the_licence_and_its_answer_activates_it(
    committed_house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house, home = committed_house, str(tmp_path / "home")
    vendor = tmp_path / "VENDOR.pub"
    vendor.write_text(public_file(bytes(VendorKey.objects.get().public_key)))
    file = tmp_path / "first.license"
    file.write_text(
        armored("LICENSE", bytes(issue_license(actor=BUILDER, contract=house.contract_a, now=NOW).envelope))
    )
    assert main(["report", "init", "--home", home]) == 0
    assert main(["report", "activate", str(file), "--home", home, "--key", str(vendor)]) == 0

    text = (tmp_path / "home" / "activation.txt").read_text()
    key = activate_instance(actor=house.customer_admin_a.actor, text=text, now=NOW)
    assert key.fingerprint in (tmp_path / "home" / "instance.pub").read_text()
    run_jobs(NOW)
    file.write_text(armored("LICENSE", bytes(LicenseFile.objects.get(serial=2).envelope)))
    capsys.readouterr()
    assert main(["report", "activate", str(file), "--home", home]) == 0
    assert "Licence 2 is valid for this instance" in capsys.readouterr().out
