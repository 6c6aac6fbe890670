"""Whoever's way of signing in changes hears of it by mail, from a worker, whoever changed it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import allauth
import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from ground.models import Job
from ground.operations.run_job import run_job
from ground.sign_in.changes import CHANGES, MAIL
from licenses.models import User
from tests.cast import PASSWORD, House
from tests.sign_in.codes import by_password, code_for, give_factor
from tests.sign_in.test_lost_factors import PAGE, WHY
from tests.sign_in.test_second_factor import set_up

NEW = "another long password, never used"


Committed = Callable[..., AbstractContextManager[list[Callable[[], object]]]]


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Committed) -> Committed:
    """Do what waits for the commit that a test's transaction never makes."""
    return django_capture_on_commit_callbacks


@pytest.fixture
def person(house: House) -> User:
    return house.finance.user


def told(mailoutbox: Any) -> list[str]:
    """Let a worker do what waits; return what the mails say changed, in order, and forget them."""
    while job := Job.objects.filter(state=Job.State.QUEUED, kind=MAIL).order_by("pk").first():
        ran = run_job(job.pk)
        assert ran is not None
        assert ran.state == Job.State.SUCCEEDED, ran.error
    said = [mail.body.splitlines()[0] for mail in mailoutbox if "sign-in at Rollcall has changed" in mail.subject]
    mailoutbox.clear()
    return said


def test_an_app_that_is_set_up_and_taken_away_is_told(person: User, mailoutbox: Any, committed: Committed) -> None:
    client = by_password(person)
    with committed(execute=True):
        key = set_up(client)
    assert told(mailoutbox) == [CHANGES["mfa/email/totp_activated"]]

    client.post("/accounts/2fa/totp/deactivate/", {"code": code_for(key, later=1)})

    assert told(mailoutbox) == [CHANGES["mfa/email/totp_deactivated"]]


def test_the_mail_says_when_from_where_and_what_to_do(person: User, mailoutbox: Any) -> None:
    by_password(person).post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )
    job = Job.objects.get(kind=MAIL)
    run_job(job.pk)

    [mail] = mailoutbox
    assert (mail.to, mail.subject) == ([person.email], "Your sign-in at Rollcall has changed")
    day, clock = job.args["at"][:10], job.args["at"][11:16]
    assert mail.body.splitlines() == [
        "Your password was changed.",
        "",
        f"Account: {person.email}",
        f"When: {day} {clock} UTC, from 127.0.0.1",
        "",
        "If you know of this, there is nothing to do. If you do not, tell an administrator of the vendor at once: "
        "they can end all sessions of this account and take its second factor away.",
    ]


def test_a_password_set_through_the_link_is_told(person: User, mailoutbox: Any) -> None:
    anonymous = Client()
    anonymous.post("/accounts/password/reset/", {"email": person.email})
    link = next(word for word in mailoutbox[0].body.split() if "/accounts/password/reset/key/" in word)
    form = anonymous.get(link.partition("testserver")[2], follow=True)
    anonymous.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})

    assert told(mailoutbox) == [CHANGES["account/email/password_reset"]]


def test_new_recovery_codes_are_told(person: User, mailoutbox: Any, committed: Committed) -> None:
    client = by_password(person)
    set_up(client)

    with committed(execute=True):
        client.post("/accounts/2fa/recovery-codes/generate/")

    assert told(mailoutbox) == [CHANGES["mfa/email/recovery_codes_generated"]]


def test_whoever_lost_a_factor_to_an_administrator_is_told(house: House, person: User, mailoutbox: Any) -> None:
    give_factor(person)

    by_password(house.vendor_admin.user).post(PAGE.format(person.pk), WHY)

    assert told(mailoutbox) == [CHANGES["second_factor_removed"]]


def test_a_mail_server_that_is_away_stops_no_change(
    person: User, committed: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> int:
        raise ConnectionRefusedError("No mail server.")

    monkeypatch.setattr(EmailBackend, "send_messages", away)
    client = by_password(person)
    with committed(execute=True):
        set_up(client)

    first = Job.objects.filter(kind=MAIL).earliest("pk")
    ran = run_job(first.pk)
    assert ran is not None
    assert (ran.state, ran.attempts) == (Job.State.QUEUED, 1)
    assert "Authenticator app" in client.get("/accounts/2fa/").content.decode()


def test_every_change_the_library_tells_of_has_words() -> None:
    templates = Path(allauth.__file__).parent / "templates"
    told_by_library = {
        str(path.relative_to(templates)).removesuffix("_message.txt")
        for path in templates.glob("*/email/*_message.txt")
        if "base_notification.txt" in path.read_text()
    }
    # Nobody adds, confirms or changes an address here, and nobody signs in by an address at a provider.
    absent = {name for name in told_by_library if name.startswith("account/email/email_")}
    assert told_by_library - absent <= set(CHANGES), told_by_library - absent - set(CHANGES)
