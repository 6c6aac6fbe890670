"""`check_invariants` of what is signed: licences, keys, reports and receipts; each is broken once, and named."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from billing.invariants.licenses import keys_of_instances_hold, licenses_are_as_issued
from billing.invariants.signed_reports import receipts_name_their_reports, signed_reports_are_as_they_came
from ground.storage import stored_path
from licenses.operations.issue_license import issue_license
from licenses.operations.replace_vendor_key import replace_vendor_key
from licenses.operations.revoke_instance_key import revoke_instance_key
from tests.billing.signing import activated, live_key, sent, works
from tests.billing.story import MAY, Story, at, people
from tests.billing.test_check_invariants import Intruder
from tests.databases import TestServer
from tests.rollcall.signing.licenses import key
from usage.models import UsageReport

CHECKS = (licenses_are_as_issued, keys_of_instances_hold, signed_reports_are_as_they_came, receipts_name_their_reports)


@pytest.fixture
def told(plain_story: Story, tmp_path: Path) -> Story:
    """An instance was activated twice, reported twice, its key was revoked; the vendor's key was turned; a file came."""
    story = plain_story
    activated(story, tmp_path / "before", sign=key(40))
    site = works(activated(story, tmp_path / "home"), people(3), date(2026, 4, 1), date(2026, 4, 30))
    for until in (date(2026, 4, 16), date(2026, 5, 1)):
        site.now = at(until.month, until.day, 5)
        (path,) = site.write_until(until, since=date(2026, 4, 1)).paths
        assert sent(story, path, now=at(until.month, until.day, 6)).state == "accepted"
        replace_vendor_key(
            actor=story.finance,
            legal_entity=story.house.legal_entity,
            reason="Yearly.",
            now=at(until.month, until.day, 9),
        )
    revoke_instance_key(actor=story.finance, key=live_key(story), from_seq=3, reason="Stolen.", now=at(5, 3))
    issue_license(actor=story.finance, contract=story.contract, now=at(5, 3))
    story.deliver(people(2), MAY, now=at(6, 1), review=False)
    return story


@pytest.fixture
def intruder(told: Story, cloned_database: str, database_server: TestServer) -> Iterator[Intruder]:
    name = cloned_database.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(database_server.owner(name), autocommit=True) as connection:
        yield Intruder(connection)


def findings() -> list[str]:
    return [finding for check in CHECKS for finding in check().findings]


LICENSE, REPORT, RECEIPT = "licenses_licensefile", "usage_signedreport", "usage_reportreceipt"
SECOND, UPLOAD = "ORDER BY id LIMIT 1 OFFSET 1", "WHERE grade <> 'signed' LIMIT 1"
LAST = "WHERE revoked_at IS NOT NULL"
# What is changed behind the database's back, in which row of which table, and what is said of it.
TAMPERED = {
    "serial": (LICENSE, "serial = 9", SECOND, "serial 2 is due after 1"),
    "bytes of a licence": (
        LICENSE,
        "envelope = set_byte(envelope, 900, (get_byte(envelope, 900) + 1) % 256)",
        SECOND,
        "its bytes give another digest",
    ),
    "digest of a licence": (LICENSE, "digest = 'sha256:0'", SECOND, "its bytes give another digest"),
    "validity": (LICENSE, "expires = expires + interval '1 day'", SECOND, "its row says something else than its bytes"),
    "list of refused keys": (
        LICENSE,
        "revocations = ''",
        "WHERE revocations <> ''",
        "its list of refused keys is another one",
    ),
    "key of its date": (
        "licenses_vendorkey",
        "retired_at = '2020-01-01'",
        "ORDER BY id LIMIT 1",
        "was not in force at 2026-03-20 09:00 UTC",
    ),
    "public key of the vendor": (
        "licenses_vendorkey",
        f"public_key = decode('{bytes(key(7).verify_key).hex()}', 'hex')",
        "ORDER BY id LIMIT 1",
        "is another one",
    ),
    "revocation taken back": (
        "licenses_instancekey",
        "revoked_at = NULL, revoked_from_seq = NULL",
        LAST,
        "it is revoked otherwise than the vendor's list says",
    ),
    "name of a key": (
        "licenses_instancekey",
        f"public_key = decode('{bytes(key(8).verify_key).hex()}', 'hex')",
        LAST,
        "it is the name of another key",
    ),
    "cut-off of a key": (
        "licenses_instancekey",
        "revoked_from_seq = 2",
        LAST,
        "it is revoked otherwise than the vendor's list says",
    ),
    "number of a revocation": ("licenses_keyrevocation", "number = 4", "LIMIT 1", "it has number 4, 1 is due"),
    "counted after the cut-off": (
        "licenses_keyrevocation",
        "from_seq = 2, revoked_at = '2026-04-20'",
        "LIMIT 1",
        "it counts, although its key was revoked before it",
    ),
    "statement": (REPORT, "statement = jsonb_set(statement, '{users}', '9')", SECOND, "gives another digest"),
    "digest of a statement": (REPORT, "digest = 'sha256:' || repeat('0', 64)", SECOND, "gives another digest"),
    "number of a report": (REPORT, "sequence = 7", SECOND, "its row says something else than its statement"),
    "grade": ("usage_usagereport", "grade = 'signed'", UPLOAD, "it is graded as signed, and nobody signed it"),
    "grade taken away": (
        "usage_usagereport",
        "grade = 'upload'",
        "WHERE grade = 'signed' LIMIT 1",
        "it counts as an upload",
    ),
    "digest of a receipt": (RECEIPT, "digest = 'sha256:' || repeat('0', 64)", SECOND, "it gives another digest"),
    "receipt of another report": (
        RECEIPT,
        f"(document, digest) = (SELECT document, digest FROM {RECEIPT} ORDER BY id LIMIT 1)",
        SECOND,
        "it names another report",
    ),
    "receipt by another key": (
        RECEIPT,
        "document = replace(document, 'RECEIPT', 'LICENSE')",
        SECOND,
        "it cannot be read any more",
    ),
}


