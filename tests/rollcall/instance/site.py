"""A site for tests: a home with its key and an activated licence, and a machine whose clock the test sets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rollcall.instance.activity import Activity
from rollcall.instance.home import CUSTOMER_KEY, LICENSE, Home
from rollcall.instance.host import Host
from rollcall.instance.write_report import Asked, ReportWriter, Written
from rollcall.signing import SigningKey
from rollcall.signing.license import License, LicensedInstance, write_license
from rollcall.signing.report_check import Checked, check_report
from rollcall.signing.report_parts import Provisioned
from rollcall.terms.activity import ActivityDefinition
from rollcall.zones import zone_table
from tests.rollcall.signing.licenses import INSTANCE, PLAIN, VENDOR, name, public

BERLIN = "Europe/Berlin"


def at(day: int, hour: int = 9, minute: int = 0, month: int = 6) -> datetime:
    """A time of June 2026, in UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@dataclass
class Site:
    """One machine. `now` is set by the test; a restart counts another boot."""

    home: Home
    license: License
    key: SigningKey = INSTANCE
    now: datetime = field(default_factory=lambda: at(8))
    boot: int = 1
    machine: str = "machine-1"
    deeds: list[tuple[str, str, datetime]] = field(default_factory=list)

    @classmethod
    def at(cls, folder: Path, *, key: SigningKey = INSTANCE, instance: str = "i-1", **changes: object) -> Site:
        """Make the home of an activated instance."""
        folder.mkdir(parents=True)
        home = Home(folder)
        home.make_key(bytes(key))
        home.trust({name(VENDOR): public(VENDOR)})
        license = replace(
            PLAIN,
            instances=(LicensedInstance(id=instance, name="Berlin-1", key=name(key)),),
            **changes,  # type: ignore[arg-type]
        )
        (folder / LICENSE).write_text(write_license(license, sign=VENDOR))
        return cls(home=home, license=license, key=key)

    def with_customer_key(self, secret: bytes) -> Site:
        (self.home.folder / CUSTOMER_KEY).write_text(secret.hex())
        return self

    def did(self, user: str, *times: datetime, action: str = "login") -> Site:
        """Remember what somebody did."""
        self.deeds += [(user, action, time) for time in times]
        return self

    @property
    def host(self) -> Host:
        started = at(1, 0) + timedelta(days=self.boot - 1)
        return Host(
            now=self.now,
            monotonic_seconds=int((self.now - started).total_seconds()) % 10_000_000,
            boot_id=f"boot-{self.boot}",
            machine_id=self.machine,
        )

    def activity(self) -> Activity:
        found = Activity(zone_table(self.license.timezone))
        for user, action, time in self.deeds:
            found.add(user=user, action=action, at=time)
        return found

    def asked(self, until: date, *, since: date | None = date(2026, 6, 1), reason: str = "") -> Asked:
        accounts = Provisioned(users=250, date=date(2026, 6, 1), source="directory")
        return Asked(activity=self.activity(), until=until, since=since, provisioned=accounts, reason=reason)

    def write(self, until: int, *, reason: str = "") -> Written:
        """Write the report that is due, for days of June up to `until`, exclusive."""
        return self.write_until(date(2026, 6, until), reason=reason)

    def write_until(self, until: date, *, since: date | None = date(2026, 6, 1), reason: str = "") -> Written:
        """Write the report that is due up to a day, exclusive."""
        with self.home.locked() as state:
            asked = self.asked(until, since=since, reason=reason)
            return ReportWriter(self.home, self.host, asked).write(state)

    def check(self, path: Path, *agreed: ActivityDefinition) -> Checked:
        """Check a report with the key of this site, under the definitions of its licence or those given."""
        own = [ActivityDefinition.from_json(dict(one.definition)) for one in self.license.definitions.values()]
        by_digest = {one.digest(): one for one in agreed or own}
        return check_report(path, keys={name(self.key): public(self.key)}, definitions=by_digest)
