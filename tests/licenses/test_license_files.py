"""Licence files: derived from the terms, signed, issued anew when what they say changes, and never changed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from ground.actor import NotAllowed
from ground.jobs import JobContext
from ground.models import Job
from ground.portal_wall import portal_transaction
from licenses import tasks
from licenses.models import InstanceKey, IssuedBecause, LicenseFile
from licenses.operations.activate_instance import ActivationRefused, activate_instance
from licenses.operations.add_contract_version import add_contract_version
from licenses.operations.issue_license import LicenseTooLong, issue_license
from licenses.operations.register_instance import register_instance
from licenses.operations.reissue_license import reissue_license
from licenses.operations.revoke_instance_key import revoke_instance_key
from licenses.operations.revoke_vendor_key import NotRevocable
from licenses.queries import NothingAgreed, key_in_force
from rollcall.period import Period
from rollcall.signing import SigningKey, fingerprint
from rollcall.signing.activation import Activation, write_activation
from rollcall.signing.license import Entitlement, License, open_license
from rollcall.signing.revocations import VendorKeys
from tests.cast import BUILDER, House, sign_contract, terms_json

NOW = datetime(2026, 5, 4, 9, 30, 15, 987654, tzinfo=UTC)
SECOND = NOW.replace(microsecond=0)
SEATS = {"kind": "seats", "bought": [{"from": "2026-01-01", "seats": 100}, {"from": "2026-07-01", "seats": 120}]}
PER_SEAT = {"metric": "seats", "bill": "in_advance", "price": {"model": "per_user", "unit_price": "10.00"}}


def content(row: LicenseFile) -> License:
    """What a licence says, after its signature was checked with the vendor's key."""
    signed = open_license(bytes(row.envelope))
    signed.check(VendorKeys(keys={row.vendor_key.fingerprint: bytes(row.vendor_key.public_key)}))
    return signed.license


def answer(row: LicenseFile, instance: str, key: SigningKey, **changes: str) -> str:
    """The activation file with which an instance answers a licence."""
    said = Activation(
        license_id=row.public_id,
        challenge=row.challenge,
        instance=instance,
        public_key=bytes(key.verify_key),
        made_at=SECOND,
    )
    return write_activation(said.__class__(**{**vars(said), **changes}), sign=key)


def run_jobs(now: datetime) -> list[str]:
    """Do what was asked for, in the order of asking, and return why each licence was made."""
    made = []
    while job := Job.objects.filter(kind__startswith="licenses.", state="queued").order_by("pk").first():
        handler = {"licenses.reissue_license": tasks.reissue, "licenses.reissue_all": tasks.reissue_all}[job.kind]
        context = JobContext(args=job.args, job_id=job.pk, key=job.key)
        context.now = lambda: now  # type: ignore[method-assign]
        result = handler(context)
        if result and result.get("serial"):
            made.append(job.args["because"])
        Job.objects.filter(pk=job.pk).update(state="succeeded", finished_at=now)
    return made


def test_a_licence_says_what_the_terms_say(house: House) -> None:
    row = issue_license(actor=house.finance.actor, contract=house.contract_a, now=NOW)

    said = content(row)
    key = key_in_force(legal_entity=house.legal_entity)
    assert key is not None
    assert (said.serial, said.vendor, said.vendor_id) == (1, "Atlas Software GmbH", key.fingerprint)
    assert (said.contract, said.contract_version) == ("K-2026-001", 1)
    assert (said.customer, said.customer_name, said.product) == (
        "C-1001",
        "Aurel Maschinenbau GmbH",
        "Atlas Analytics Server",
    )
    assert [(one.id, one.name, one.key) for one in said.instances] == [(house.instance_a.public_id, "Berlin-1", "")]
    assert said.entitlements == (Entitlement(feature="seats", limit=None, enforced="billed"),)
    definition = said.definitions["active"]
    assert definition.definition["actions"] == ["*"]
    assert definition.definition["timezone"] == said.timezone == "Europe/Berlin"
    assert said.cycle == {"unit": "month", "anchor": "2026-01-01", "length": 1}
    assert (said.reporting_cadence, said.disclosure, said.namespace, said.grace_days) == ("daily", "rows", "plain", 30)
    assert (said.not_before, said.issued_at) == (SECOND, SECOND)
    # The year of the contract ends at midnight in Berlin.
    assert said.expires == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert said.keys == {key.fingerprint: bytes(key.public_key)}
    assert (said.next_keys, said.revocations.revoked, said.last_receipts) == ((), (), {})
    assert (row.issued_by, row.because, row.file_name) == ("Fiona Nance", "asked", "K-2026-001-1.license")


