"""The commands of `rollcall report` that work in the home folder."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

from rollcall.formats.mapping import ColumnMapping
from rollcall.instance import host as machine
from rollcall.instance.activate import answer_license, names_the_key, take_license
from rollcall.instance.activity import Activity
from rollcall.instance.doctor import BAD, examine
from rollcall.instance.home import CUSTOMER_KEY, Home, HomeRefused
from rollcall.instance.people import commitment, known_names
from rollcall.instance.post import post_outbox
from rollcall.instance.take_receipt import take_receipt
from rollcall.instance.write_report import Asked, ReportWriter
from rollcall.signing import read_public_file
from rollcall.signing.keys import fingerprint, named_keys, public_file
from rollcall.signing.report_file import rows_of
from rollcall.signing.report_parts import Provisioned
from rollcall.zones import DAY, day_of, instant_of, zone_table

PUBLIC = "instance.pub"


def init(arguments: argparse.Namespace) -> int:
    """Make the home folder and the instance's key."""
    folder: Path = arguments.home
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    home = Home(folder)
    try:
        key = home.make_key(machine.new_secret())
    except FileExistsError:
        raise HomeRefused(f"{folder} has a key already. A key is made once; nothing was changed.") from None
    public = bytes(key.verify_key)
    (folder / PUBLIC).write_text(public_file(public))
    print(f"Made the key of this instance, {fingerprint(public)}.")
    print(
        "Next: download the licence in the vendor's portal, then `rollcall report activate LICENSE --key VENDOR.pub`."
    )
    return 0


def customer_key(arguments: argparse.Namespace) -> int:
    """Make the customer's key, once for all instances of the contract."""
    path = arguments.home / CUSTOMER_KEY
    secret = machine.new_secret()
    try:
        machine.make_private(path, secret.hex().encode())
    except FileExistsError:
        raise HomeRefused(f"{path} is there already; copy it to the other instances of the contract.") from None
    print(f"Made {path}, {commitment(secret)}. Copy it to every instance of the contract; the vendor never sees it.")
    return 0


def activate(arguments: argparse.Namespace) -> int:
    """Take a licence; where it does not name this key yet, write the activation file that answers it."""
    home = Home(arguments.home)
    with home.locked():
        if arguments.key is not None:
            home.trust(named_keys([read_public_file(arguments.key.read_text())]))
        license = take_license(home=home, text=arguments.license.read_text())
        if names_the_key(license, home):
            print(f"Licence {license.serial} is valid for this instance until {license.expires:%d %b %Y}.")
            return 0
        now = machine.look().now
        path, instance = answer_license(home=home, license=license, instance=arguments.instance, now=now)
    print(f"Wrote {path}. Upload it in the vendor's portal on the page of {instance.name}, get the new licence there,")
    print("and run this command again with it.")
    return 0


def write(arguments: argparse.Namespace) -> int:
    """Write the report that is due."""
    home, host = Home(arguments.home), machine.look()
    with home.locked() as state:
        zone = zone_table(home.license().timezone)
        today = day_of(zone.local(instant_of(host.now)) // DAY * DAY)
        until: date = arguments.until or today
        if until > today:
            raise HomeRefused(f"{until} is not over; the last day that can be reported ends where {today} begins.")
        activity = Activity(zone)
        if arguments.files:
            mapping = _mapping(arguments.mapping)
            activity.add_files(arguments.files, mapping=mapping, empty_is_nobody=arguments.empty_is_nobody)
        accounts = arguments.accounts
        asked = Asked(
            activity=activity,
            until=until,
            since=arguments.since,
            provisioned=None
            if accounts is None
            else Provisioned(users=accounts, date=today, source=arguments.accounts_source),
            software={"product": arguments.product_version} if arguments.product_version else {},
            reason=arguments.correct,
        )
        written = ReportWriter(home, host, asked).write(state)
    for path in written.paths:
        print(f"Wrote {path}")
    if written.late:
        days = ", ".join(str(day) for day in written.late)
        print(f"Left out: activity of {days}, reported before, has changed. Say why with --correct to state it anew.")
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    """Print what the doctor sees; status 3 where something is bad."""
    seen = examine(Home(arguments.home), machine.look())
    for one in seen:
        print(f"{one.state:<8} {one.what:<12} {one.words}")
    return 3 if any(one.state == BAD for one in seen) else 0


def who(arguments: argparse.Namespace) -> int:
    """Print the users of a report by name."""
    names = known_names(arguments.home)
    for user in sorted({row.user for row, _ in rows_of(arguments.file)}):
        print(f"{user}  {names.get(user, '(not known on this machine)')}")
    return 0


def receipt(arguments: argparse.Namespace) -> int:
    """Take a receipt."""
    found = take_receipt(home=Home(arguments.home), text=arguments.file.read_text())
    print(f"The vendor has report {found.sequence}, received at {found.received_at:%d %b %Y %H:%M} UTC.")
    for code in found.findings:
        print(f"It noticed: {code}")
    return 0


def post(arguments: argparse.Namespace) -> int:
    """Send the outbox."""
    for line in post_outbox(
        home=Home(arguments.home), url=arguments.url, token=arguments.token_file.read_text().strip()
    ):
        print(line)
    return 0


def _mapping(path: Path | None) -> ColumnMapping | None:
    return None if path is None else ColumnMapping.from_json(json.loads(path.read_text()))
