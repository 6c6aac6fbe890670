"""Bundles of contracts that leave people out or take two ids for one, and after everything about people is gone."""

import json
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

from billing.models import Invoice
from billing.operations.make_bundle import make_bundle
from ground.storage import remove_stored, stored_path
from licenses.models import VendorKey
from rollcall.evidence.findings import Verification
from rollcall.evidence.verify import verify_bundle
from tests.billing.story import APRIL, Story, at, people, per_user, story_of, terms_json
from tests.cast import House
from usage.models import EvidenceFile

WHO = {
    "actions": ["login"],
    "excluded_users": ["svc-*"],
    "identity": {"namespace": "plain", "rule": "trim-nfc-lower", "aliases": {"old@aurel.example": people(1)[0]}},
}


def billed(house: House) -> tuple[Story, Invoice]:
    """April: five people, one of whom has an old id too, and two machines that never count."""
    metrics = {"active": {"kind": "active_users", "definition": WHO, "calculation": "unique"}}
    story = story_of(house, terms=terms_json(charges=per_user("29.00"), metrics=metrics))
    story.deliver([*people(5), "old@aurel.example", "svc-backup", "svc-probe"], APRIL, now=at(5, 1))
    return story, story.bill(APRIL, now=at(5, 3))


def bundle_path(invoice: Invoice) -> Path:
    made = make_bundle(invoice_id=invoice.pk, now=at(5, 3))
    return stored_path(made.storage_key, made.sha256)


def verified(path: Path) -> Verification:
    return verify_bundle(path, key=bytes(VendorKey.objects.get().public_key))


def test_aliases_and_excluded_people_are_references(committed_house: House, tmp_path: Path) -> None:
    _, invoice = billed(committed_house)
    path = bundle_path(invoice)
    bundle = zipfile.ZipFile(path)

    [resolution] = [json.loads(bundle.read(name)) for name in bundle.namelist() if name.endswith("RESOLUTION.json")]
    assert (len(resolution["aliases"]), len(resolution["excluded"])) == (1, 2)
    assert invoice.frozen["counts"]["active"] == 5
    checked = verified(path)
    assert (checked.status, checked.differences) == (0, ())

    bundle.extractall(tmp_path)
    [command] = re.findall(r"^ *python3 (recount\.py .*)$", (tmp_path / "README.txt").read_text(), re.M)
    done = subprocess.run(
        [sys.executable, "-I", *shlex.split(command), "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [period["active_users"] for period in json.loads(done.stdout)["periods"]] == [5]


def test_a_bundle_verifies_after_every_name_was_erased(committed_house: House) -> None:
    _, invoice = billed(committed_house)
    path = bundle_path(invoice)
    for file in EvidenceFile.objects.all():
        remove_stored(file.names_key)
    EvidenceFile.objects.update(names_key="", names_sha256="")

    assert bundle_path(invoice) == path
    assert verified(path).status == 0


def test_a_bundle_that_says_it_is_of_another_key_is_refused(committed_house: House) -> None:
    _, invoice = billed(committed_house)
    checked = verify_bundle(bundle_path(invoice), key=bytes(range(32)))
    assert checked.status == 1
    assert checked.differences[0].code == "signature"
