"""VAT numbers: form and check digits per country, and a sentence for what is wrong."""

import pytest

from licenses.vat_ids import check_vat_id, vat_check_in_words

# Numbers that the documentation of authorities and of libraries uses as samples.
SOUND = [
    ("AT", "ATU13585627"),
    ("BE", "BE 0428.759.497"),
    ("CH", "CHE-107.787.577 MWST"),
    ("DE", "DE 136,695 976"),
    ("FR", "FR 40 303 265 045"),
    ("GB", "GB 980 7806 84"),
    ("GB", "XI 980 7806 84"),
    ("GR", "EL 094259216"),
    ("IE", "IE 6433435F"),
    ("IT", "IT 00743110157"),
    ("LI", "CHE-107.787.577 MWST"),
    ("MC", "FR 40 303 265 045"),
    ("NL", "NL 4495445B01"),
    ("NO", "NO 995 525 828 MVA"),
    ("NO", "995 525 828 MVA"),
    ("SE", "SE 556188840401"),
]


@pytest.mark.parametrize(("country", "vat_id"), SOUND)
def test_a_number_is_sound_however_it_is_spaced(country: str, vat_id: str) -> None:
    checked = check_vat_id(vat_id=vat_id, country=country)
    assert checked.fault == ""
    assert checked.is_sound
    assert checked.number.isalnum()


@pytest.mark.parametrize(
    ("_case", "country", "vat_id", "said"),
    [
        ("a digit is mistyped", "DE", "DE136695977", "The check digits of the VAT number DE136695977 are wrong"),
        ("a digit is missing", "DE", "DE13669597", "does not have the form of a number of DE"),
        ("another country", "AT", "DE136695976", "does not begin with AT, as numbers of AT do"),
        ("Greece under its country code", "GR", "GR094259216", "does not begin with EL, as numbers of GR do"),
        ("no country before it", "FR", "40303265045", "does not begin with FR"),
        ("Northern Ireland is not the union", "IE", "XI980780684", "does not begin with IE"),
        ("Norway", "NO", "NO995525829MVA", "VAT number NO995525829MVA"),
        ("letters only", "DE", "DEABCDEFGHI", "does not have the form"),
    ],
)
def test_a_wrong_number_says_what_is_wrong_and_what_to_do(_case: str, country: str, vat_id: str, said: str) -> None:
    checked = check_vat_id(vat_id=vat_id, country=country)
    assert said in checked.fault
    assert checked.fault.endswith("Compare it with the customer's own document.")
    assert not checked.is_sound


def test_of_other_countries_nothing_is_known_and_nothing_is_refused() -> None:
    checked = check_vat_id(vat_id="12-3456789", country="US")
    assert (checked.fault, checked.is_known, checked.is_sound) == ("", False, False)


def test_no_number_is_no_fault_but_nothing_to_rely_on() -> None:
    checked = check_vat_id(vat_id="  ", country="DE")
    assert (checked.number, checked.fault, checked.is_sound) == ("", "", False)


@pytest.mark.parametrize(
    ("country", "vat_id", "said"),
    [
        ("DE", "DE136695976", "Form and check digits are right."),
        ("DE", "DE136695977", "a digit may be mistyped"),
        ("DE", "", "No VAT number."),
        ("US", "12-3456789", "Not checked"),
    ],
)
def test_the_page_of_a_customer_says_what_became_of_the_check(country: str, vat_id: str, said: str) -> None:
    assert said in vat_check_in_words(check_vat_id(vat_id=vat_id, country=country))
