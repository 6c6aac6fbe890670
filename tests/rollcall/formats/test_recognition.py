"""Each sample is recognized by its content alone, by exactly one format: that of its name."""

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.formats import generic_csv, registry
from rollcall.formats.registry import PROFILES, help_of, sample_of
from rollcall.intake.head import head_of
from rollcall.intake.limits import Limits
from rollcall.intake.look import look_at
from rollcall.intake.sniff import sniff
from rollcall.terms.activity import NO_ACTIVITY_MARK
from tests.rollcall.formats.samples import SAMPLES, files_of, format_of, parts_of_sample, read_sample

KNOWN = [sample for sample in SAMPLES if format_of(sample) in PROFILES]


def look_of(part, name):
    with part.open(Limits()) as plain:
        data = plain.read()
    return look_at(head_of(data, len(data), filename=name, encoding=None))


@pytest.mark.parametrize("sample", KNOWN)
def test_exactly_one_format_recognizes_a_sample_whatever_its_name(sample):
    for part in parts_of_sample(sample):
        look = look_of(part, "upload.bin")
        taken = [profile.name for profile in PROFILES.values() if profile.recognizes(look)]
        beside = [p.name for p in PROFILES.values() if p.companion is not None and p.companion(look)]
        assert taken + beside == [format_of(sample)], part.filename


@pytest.mark.parametrize("sample", KNOWN)
def test_a_sample_is_sniffed_without_help(sample):
    for file in files_of(sample):
        result = sniff(file, filename="upload.bin")
        assert (result.outcome, result.format, result.kind) == (
            "ok",
            format_of(sample),
            PROFILES[format_of(sample)].kind,
        ), result.message


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_a_format_says_what_it_is(profile):
    assert len(help_of(profile).split()) > 30
    assert profile.title
    assert {"user", "at"} <= set(profile.labels) or profile.kind in ("counts", "snapshot")
    assert profile.suggested_actions


@pytest.mark.parametrize("sample", KNOWN)
def test_what_a_format_is_recognized_by_stands_in_its_sample(sample):
    """The words that people read are those of the file: every name in backticks is there."""
    profile = PROFILES[format_of(sample)]
    written = "".join(_text_of(part).lower() for part in parts_of_sample(sample))
    named = [step for name in re.findall(r"`([^`]+)`", profile.recognized_by) for step in name.lower().split(".")]
    assert [name for name in named if name not in written] == []
    assert profile.recognized_by


def _text_of(part):
    with part.open(Limits()) as plain:
        return plain.read().decode(errors="replace")


@pytest.mark.parametrize("sample", KNOWN)
def test_every_mark_of_a_format_is_explained(tmp_path, sample):
    profile = PROFILES[format_of(sample)]
    marks = {action.partition(NO_ACTIVITY_MARK)[2] for action in read_sample(tmp_path, sample).actions} - {""}
    assert marks <= set(profile.no_activity)
    assert not profile.no_activity or profile.kind in ("events", "per_user_and_day")


def test_every_format_is_in_the_list_of_formats():
    listed = (Path(__file__).parents[3] / "docs" / "formats.md").read_text()
    assert [name for name in PROFILES if f"| `{name}` |" not in listed] == []


def test_every_sample_has_its_format():
    assert [sample for sample in SAMPLES if format_of(sample) not in PROFILES] == []


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_the_sample_that_people_are_shown_is_one_of_its_format(profile, tmp_path):
    shown = sample_of(profile)
    assert 2 <= len(shown.splitlines()) <= 100
    assert len(shown) <= 2_200
    if profile.name == "sourcegraph_archive":
        assert shown.startswith("date,user_id,search_count,code_intel_count\n")
        return
    file = tmp_path / "upload.bin"
    file.write_text(shown, encoding="utf-8")
    found = sniff(file, filename=file.name)
    assert (found.outcome, found.format, found.kind) == ("ok", profile.name, profile.kind), found.message


def test_no_sample_is_left_of_a_format_that_is_gone():
    folder = Path(registry.__file__).parent / "samples"
    assert {file.name.partition(".")[0] for file in folder.iterdir()} == set(PROFILES)


@given(st.text(st.sampled_from('a,"\r\n\v\u2028\x85')))
def test_the_lines_of_a_head_are_those_of_a_text_file(text):
    assert list(generic_csv._lines(text)) == list(io.StringIO(text, newline=""))