def test_each_changed_value_is_named_and_the_story_is_clean_before_and_after(intruder: Intruder) -> None:
    assert findings() == []
    assert [check().figures for check in CHECKS] == [
        {"contracts": 1, "licences": 5},
        {"keys": 2, "revocations": 1},
        {"reports": 2},
        {"receipts": 2},
    ]
    silent = {}
    for what, (table, change, which, words) in TAMPERED.items():
        with intruder.changed(table, change, which):
            found = findings()
        if not any(words in finding and "row" in finding for finding in found):
            silent[what] = found
    assert silent == {}
    assert findings() == []


def test_a_second_live_key_is_named(intruder: Intruder) -> None:
    intruder.run("DROP INDEX {}", "instance_key_one_live")
    with intruder.changed("licenses_instancekey", "replaced_at = NULL", "WHERE replaced_at IS NOT NULL"):
        # The other one is revoked, so it is the only live one.
        assert findings() == []
        with intruder.changed(
            "licenses_instancekey", "revoked_at = NULL, revoked_from_seq = NULL, revoked_reason = ''", LAST
        ):
            assert any("it has 2 live keys" in finding for finding in findings())


def _another_statement(content: bytes) -> bytes:
    return content.replace(b'"payload":"e', b'"payload":"f', 1)


def _another_signature(content: bytes) -> bytes:
    at_ = content.index(b'"sig":"') + 20
    return content[:at_] + (b"A" if content[at_ : at_ + 1] != b"A" else b"B") + content[at_ + 1 :]


def _another_end(content: bytes) -> bytes:
    return content.replace(b'"}]}\n', b'"}]} \n', 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_another_statement, "its file states something else"),
        (_another_end, "its file states something else"),
        (_another_signature, "the signature in its file is not by its key"),
        (lambda content: content[:-1] + b"9", "the table in its file is another one"),
    ],
)
def test_a_file_that_was_replaced_together_with_its_hash_is_named(
    intruder: Intruder, change: Callable[[bytes], bytes], words: str
) -> None:
    report = UsageReport.objects.filter(grade="signed").order_by("pk").first()
    assert report is not None
    content = change(stored_path(report.storage_key, report.sha256).read_bytes())
    (Path(settings.STORAGE_ROOT) / f"{report.storage_key}x").write_bytes(content)
    columns = f"storage_key = '{report.storage_key}x', sha256 = '{hashlib.sha256(content).hexdigest()}'"
    with intruder.changed("usage_usagereport", columns, f"WHERE id = {report.pk}"):
        assert [finding.partition("): ")[2] for finding in findings()] == [words]
