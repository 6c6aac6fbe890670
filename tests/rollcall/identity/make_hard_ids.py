"""Write hard_ids.json: spellings that must be one user, and neighbours that must not be.

Run by hand when a case is added; the file is the golden answer for both counters and the recount script.
"""

import json
from pathlib import Path

ONE_USER = [
    ("plain", "user01", ["user01", "USER01", "User01"]),
    ("surrounding blanks", "user01", [" user01", "user01 ", "\tuser01", "user01\n", "user01\r", "\x0buser01\x0c"]),
    (
        "no-break and typographic blanks",
        "user01",
        ["user01\u00a0", "\u2003user01", "\u3000user01\u202f", "user01\u2028"],
    ),
    (
        "zero width",
        "user01",
        ["user01\u200b", "\ufeffuser01", "us\u200ber01", "us\u2060er01", "user\ufeff01", "\u180euser01"],
    ),
    ("zero width around blanks", "user01", ["\u200b user01", "user01 \ufeff ", "\u200duser01\u200c"]),
    ("joiners inside a word stay", "می\u200cخواهم", ["می\u200cخواهم", " می\u200cخواهم\u200c"]),
    ("composed and decomposed", "zoë", ["zoë", "zoe\u0308", "ZOË", "Zoe\u0308", "ZOE\u0308"]),
    ("mark behind a removed blank", "zoë", ["zoe\u200b\u0308"]),
    ("small j with caron has no capital", "ǰan", ["ǰan", "J\u030can", "j\u030can"]),
    ("hangul syllables", "한글", ["한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"]),
    ("angstrom and kelvin signs", "åk", ["\u212b\u212a", "Åk", "A\u030aK"]),
    ("final sigma", "οδυσσευς", ["ΟΔΥΣΣΕΥΣ", "οδυσσευς"]),
    ("inner blank stays", "doe jane", ["Doe Jane", " doe jane"]),
    ("a mail address", "anna@customer.example", ["anna@CUSTOMER.example", "Anna@customer.example "]),
    ("a NUL inside is kept apart by intake", "user\x0001", ["user\x0001", "USER\x0001"]),
    ("capital sharp s", "straße", ["straße", "STRAẞE"]),
    ("beyond the first plane", "𐐨lice", ["𐐀lice", "𐐨LICE"]),
    ("nobody", "", ["", " ", "\u200b", "\u00a0\t", "\ufeff", "\u200d"]),
    ("title case digraph", "ǆ", ["ǆ", "ǅ", "Ǆ"]),
    ("dotless stays dotless", "admın", ["admın"]),
    ("capital I with dot keeps its dot", "i\u0307stanbul", ["İstanbul", "I\u0307stanbul", "i\u0307STANBUL"]),
    ("plain i", "istanbul", ["istanbul", "ISTANBUL"]),
]

DIFFERENT_USERS = [
    ("sharp s is not ss", ["straße", "strasse"]),
    ("NFKC would merge", ["ﬁona", "fiona"]),
    ("full width is another account", ["ｕｓｅｒ", "user"]),
    ("superscript is another account", ["user²", "user2"]),
    ("look-alikes", ["admin", "аdmin", "admın"]),
    ("plus tags and dots", ["anna@customer.example", "anna+test@customer.example", "an.na@customer.example"]),
    ("leading zeros", ["7", "007", "0007"]),
    ("soft hyphen", ["user01", "user\u00ad01"]),
    ("inner blanks", ["doe jane", "doe  jane", "doejane"]),
    ("turkish i", ["istanbul", "İstanbul", "ıstanbul"]),
    ("domain", ["corp\\jane", "jane", "jane@corp"]),
    ("joiner inside", ["ab", "a\u200db"]),
]

if __name__ == "__main__":
    answer = {
        "one_user": [{"case": case, "user_key": key, "spellings": spellings} for case, key, spellings in ONE_USER],
        "different_users": [{"case": case, "ids": ids} for case, ids in DIFFERENT_USERS],
    }
    Path(__file__).with_name("hard_ids.json").write_text(json.dumps(answer, indent=1, ensure_ascii=True) + "\n")
