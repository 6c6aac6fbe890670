"""Whether evidence names people or holds pseudonyms that an instance made with its customer's key.

A pseudonym is an HMAC-SHA256 in hexadecimal digits; everything else is a name. One person under both would count
twice, so evidence of both in one period is held.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from ground.storage import open_stored
from usage.models import EvidenceFile

PLAIN, CUSTOMER_KEY = "plain", "customer_key"
PSEUDONYM = re.compile(r"[0-9a-f]{64}")
REMEMBERED = 512


def namespaces_of(files: Iterable[EvidenceFile]) -> dict[str, int]:
    """Return how many ids of each namespace the files hold, {"plain": 40, "customer_key": 3}; of erased names none.

    A person in two files is two ids here. Raises StoredFileDamaged, StoredFileMissing.
    """
    found: Counter[str] = Counter()
    for file in files:
        if file.names_key:
            found.update(dict(_ids_in(file.names_key, file.names_sha256)))
    return {namespace: ids for namespace, ids in sorted(found.items()) if ids}


@lru_cache(maxsize=REMEMBERED)
def _ids_in(key: str, sha256: str) -> tuple[tuple[str, int], ...]:
    found: Counter[str] = Counter()
    with open_stored(key, sha256) as stored, io.TextIOWrapper(stored, "utf-8", newline="") as text:
        for row in csv.DictReader(text):
            found[CUSTOMER_KEY if PSEUDONYM.fullmatch(row["user_key"]) else PLAIN] += 1
    return tuple(sorted(found.items()))
