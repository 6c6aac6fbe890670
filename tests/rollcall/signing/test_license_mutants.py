"""Changed licences: whatever is changed in a file, nobody takes it for the vendor's, and a second program agrees."""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from collections.abc import Callable

from rollcall.signing import EnvelopeRefused, SignatureRefused
from rollcall.signing.armor import ArmorRefused, armored, unarmored
from rollcall.signing.envelope import sign_payload
from rollcall.signing.license import LICENSE_TYPE, read_license, sign_license, write_license
from tests.rollcall.signing.licenses import INSTANCE, NEXT, VENDOR, drawn, public, trusted
from tests.rollcall.signing.second_verifier import payload_of

ORDER = 2**252 + 27742317777372353535851937790883648493
LICENSES = 200
TRUSTED = trusted(VENDOR, NEXT)
# What somebody else signs as a licence, and what the vendor signs as something else.
FOREIGN = [sign_license(drawn(number), sign=INSTANCE) for number in range(1000, 1050)]
OF_OTHER_TYPES = [
    sign_payload(payload=drawn(number).to_payload(), payload_type=f"application/vnd.rollcall.{kind}+json", sign=VENDOR)
    for kind in ("receipt", "report", "revocations", "activation", "LICENSE")
    for number in range(10)
]
Mutant = Callable[[random.Random, list[str]], str]


def flipped(draw: random.Random, files: list[str]) -> str:
    """One to four bytes of the text are other ones."""
    text = bytearray(draw.choice(files).encode())
    for _ in range(draw.randrange(1, 5)):
        text[draw.randrange(len(text))] ^= 1 << draw.randrange(7)
    return text.decode("latin-1")


def cut(draw: random.Random, files: list[str]) -> str:
    """Bytes are missing: at the end, at the start, or in the middle."""
    text = draw.choice(files)
    start = draw.choice([0, len(text), draw.randrange(len(text))])
    return text[: max(0, start - draw.randrange(1, 80))] + text[start:]


def flipped_inside(draw: random.Random, files: list[str]) -> str:
    """A byte of the envelope is another one, and the armor is made anew around it."""
    envelope = bytearray(unarmored("LICENSE", draw.choice(files)))
    envelope[draw.randrange(len(envelope))] ^= 1 << draw.randrange(8)
    return armored("LICENSE", bytes(envelope))


def said_otherwise(draw: random.Random, files: list[str]) -> str:
    """One key of the payload says something else, in the one spelling, under the old signature."""
    envelope, other = (json.loads(unarmored("LICENSE", draw.choice(files))) for _ in range(2))
    payload, foreign = (json.loads(base64.b64decode(one["payload"])) for one in (envelope, other))
    key = draw.choice(sorted(payload))
    payload[key] = draw.choice([foreign[key], None, "", 0, 10**9, payload[draw.choice(sorted(payload))]])
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return again({**envelope, "payload": base64.b64encode(text).decode()})


def put_together(draw: random.Random, files: list[str]) -> str:
    """The payload of one licence under the signature of another, or with the name of another key."""
    one, other = (json.loads(unarmored("LICENSE", draw.choice(files))) for _ in range(2))
    (signature,), (foreign,) = one["signatures"], other["signatures"]
    mixed = draw.choice([foreign, {**signature, "sig": foreign["sig"]}, {**signature, "keyid": foreign["keyid"]}])
    return again({**one, "signatures": draw.choice([[mixed], [signature, mixed], [mixed, signature], []])})


def other_spelling(draw: random.Random, files: list[str]) -> str:
    """The same envelope, written otherwise: blanks, order, base64 in another spelling, lines of another length."""
    text = draw.choice(files)
    envelope = unarmored("LICENSE", text)
    document = json.loads(envelope)
    lines = text.splitlines()
    return draw.choice(
        [
            armored("LICENSE", json.dumps(document).encode()),
            armored("LICENSE", json.dumps(dict(reversed(document.items())), separators=(",", ":")).encode()),
            armored("LICENSE", envelope + b" "),
            armored("ACTIVATION", envelope),
            "\n".join([lines[0], "".join(lines[1:-1]), lines[-1], ""]),
            text + "\n",
            " " + text,
            text.rstrip("\n"),
            text.replace("\n", "\r\n", draw.randrange(1, 5)),
        ]
    )


def moved_signature(draw: random.Random, files: list[str]) -> str:
    """The second half of the signature is moved by the order of the group: the classic second form of one signature."""
    envelope = json.loads(unarmored("LICENSE", draw.choice(files)))
    (signature,) = envelope["signatures"]
    raw = base64.b64decode(signature["sig"])
    scalar = (int.from_bytes(raw[32:], "little") + ORDER * draw.randrange(1, 4)) % 2**256
    moved = base64.b64encode(raw[:32] + scalar.to_bytes(32, "little")).decode()
    return again({**envelope, "signatures": [{**signature, "sig": moved}]})


def signed_by_another(draw: random.Random, files: list[str]) -> str:
    """Somebody else signs what the vendor would, under its own name or the vendor's."""
    envelope = json.loads(draw.choice(FOREIGN))
    if draw.random() < 0.5:
        (known,) = json.loads(unarmored("LICENSE", draw.choice(files)))["signatures"]
        envelope["signatures"][0]["keyid"] = known["keyid"]
    return again(envelope)


def other_type(draw: random.Random, files: list[str]) -> str:
    """What the vendor signed as something else is no licence."""
    signed = draw.choice(OF_OTHER_TYPES)
    as_license = json.loads(signed) | {"payloadType": LICENSE_TYPE}
    return draw.choice([armored("LICENSE", signed), again(as_license)])


MUTANTS: tuple[Mutant, ...] = (
    *(flipped, cut, flipped_inside, said_otherwise, put_together),
    *(other_spelling, moved_signature, signed_by_another, other_type),
)


def again(envelope: dict[str, object]) -> str:
    """Write an envelope in the one spelling."""
    return armored("LICENSE", json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode())


def is_accepted(text: str) -> bool:
    try:
        read_license(text, trusted=TRUSTED)
    except (ArmorRefused, EnvelopeRefused, SignatureRefused):
        return False
    return True


def files() -> list[str]:
    return [write_license(drawn(number), sign=NEXT if number % 3 else VENDOR) for number in range(LICENSES)]


def test_no_changed_licence_is_accepted(campaign: bool, figure: Callable[[str], None]) -> None:
    asked = 500_000 if campaign else 20_000
    valid = files()
    known = set(valid)
    draw, made, accepted = random.Random(20260504), Counter[str](), []
    while made.total() < asked:
        mutate = MUTANTS[made.total() % len(MUTANTS)]
        mutant = mutate(draw, valid)
        if mutant in known:
            continue
        made[mutate.__name__] += 1
        if is_accepted(mutant):
            accepted.append((mutate.__name__, mutant))

    assert accepted == []
    assert min(made.values()) > asked // (2 * len(MUTANTS))
    figure(f"mutated licences: 0 of {made.total():,} accepted")


def test_a_second_program_reads_the_same_of_every_valid_one() -> None:
    keys = [public(VENDOR), public(NEXT)]
    for number, text in enumerate(files()):
        found = read_license(text, trusted=TRUSTED)
        assert found == drawn(number)
        assert payload_of(text, keys) == found.to_payload()