def test_seats_are_enforced_by_the_product_and_the_rest_is_only_billed(house: House) -> None:
    terms = terms_json(
        metrics={
            "seats": SEATS,
            "active": {"kind": "active_users", "definition": {"actions": ["login"]}},
            "accounts": {"kind": "provisioned_users", "calculation": "max"},
        },
        charges={
            "recurring": PER_SEAT,
            "metered": {"metric": "active", "price": {"model": "per_user", "unit_price": "2.00"}},
            "accounts": {"metric": "accounts", "price": {"model": "per_user", "unit_price": "1.00"}},
            "support": {"price": {"model": "fixed", "amount": "500.00"}},
        },
    )
    contract = sign_contract(house.customer_a, "K-2026-009", terms)

    first = issue_license(actor=BUILDER, contract=contract, now=NOW)
    assert {one.feature: (one.limit, one.enforced) for one in content(first).entitlements} == {
        "accounts": (None, "product"),
        "metered": (None, "billed"),
        "recurring": (100, "product"),
        "support": (None, "billed"),
    }
    assert content(first).entitlements[2].words() == "up to 100; enforced by the product"
    # The terms raise the seats on 1 July in Berlin: on that day, and not before it, the licence is made anew.
    for at, serial in (
        (datetime(2026, 6, 30, 21, 59, tzinfo=UTC), None),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), 2),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), None),
    ):
        made = reissue_license(actor=BUILDER, contract=contract, because=IssuedBecause.CHANGED, now=at)
        assert (made.serial if made else None) == serial
        if made:
            assert content(made).entitlements[2].limit == 120


def test_an_amendment_issues_the_next_licence_from_its_first_day_on(house: House) -> None:
    issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    add_contract_version(
        actor=house.finance.actor,
        contract=house.contract_a,
        # Totals hold no rows, so that what is billed must be the instance's own number.
        terms=terms_json(
            disclosure="totals",
            grace_days=60,
            metrics={"active": {"kind": "reported_users", "calculation": "max"}},
        ),
        active=Period(date(2026, 7, 1), date(2027, 1, 1)),
        agreed_at=NOW,
    )
    assert run_jobs(NOW) == ["amended"]

    first, second = LicenseFile.objects.filter(contract=house.contract_a)
    assert (second.serial, second.version.number) == (2, 2)
    said = content(second)
    assert (said.disclosure, said.grace_days) == ("totals", 60)
    assert said.not_before == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert said.supersedes(content(first))
    # Until that day the first one is in force, and nothing of it changed.
    assert reissue_license(actor=BUILDER, contract=house.contract_a, because=IssuedBecause.CHANGED, now=NOW) is None
    assert said.state_at(NOW) == "to come"
    assert [said.state_at(said.expires + timedelta(days=days)) for days in (-1, 0, 59, 60)] == [
        "valid",
        "in grace",
        "in grace",
        "expired",
    ]


def test_a_licence_is_renewed_before_it_ends_once_there_are_more_days(house: House) -> None:
    issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    december = datetime(2026, 12, 10, 8, tzinfo=UTC)
    assert (
        reissue_license(actor=BUILDER, contract=house.contract_a, because=IssuedBecause.RENEWED, now=december) is None
    )
    add_contract_version(
        actor=BUILDER,
        contract=house.contract_a,
        terms=terms_json(term={"start": "2027-01-01", "end": "2030-01-01"}),
        active=Period(date(2027, 1, 1), date(2030, 1, 1)),
        agreed_at=december,
    )
    # The one of the new version is valid for a year at most, and the one of the old version now ends with it.
    assert run_jobs(december) == ["amended"]
    later = LicenseFile.objects.filter(contract=house.contract_a).last()
    assert later is not None
    assert later.not_before == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert later.expires == later.not_before + timedelta(days=366)
    day = datetime(2027, 12, 20, 8, tzinfo=UTC)
    renewed = reissue_license(actor=BUILDER, contract=house.contract_a, because=IssuedBecause.RENEWED, now=day)
    assert renewed is not None
    assert renewed.expires == day + timedelta(days=366)
    with pytest.raises(NothingAgreed, match="has no version that is in force now or later"):
        issue_license(actor=BUILDER, contract=house.contract_a, now=datetime(2030, 1, 1, tzinfo=UTC))


