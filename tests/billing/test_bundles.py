"""The evidence bundle of an invoice: made once after it is finalized, signed, the same bytes, without a name."""

import csv
import io
import json
import re
import shlex
import shutil
import subprocess
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from billing.invariants import CHECKS
from billing.models import Invoice, InvoiceDocument
from billing.operations.make_bundle import make_bundle
from billing.operations.order_download import NoNames, order_download
from billing.operations.pack_download import pack_download
from billing.snapshot_figures import signing
from billing.state_moves import MoveRefused
from config.environment import BASE_DIR
from ground import faults
from ground.faults import InjectedFault
from ground.models import Job
from ground.operations import run_job
from ground.storage import remove_stored, stored_path
from licenses.models import VendorKey
from licenses.operations.replace_vendor_key import replace_vendor_key
from licenses.queries import salt_of
from rollcall.rows import EvidenceRow, evidence_digest
from rollcall.signing import fingerprint, open_envelope, read_public_file
from rollcall.terms.identity import user_ref
from tests.billing.story import APRIL, MAY, Story, at, people
from usage.models import EvidenceFile

Arm = Callable[..., None]
Kind = InvoiceDocument.Kind
POINTS = ("bundle.before_store", "bundle.after_store", "bundle.before_commit", "bundle.after_commit")


def billed(story: Story, users: int = 12) -> Invoice:
    """April with so many users at EUR 29.00, finalized."""
    story.deliver(people(users), APRIL, now=at(5, 1))
    return story.bill(APRIL, now=at(5, 3))


def bundle_of(invoice: Invoice) -> zipfile.ZipFile:
    """The stored bundle, made now if it is not there."""
    made = make_bundle(invoice_id=invoice.pk, now=at(5, 3))
    return zipfile.ZipFile(stored_path(made.storage_key, made.sha256))


def document(bundle: zipfile.ZipFile, name: str) -> Any:
    return json.loads(bundle.read(name))


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


