"""The audit log of OpenCloud: who did it is in the sentence, not in the field of the user."""

import json

import pytest

from rollcall.formats.opencloud_audit import parts
from rollcall.formats.profile import Entry, Unusable
from tests.rollcall.intake.readings import lines_of, reading

AT = "2026-06-30T22:30:00Z"


def record(action, message, *, user="owner", at=AT):
    return {
        "RemoteAddr": "",
        "User": user,
        "URL": "",
        "Method": "",
        "UserAgent": "",
        "Time": at,
        "App": "admin_audit",
        "Message": message,
        "Action": action,
        "CLI": False,
        "Level": 1,
    }


@pytest.mark.parametrize(
    ("action", "message", "user"),
    [
        ("file_read", "user 'anna' read file 's$a!b'", "owner"),
        ("share_accepted", "user 'anna' accepted share '1' from user 'owner'", "anna"),
        ("space_created", "user 'anna' created a space 'x' with name 'it's'", ""),
        ("group_member_added", "user 'anna' added user 'g' was added to group 'u'", ""),
    ],
)
def test_the_person_is_the_one_in_the_sentence(action, message, user):
    assert list(parts(record(action, message, user=user))) == [Entry(user="anna", at=AT, action=action)]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("public_link_accessed", "link with token 't' was accessed. Success: true"),
        ("public_link_accessed", "link with token 't' was accessed. Success: false"),
        ("file_unshared", "share id:'1' uid:'owner' item-id:'b' was removed"),
        ("file_create", "user '' created file 's$a!b'"),
    ],
)
def test_a_sentence_that_names_nobody_counts_for_no_one(action, message):
    (said,) = parts(record(action, message))
    assert isinstance(said, Unusable)
    assert said.code == "user.nobody"


def test_a_row_without_a_time_is_listed(tmp_path):
    rows = [
        record("file_read", "user 'anna' read file 'b'"),
        record("space_shared", "user 'ben' shared the space 'x' with 'user:anna' (storage: 's')", user="", at=""),
    ]
    result = reading(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), names=("audit.log",))
    assert (result.format, result.users, lines_of(result)) == ("opencloud_audit", 1, [(2, "time.invalid")])
    assert result.findings[0].message == "The time is empty."