def test_an_instance_is_activated_and_the_next_licence_names_its_key(house: House) -> None:
    row = issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    key = SigningKey.generate()
    text = answer(row, house.instance_a.public_id, key)

    with portal_transaction(house.customer_a.pk):
        activated = activate_instance(actor=house.customer_admin_a.actor, text=f"\r\n{text}\r\n", now=NOW)
        assert activate_instance(actor=house.customer_admin_a.actor, text=text, now=NOW) == activated

    assert (activated.fingerprint, activated.license_serial) == (fingerprint(bytes(key.verify_key)), 1)
    assert (activated.activated_by, activated.activated_at) == ("Anna Aurel", NOW)
    assert run_jobs(NOW) == ["instances"]
    assert [one.key for one in content(LicenseFile.objects.get(serial=2)).instances] == [activated.fingerprint]
    # A second key takes the place of the first, which is never taken again.
    newer = SigningKey.generate()
    second = LicenseFile.objects.get(serial=2)
    with portal_transaction(house.customer_a.pk):
        again = activate_instance(
            actor=house.customer_admin_a.actor, text=answer(second, house.instance_a.public_id, newer), now=NOW
        )
        with pytest.raises(ActivationRefused, match="was used before"):
            activate_instance(actor=house.customer_admin_a.actor, text=text, now=NOW)
    activated.refresh_from_db()
    assert (activated.replaced_at, activated.is_live, again.is_live) == (NOW, False, True)


def test_what_is_no_activation_of_ones_own_is_refused_with_its_reason(house: House) -> None:
    row = issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    own, key = house.instance_a.public_id, SigningKey.generate()
    good = answer(row, own, key)
    anna, ben = house.customer_admin_a.actor, house.customer_admin_b.actor
    for actor, text, now, words in (
        (ben, good, NOW, "answers a licence that is not yours"),
        (anna, answer(row, house.instance_b.public_id, key), NOW, "has no such instance"),
        (anna, answer(row, own, key, challenge="0" * 32), NOW, "does not answer the challenge"),
        (anna, answer(row, own, key, license_id="none"), NOW, "answers a licence that is not yours"),
        (anna, good, datetime(2027, 1, 31, tzinfo=UTC), "has run out"),
        (anna, good.replace("A", "B", 1), NOW, "is not an activation file"),
        (anna, "", NOW, "is not an activation file"),
    ):
        with pytest.raises(ActivationRefused, match=words):
            activate_instance(actor=actor, text=text, now=now)
    with pytest.raises(NotAllowed):
        activate_instance(actor=house.account_manager.actor, text=good, now=NOW)
    assert InstanceKey.objects.count() == 0


def test_a_revoked_key_stands_in_the_next_licence_of_its_own_customer_only(house: House) -> None:
    rows = {
        contract.pk: issue_license(actor=BUILDER, contract=contract, now=NOW)
        for contract in (house.contract_a, house.contract_b)
    }
    key = activate_instance(
        actor=house.finance.actor,
        text=answer(rows[house.contract_a.pk], house.instance_a.public_id, SigningKey.generate()),
        now=NOW,
    )
    with pytest.raises(NotAllowed):
        revoke_instance_key(actor=house.customer_admin_a.actor, key=key, from_seq=4, reason="Stolen.", now=NOW)
    with pytest.raises(NotRevocable, match="numbered from 1 on"):
        revoke_instance_key(actor=house.finance.actor, key=key, from_seq=0, reason="Stolen.", now=NOW)
    revoked = revoke_instance_key(actor=house.finance.actor, key=key, from_seq=4, reason="Stolen.", now=NOW)
    with pytest.raises(NotRevocable, match="revoked already"):
        revoke_instance_key(actor=house.finance.actor, key=key, from_seq=2, reason="Earlier.", now=NOW)

    assert (revoked.revoked_from_seq, revoked.is_live) == (4, False)
    run_jobs(NOW)
    said = content(LicenseFile.objects.filter(contract=house.contract_a).order_by("serial").last())
    assert [(one.fingerprint, one.kind, one.from_seq) for one in said.revocations.revoked] == [
        (key.fingerprint, "instance", 4)
    ]
    assert [one.key for one in said.instances] == [""]
    entry = said.revocations.of(key.fingerprint)
    assert entry is not None
    assert [entry.refuses_report(sequence=number, received_at=NOW) for number in (3, 4, 5)] == [False, True, True]
    other = issue_license(actor=BUILDER, contract=house.contract_b, now=NOW)
    assert content(other).revocations.revoked == ()


