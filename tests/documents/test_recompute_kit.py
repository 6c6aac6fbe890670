"""What page 2 tells the reader to type works: the printed commands are run with the files the PDF carries."""

import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pypdf

from billing.documents import render_pdf
from tests.documents.samples_on_disk import snapshot

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from rollcall.cli import main; sys.exit(main())"
EXPORT = """user_id,occurred_at,action
anna@customer.example,2026-09-01T08:00:00+02:00,sign_in
anna@customer.example,2026-09-02T08:00:00+02:00,sign_in
ben@customer.example,2026-09-30T23:30:00+02:00,sign_in
ben@customer.example,2026-08-31T08:00:00+02:00,sign_in
svc-backup,2026-09-01T08:00:00+02:00,sign_in
svc-backup,2026-09-02T08:00:00+02:00,sign_in
"""  # one active user: ben has one day in September, svc-* is excluded


def test_the_printed_commands_give_the_printed_numbers(tmp_path):
    (tmp_path / "september-2026.csv").write_text(EXPORT)
    pdf = pypdf.PdfReader(io.BytesIO(render_pdf(snapshot("floor"))))
    for name, (content,) in pdf.attachments.items():
        (tmp_path / name).write_bytes(content)
    count, rate, verify = commands(pdf)

    counted = run([*count, "--json"], tmp_path)
    assert [period["active_users"] for period in counted["periods"]] == [1]
    assert counted["periods"][0]["start"] == "2026-09-01"

    rated = run([*rate, "--json"], tmp_path)
    assert rated["periods"][0]["net_amount"] == "11600.00"
    lines = [(line["quantity"], line["unit_price"], line["amount"]) for line in rated["periods"][0]["lines"]]
    assert lines == [("320", "29.00", "9280.00"), ("80", "29.00", "2320.00")]

    # What it gives, and what another bundle gives, is proved where bundles are made.
    assert verify == ["verify", "INV-2026-000184.zip", "--key", "vendor.pub"]


def test_the_document_names_the_key_of_its_bundle_on_the_working_page_and_the_command_on_every_page():
    signed = snapshot("floor")
    texts = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render_pdf(signed))).pages]
    assert signed["signing"]["fingerprint"] in "".join(texts[1].split())
    assert all("Recompute: rollcall verify INV-2026-000184.zip" in " ".join(text.split()) for text in texts)
    before = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render_pdf(snapshot("tiers")))).pages]
    assert not any("verify" in text for text in before)
    assert all("Recompute: rollcall count FILES" in " ".join(text.split()) for text in before)


def commands(pdf: pypdf.PdfReader) -> list[list[str]]:
    """Take the commands as a person copies them from the page."""
    text = pdf.pages[1].extract_text(extraction_mode="layout")
    found = re.findall(r"^ *rollcall (?:.*\\\n)*.*$", text, re.M)
    return [shlex.split(command.replace("\\\n", " "))[1:] for command in found]


def run(arguments: list[str], folder: Path) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT), *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