def signed_in(story: Story, person: str) -> Client:
    client = Client()
    client.force_login(getattr(story.house, person).user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_finalizing_asks_for_the_bundle_and_a_worker_makes_it_once(plain_story: Story) -> None:
    invoice = billed(plain_story)
    job = Job.objects.get(kind="billing.make_bundle")
    assert (job.key, job.customer_id) == (f"billing.make_bundle:{invoice.public_id}", invoice.customer_id)

    run_job(job_id=job.pk)

    stored = invoice.documents.get(kind=Kind.BUNDLE)
    job.refresh_from_db()
    assert (job.state, job.result) == ("succeeded", {"sha256": stored.sha256, "size": stored.size})
    assert make_bundle(invoice_id=invoice.pk, now=at(6, 1)) == stored
    assert findings() == []


def test_a_bundle_holds_the_frozen_invoice_and_the_rows_behind_it(plain_story: Story) -> None:
    invoice = billed(plain_story)
    count = plain_story.count(APRIL)
    bundle = bundle_of(invoice)
    digest, evidence = count.digest[7:23], count.evidence[0]["digest"][7:23]
    assert bundle.namelist() == [
        "INVOICE.json",
        "INVOICE.xml",
        "MANIFEST.json",
        "README.txt",
        "REPORTS.json",
        f"counts/{digest}/COUNT.json",
        f"counts/{digest}/verdicts.csv",
        f"evidence/{evidence}.csv",
        "rated/01-seats/RATED.json",
        "rated/01-seats/RATING.json",
        "rated/01-seats/TERMS.json",
        "rated/01-seats/USAGE.json",
        "recount.py",
    ]
    assert document(bundle, "INVOICE.json") == invoice.frozen
    assert document(bundle, "rated/01-seats/RATING.json")["net_amount"] == "348.00"
    assert document(bundle, "rated/01-seats/RATED.json") == {
        "charge": "seats",
        "period": {"start": "2026-04-01", "end": "2026-05-01"},
        "count": digest,
        "role": "invoice",
        "true_up": None,
    }
    [report] = document(bundle, "REPORTS.json")
    assert (report["file_name"], report["rows_accepted"], report["receipt"]) == ("2026-04-01.csv", 12, None)
    assert report["evidence"] == f"evidence/{evidence}.csv"
    stated = document(bundle, f"counts/{digest}/COUNT.json")
    assert (stated["active_users"], stated["digest"], stated["since"]) == (12, count.digest, "2026-01-01")
    rows = list(csv.reader(io.StringIO(bundle.read(f"evidence/{evidence}.csv").decode())))
    assert rows[0] == list(EvidenceRow._fields)
    assert len(rows) == 13


def test_no_name_and_no_salt_lie_in_a_stored_bundle(plain_story: Story) -> None:
    bundle = bundle_of(billed(plain_story))
    salt = salt_of(contract=plain_story.contract)
    for name in bundle.namelist():
        content = bundle.read(name)
        assert b"@aurel.example" not in content, name
        assert salt not in content, name
        assert salt.hex().encode() not in content, name


def test_the_manifest_is_signed_with_the_key_on_the_invoice(plain_story: Story) -> None:
    invoice = billed(plain_story)
    key = VendorKey.objects.get()
    assert invoice.frozen["signing"] == {"fingerprint": key.fingerprint}
    # A key that is replaced after the invoice still signs its bundle, and nothing else.
    newer = replace_vendor_key(
        actor=plain_story.finance,
        legal_entity=plain_story.house.legal_entity,
        reason="The machine was lost.",
        now=at(5, 4),
    )
    assert signing(plain_story.house.legal_entity) == {"fingerprint": newer.fingerprint}

    manifest = bundle_of(invoice).read("MANIFEST.json")

    envelope = open_envelope(manifest, payload_type="application/vnd.rollcall.bundle+json")
    envelope.check(bytes(key.public_key))
    assert envelope.signer == key.fingerprint != newer.fingerprint
    assert envelope.payload["invoice"] == {
        "number": "R-0001",
        "snapshot_digest": invoice.snapshot_digest,
        "previous_digest": "",
        "chain_digest": invoice.chain_digest,
    }


def test_the_same_invoice_gives_the_same_bytes(plain_story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    invoice = billed(plain_story)
    first = make_bundle(invoice_id=invoice.pk, now=at(5, 3))
    before = stored_path(first.storage_key, first.sha256).read_bytes()
    # What happens to the contract afterwards does not reach it.
    plain_story.deliver(people(40), APRIL, now=at(5, 20))
    monkeypatch.setattr("billing.operations.make_bundle._stored", lambda invoice: None)
    monkeypatch.setattr("billing.operations.make_bundle.keep_document", kept := Kept())

    make_bundle(invoice_id=invoice.pk, now=at(9, 9))

    assert kept.content == before


class Kept:
    """Takes what would be stored."""

    content = b""

    def __call__(self, *, content: Path, **facts: Any) -> None:
        self.content = content.read_bytes()


def test_a_true_up_brings_both_of_its_sides(plain_story: Story) -> None:
    billed(plain_story, 10)
    report = plain_story.deliver(people(14), APRIL, now=at(5, 12), review=False)
    plain_story.review(report, now=at(5, 12))
    settled = plain_story.row(APRIL).true_ups.get()
    plain_story.accept(settled, now=at(5, 13))
    plain_story.deliver(people(8), MAY, now=at(6, 1))
    june = plain_story.bill(MAY, now=at(6, 3))
    bundle = bundle_of(june)

    rated = [document(bundle, name) for name in bundle.namelist() if name.endswith("/RATED.json")]
    assert [(one["role"], one["period"]["start"]) for one in rated] == [
        ("invoice", "2026-05-01"),
        ("true_up_before", "2026-04-01"),
        ("true_up_after", "2026-04-01"),
    ]
    assert {one["true_up"] for one in rated} == {None, settled.public_id}
    users = [document(bundle, f"counts/{one['count']}/COUNT.json")["active_users"] for one in rated]
    assert users == [8, 10, 14]
    nets = [document(bundle, f"rated/{n:02}-seats/RATING.json")["net_amount"] for n in (1, 2, 3)]
    assert nets == ["232.00", "290.00", "406.00"]
    assert sum(name.startswith("evidence/") for name in bundle.namelist()) == 3
    assert findings() == []


def test_making_that_fails_anywhere_leaves_one_original(plain_story: Story, armed: Arm) -> None:
    invoice = billed(plain_story)
    # The e-invoice is kept first, by the same way: what lies there after the first round fails no more in the second.
    for kept in ([Kind.E_INVOICE], [Kind.BUNDLE, Kind.E_INVOICE]):
        for point in POINTS:
            armed(point)
            with pytest.raises(InjectedFault):
                make_bundle(invoice_id=invoice.pk, now=at(5, 3))
            faults.disarm()
        assert sorted(InvoiceDocument.objects.values_list("kind", flat=True)) == sorted(kept)
    assert findings() == []


def test_a_draft_has_no_bundle(plain_story: Story) -> None:
    plain_story.deliver(people(3), APRIL, now=at(5, 1))
    draft = plain_story.close(APRIL, now=at(5, 3)).invoice
    assert draft is not None
    with pytest.raises(MoveRefused, match="a draft has no bundle"):
        make_bundle(invoice_id=draft.pk, now=at(5, 3))


def test_a_customer_downloads_the_bundle_and_the_key(plain_story: Story) -> None:
    invoice = billed(plain_story)
    customer = signed_in(plain_story, "customer_admin_a")
    address = f"/invoices/{invoice.public_id}/"
    assert "The bundle is being made" in customer.get(address).content.decode()
    assert customer.get(f"{address}bundle").status_code == 404

    stored = make_bundle(invoice_id=invoice.pk, now=at(5, 3))

    page = customer.get(address).content.decode()
    assert "rollcall verify R-0001.zip --key vendor.pub" in page
    assert stored.sha256 in page
    key = VendorKey.objects.get()
    assert key.fingerprint in page
    sent = customer.get(f"{address}bundle")
    assert sent["Content-Disposition"] == 'attachment; filename="R-0001.zip"'
    assert b"".join(sent.streaming_content) == stored_path(stored.storage_key, stored.sha256).read_bytes()
    public = read_public_file(customer.get(f"{address}vendor.pub").content.decode())
    assert (public, fingerprint(public)) == (bytes(key.public_key), key.fingerprint)
    for other in ("customer_admin_b", "stranger"):
        for path in ("bundle", "vendor.pub", "bundle-with-names", "bundle/work/"):
            assert signed_in(plain_story, other).get(f"{address}{path}").status_code in (403, 404), (other, path)


def test_a_copy_with_names_is_packed_while_they_exist(plain_story: Story) -> None:
    invoice = billed(plain_story)
    make_bundle(invoice_id=invoice.pk, now=at(5, 3))
    customer = signed_in(plain_story, "customer_admin_a")
    address = f"/invoices/{invoice.public_id}/"
    assert customer.get(f"{address}bundle-with-names")["Location"] == f"{address}#recompute"

    assert customer.post(f"{address}bundle/names/").status_code == 302
    job = Job.objects.get(kind="billing.pack_download")
    assert order_download(actor=plain_story.house.customer_admin_a.actor, invoice=invoice) == job
    run_job(job_id=job.pk)

    sent = b"".join(customer.get(f"{address}bundle-with-names").streaming_content)
    copy, stored = zipfile.ZipFile(io.BytesIO(sent)), bundle_of(invoice)
    assert set(copy.namelist()) - set(stored.namelist()) == {"names.csv", "SALT.txt"}
    assert all(copy.read(name) == stored.read(name) for name in stored.namelist())
    salt = bytes.fromhex(copy.read("SALT.txt").decode())
    names = list(csv.DictReader(io.StringIO(copy.read("names.csv").decode())))
    assert sorted(row["raw"] for row in names) == people(12)
    assert all(row["user_ref"] == user_ref(salt, row["user_key"]) for row in names)


def test_after_an_erasure_no_download_holds_a_name(plain_story: Story) -> None:
    invoice = billed(plain_story)
    make_bundle(invoice_id=invoice.pk, now=at(5, 3))
    actor = plain_story.house.customer_admin_a.actor
    job = order_download(actor=actor, invoice=invoice)
    run_job(job_id=job.pk)
    customer = signed_in(plain_story, "customer_admin_a")
    address = f"/invoices/{invoice.public_id}/"
    assert customer.get(f"{address}bundle-with-names").status_code == 200

    for file in EvidenceFile.objects.all():
        remove_stored(file.names_key)
    EvidenceFile.objects.update(names_key="", names_sha256="")

    assert customer.get(f"{address}bundle-with-names")["Location"] == f"{address}#recompute"
    assert "The names were erased" in customer.get(address).content.decode()
    with pytest.raises(NoNames, match="complete and still verifies"):
        order_download(actor=actor, invoice=invoice)
    with pytest.raises(NoNames):
        pack_download(invoice_id=invoice.pk, mark=job.args["mark"])
    assert customer.get(f"{address}bundle").status_code == 200


def test_evidence_in_a_bundle_gives_the_digest_of_its_report_again(plain_story: Story) -> None:
    bundle = bundle_of(billed(plain_story))
    count = plain_story.count(APRIL)
    [name] = [name for name in bundle.namelist() if name.startswith("evidence/")]
    lines = []
    for row in csv.reader(io.StringIO(bundle.read(name).decode())):
        if row[0] != "user_ref":
            lines.append(("\t".join(row) + "\n").encode())
    assert evidence_digest(lines) == count.evidence[0]["digest"]


def test_the_desk_gives_the_bundle_and_the_key_out(plain_story: Story) -> None:
    invoice = billed(plain_story)
    desk = signed_in(plain_story, "finance")
    address = reverse("desk:invoice", args=[invoice.public_id])
    assert "being made" in desk.get(address).content.decode()
    stored = make_bundle(invoice_id=invoice.pk, now=at(5, 3))
    page = desk.get(address).content.decode()
    assert stored.sha256 in page
    assert "rollcall verify R-0001.zip --key vendor.pub" in page
    assert desk.get(f"{address}bundle/")["Content-Disposition"] == 'attachment; filename="R-0001.zip"'
    key = read_public_file(desk.get(f"{address}vendor.pub/").content.decode())
    assert key == bytes(VendorKey.objects.get().public_key)


# What the base wheel needs, and what those need: nothing of the portal, and no DuckDB.
CLEAN = ("nacl", "rfc8785", "tzdata", "cffi", "_cffi_backend*.so", "pycparser")


@pytest.fixture(scope="module")
def clean_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python of a customer: an environment of its own with rollcall and what its wheel asks for, nothing else."""
    folder = tmp_path_factory.mktemp("customer") / "venv"
    venv.create(folder, with_pip=False)
    [packages] = folder.glob("lib/python3*/site-packages")
    installed = Path(sysconfig.get_path("platlib"))
    for pattern in CLEAN:
        for found in installed.glob(pattern):
            copy = shutil.copytree if found.is_dir() else shutil.copy
            copy(found, packages / found.name)
    shutil.copytree(BASE_DIR / "rollcall", packages / "rollcall", ignore=shutil.ignore_patterns("__pycache__"))
    return folder / "bin" / "python"


def run_clean(python: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([python, "-I", *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def downloaded(story: Story, tmp_path: Path) -> Path:
    """What a customer has after two months: the bundles R-0001 and R-0002 (with a true-up), and vendor.pub."""
    story.deliver(people(380), APRIL, now=at(5, 1))
    april = story.bill(APRIL, now=at(5, 3))
    story.deliver(people(430), APRIL, now=at(5, 12))
    story.accept(story.row(APRIL).true_ups.get(), now=at(5, 13))
    story.deliver(people(510), MAY, now=at(6, 1))
    may = story.bill(MAY, now=at(6, 3))
    customer = signed_in(story, "customer_admin_a")
    for invoice in (april, may):
        make_bundle(invoice_id=invoice.pk, now=at(6, 3))
        sent = customer.get(f"/invoices/{invoice.public_id}/bundle")
        (tmp_path / f"{invoice.number}.zip").write_bytes(b"".join(sent.streaming_content))
    (tmp_path / "vendor.pub").write_bytes(customer.get(f"/invoices/{may.public_id}/vendor.pub").content)
    return tmp_path


def test_a_customer_recomputes_its_invoices_without_the_portal(clean_python: Path, downloaded: Path) -> None:
    assert run_clean(clean_python, "-c", "import django", folder=downloaded).returncode != 0
    for number in ("R-0001", "R-0002"):
        command = ("-m", "rollcall", "verify", f"{number}.zip")
        checked = run_clean(clean_python, *command, "--key", "vendor.pub", folder=downloaded)
        assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
        assert "The invoice is reproduced to the cent." in checked.stdout
        unsigned = run_clean(clean_python, *command, folder=downloaded)
        assert unsigned.returncode == 3
        assert "signer not checked" in unsigned.stdout


def test_the_recount_script_in_a_bundle_counts_what_was_billed(clean_python: Path, downloaded: Path) -> None:
    counted = {}
    for number in ("R-0001", "R-0002"):
        folder = downloaded / number
        zipfile.ZipFile(downloaded / f"{number}.zip").extractall(folder)
        commands = re.findall(r"^ *python3 (recount\.py .*)$", (folder / "README.txt").read_text(), re.M)
        answers = []
        for command in commands:
            done = run_clean(clean_python, *shlex.split(command), "--json", folder=folder)
            assert (done.returncode, done.stderr) == (0, "")
            answers.append([period["active_users"] for period in json.loads(done.stdout)["periods"]])
        counted[number] = answers
    # April; then May, and April before and after its late file.
    assert counted == {"R-0001": [[380]], "R-0002": [[510], [380], [430]]}
