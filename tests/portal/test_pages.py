"""Each page shows its numbers to the customer they belong to."""

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/", ["May 2026 so far", "estimate, not final, 19 days left", "Berlin-1 has not reported 10 and 11 May."]),
        ("/usage/", ["What you sent, and what we made of it", "waits for you to confirm"]),
        ("/usage/upload/", ["Send a usage export", "Berlin-1"]),
        ("/counted/", ["Why 205 active users?", "user0001@aurel.example"]),
        ("/invoices/", ["What you owe, and why", "14,839.30"]),
        ("/contract/", ["What we agreed", "version 1 in force"]),
        ("/instances/", ["Which installations report", "Berlin-1", "missing 10 and 11 May"]),
    ],
)
def test_a_page_answers_its_question(customer_a: Client, address: str, words: list[str]) -> None:
    response = customer_a.get(address)

    assert response.status_code == 200
    for each in words:
        assert each in response.content.decode()