def test_a_contract_without_a_licence_gets_none_by_itself(house: House) -> None:
    assert reissue_license(actor=BUILDER, contract=house.contract_a, because=IssuedBecause.RENEWED, now=NOW) is None
    assert Job.objects.filter(kind__startswith="licenses.").count() == 0
    for person in (house.customer_admin_a, house.stranger):
        with pytest.raises(NotAllowed):
            issue_license(actor=person.actor, contract=house.contract_a, now=NOW)
    issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    register_instance(actor=BUILDER, contract=house.contract_a, name="Berlin-2", reports_from=date(2026, 5, 1))
    assert run_jobs(NOW) == ["instances"]
    names = [one.name for one in content(LicenseFile.objects.get(serial=2)).instances]
    assert names == ["Berlin-1", "Berlin-2"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE licenses_licensefile SET expires = expires + interval '1 year'", "permission denied|append-only"),
        ("DELETE FROM licenses_licensefile", "permission denied|append-only"),
        ("UPDATE licenses_instancekey SET public_key = decode(repeat('01', 32), 'hex')", "never changes"),
        ("UPDATE licenses_instancekey SET fingerprint = 'rollcall-key:mine'", "never changes"),
        ("UPDATE licenses_instancekey SET revoked_at = NULL, revoked_reason = '', revoked_from_seq = NULL", "once"),
        ("UPDATE licenses_instancekey SET revoked_at = now()", "written once"),
        ("DELETE FROM licenses_instancekey", "never deleted"),
        ("UPDATE licenses_keyrevocation SET at = now()", "permission denied|append-only"),
    ],
)
def test_the_database_keeps_what_was_issued(house: House, statement: str, words: str) -> None:
    row = issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    text = answer(row, house.instance_a.public_id, SigningKey.generate())
    key = activate_instance(actor=BUILDER, text=text, now=NOW)
    revoke_instance_key(actor=BUILDER, key=key, from_seq=None, reason="Stolen.", now=NOW)
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_portal_takes_no_key_back_and_revokes_none(house: House) -> None:
    row = issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    text = answer(row, house.instance_a.public_id, SigningKey.generate())
    activate_instance(actor=BUILDER, text=text, now=NOW)
    for statement in (
        "UPDATE licenses_instancekey SET revoked_at = now(), revoked_reason = 'mine'",
        "UPDATE licenses_instancekey SET activated_by = 'me'",
        "INSERT INTO licenses_licensefile (serial) VALUES (7)",
        "SELECT * FROM licenses_keyrevocation",
    ):
        with (
            portal_transaction(house.customer_a.pk),
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
        ):
            connection.cursor().execute(statement)
    with portal_transaction(house.customer_b.pk):
        assert (LicenseFile.objects.count(), InstanceKey.objects.count()) == (0, 0)


def test_every_day_it_is_asked_once_for_each_contract_with_a_licence(house: House) -> None:
    issue_license(actor=BUILDER, contract=house.contract_a, now=NOW)
    context = JobContext(args={}, job_id=0, key="licenses.renew_licenses")
    for day in (NOW, NOW + timedelta(hours=3), NOW + timedelta(days=1)):
        context.now = lambda at=day: at  # type: ignore[method-assign]
        assert tasks.renew_licenses(context) == {"asked": 1}
    assert list(Job.objects.filter(kind="licenses.reissue_license").order_by("pk").values_list("key", flat=True)) == [
        f"licenses.reissue_license:{house.contract_a.pk}:day:2026-05-04",
        f"licenses.reissue_license:{house.contract_a.pk}:day:2026-05-05",
    ]
    assert run_jobs(NOW) == []


def test_a_licence_that_no_reader_would_take_is_not_issued(house: House) -> None:
    people = {f"person{number:05d}@old.example": f"person{number:05d}@new.example" for number in range(16_000)}
    definition = {"actions": ["*"], "identity": {"namespace": "plain", "rule": "trim-nfc-lower", "aliases": people}}
    terms = terms_json(metrics={"active": {"kind": "active_users", "definition": definition}})
    contract = sign_contract(house.customer_a, "K-2026-010", terms)
    with pytest.raises(LicenseTooLong, match="write globs"):
        issue_license(actor=BUILDER, contract=contract, now=NOW)
    assert LicenseFile.objects.count() == 0
