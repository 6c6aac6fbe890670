"""What the page of quarantined rows offers: only what can be done about them."""

import json

import pytest
from django.test import Client

from tests.cast import House
from tests.portal.conftest import fixed_today
from tests.portal.test_previews import run_everything
from tests.portal.test_upload import answers, sent, text_of
from usage.models import UsageReport

pytestmark = pytest.mark.usefixtures(fixed_today.__name__)


def keycloak(*users: str) -> bytes:
    """Log-ins on 1 April 2026; an empty user is a name that is not known."""
    rows = [
        {"id": f"e{number}", "time": 1_775_030_400_000 + number, "type": "LOGIN" if user else "LOGIN_ERROR",
         "realmId": "r", "clientId": "c", "userId": user or None, "details": {"username": "x"}}
        for number, user in enumerate(users)
    ]  # fmt: skip
    return json.dumps(rows).encode()


def test_rows_of_nobody_are_shown_and_nothing_is_to_be_corrected(committed_house: House) -> None:
    client = Client()
    client.force_login(committed_house.customer_admin_a.user)
    address = sent(
        client,
        committed_house,
        keycloak("ada", "", "bob", ""),
    )
    client.post(f"{address}confirm/", answers(covers_until="2026-04-01"))
    run_everything()
    report = UsageReport.objects.get()
    assert (report.state, report.rows_quarantined) == ("quarantined", 2)

    page = text_of(client.get(f"{address}quarantine/"))

    assert "Nobody stands behind the row" in page
    assert "nobody stands behind 2 of them" in page
    assert "Send corrected rows" not in page
    # The file can still be taken home with the rows named in it.
    assert "The file, with the errors in it" in page
