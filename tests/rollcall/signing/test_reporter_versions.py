"""Which versions a recall names."""

import pytest

from rollcall.signing.reporter_versions import VersionsRefused, reporters_of, versions_of


@pytest.mark.parametrize(
    ("said", "named", "others"),
    [
        ("1.4.1", ("1.4.1", "1.4.1+build.7", "1.4.1-rc1"), ("1.4.10", "1.4", "1.4.2", "11.4.1", "")),
        ("1.4.0 to 1.4.2", ("1.4", "1.4.0", "1.4.2", "1.4.1.9", "v1.4.2"), ("1.3.9", "1.4.2.1", "1.4.3", "1.40", "x")),
        ("  2 -  3.0 ", ("2.0.0", "2.99", "3", "3.0-beta"), ("1.9", "3.0.1")),
        ("nightly", ("nightly",), ("nightly-2", "1.0")),
        ("1.9 to 1.10", ("1.9.5", "1.10"), ("1.1", "1.11")),
    ],
)
def test_a_range_is_one_of_numbers(said: str, named: tuple[str, ...], others: tuple[str, ...]) -> None:
    versions = versions_of(said)
    assert [version for version in named if not versions.include(version)] == []
    assert [version for version in others if versions.include(version)] == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", "Write one version"),
        ("1.0 and 2.0", "Write one version"),
        ("2.0 to 1.0", "2.0 comes after 1.0"),
        ("old to 2.0", "must be versions of numbers"),
        ("9" * 200, "Write one version"),
    ],
)
def test_what_names_no_versions_is_refused_in_words(said: str, words: str) -> None:
    with pytest.raises(VersionsRefused, match=words):
        versions_of(said)


def test_a_report_is_made_by_its_program_and_by_what_the_product_says() -> None:
    made_by = reporters_of(program="rollcall 0.1.0", software={"product": "9.1", "rollcall": "made up"})
    assert made_by == {"rollcall": "0.1.0", "product": "9.1"}
