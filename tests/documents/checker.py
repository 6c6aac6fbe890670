"""Recompute an invoice from the text of its PDF alone, as its reader would. Shares no code with the product.

It reads the tables that pypdf finds, multiplies every line, adds every sum, and compares what stands in several
places. `check(texts)` gives the number of comparisons and the sentences of those that failed; `said(texts)` the amounts
that were read. `python -m tests.documents.checker FILE.pdf...` does it to files and ends with status 1 at a mistake.
"""

import io
import re
import sys
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pypdf

NUM = r"[−-]?\d+(?:[.,]\d+| \d{3}(?!\d))*"
SHARE = r"(?: × (\d+/\d+))?"
GAP = r" {2,}"
WORDS = {
    "en": {
        "net": "Total without VAT",
        "tax": "VAT",
        "due": "Amount due|Given back",
        "prepaid": "Paid from the contract’s credit",
        "in": "Brought forward",
        "out": "Carried forward",
        "stages": ["Provisioned", "Reported", "Active", "Billable", "Billed"],
        "sum": "Sum",
        "box": "billed",
        "page": r"Page (\d+) of (\d+)",
        "lead": rf", ({NUM}) (?:of your ({NUM}) provisioned )?users? (?:was|were) active",
    },
    "de": {
        "net": "Summe ohne USt",
        "tax": "USt",
        "due": "Zu zahlen|Zu erstatten",
        "prepaid": "Aus dem Vertragsguthaben bezahlt",
        "in": "Übertrag",
        "out": "Übertrag",
        "stages": ["Angelegt", "Gemeldet", "Aktiv", "Anrechenbar", "Berechnet"],
        "sum": "Summe",
        "box": "berechnet",
        "page": r"Seite (\d+) von (\d+)",
        "lead": rf"waren? ({NUM}) (?:Ihrer ({NUM}) angelegten )?Nutzer auf",
    },
    "fr": {
        "net": "Total hors TVA",
        "tax": "TVA",
        "due": "À payer|À rembourser",
        "prepaid": "Payé par le crédit du contrat",
        "in": "Report",
        "out": "À reporter",
        "stages": ["Créés", "Déclarés", "Actifs", "Facturables", "Facturés"],
        "sum": "Somme",
        "box": "facturés",
        "page": r"Page (\d+) sur (\d+)",
        "lead": rf", ({NUM}) (?:de vos ({NUM}) utilisateurs créés|utilisateurs) ont",
    },
}


def texts_of(pdf: bytes) -> list[str]:
    """Give the text of each page with its columns kept apart by blanks."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return [page.extract_text(extraction_mode="layout").replace("\u00a0", " ") for page in pages]


@dataclass
class Findings:
    done: int = 0
    wrong: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)

    def equal(self, what: str, got: object, want: object) -> None:
        self.done += 1
        if got != want:
            self.wrong.append(f"{what}: {got} is not {want}")


HEADINGS = {
    **{"Invoice": "en", "Rechnung": "de", "Facture": "fr"},
    **{"Credit note": "en", "Rechnungskorrektur": "de", "Avoir": "fr"},
}


def said(texts: list[str]) -> dict[str, object]:
    """Give the number and the amounts that a document prints: of its lines, without tax, tax, with tax, to be paid."""
    checker = Checker(texts)
    checker.check()
    return {
        "number": checker.document_number,
        "lines": checker.amounts,
        "net": sum(checker.amounts, Decimal(0)),
        "tax": checker.tax,
        "gross": checker.gross,
        "payable": checker.payable,
    }


def check(texts: list[str]) -> Findings:
    return Checker(texts).check()


class Checker:
    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.all = "\n".join(texts)
        heading = re.search(rf"^({'|'.join(HEADINGS)}) (\S+)$", self.all, re.M)
        assert heading, "no heading"
        self.language, self.document_number = HEADINGS[heading[1]], heading[2]
        self.words = WORDS[self.language]
        self.found = Findings()
        self.equal = self.found.equal

    def number(self, text: str) -> Decimal:
        text = text.strip().replace("−", "-").replace(" ", "").rstrip(".,")
        plain = text.replace(",", "") if self.language == "en" else text.replace(".", "").replace(",", ".")
        return Decimal(plain)

    def amount(self, text: str) -> Decimal:
        """Read an amount with its currency on either side."""
        match = re.fullmatch(rf"(?:[A-Z]{{3}} )?({NUM})(?: [A-Z]{{3}})?", text.strip())
        assert match, text
        return self.number(match[1])

    def rate(self, text: str) -> Decimal:
        return self.number(text.rstrip("% ")) if "%" in text else Decimal(0)

    def part(self, value: Decimal, share: str) -> Decimal:
        """Take a part of a cycle, written 16/31, of a product; all of it where none is written."""
        over, under = share.split("/") if share else ("1", "1")
        return value * Decimal(over) / Decimal(under)

    def rounded(self, value: Decimal) -> Decimal:
        return value.quantize(self.unit, ROUND_HALF_UP)

    def check(self) -> Findings:
        self.lines()
        self.steps()
        self.carried()
        self.funnel()
        self.evidence()
        self.digests()
        self.annex()
        self.pages()
        return self.found

    def lines(self) -> None:
        rate = r"[A-Z]{1,2}|[\d.,]+ ?%"
        row = rf"^(\d+){GAP}(\S.*?){GAP}({NUM}){SHARE}{GAP}({NUM}){GAP}({rate}){GAP}({NUM})$"
        rows = re.findall(row, self.all, re.M)
        places = [len(amount.partition("," if self.language != "en" else ".")[2]) for *_, amount in rows]
        self.unit = Decimal(1).scaleb(-places[0])
        self.found.rows["lines"] = len(rows)
        self.equal("places of the amounts", len(set(places)), 1)
        self.amounts, bases = [], {}
        for n, (position, _, quantity, share, price, rate, amount) in enumerate(rows, 1):
            self.equal(f"position {position}", int(position), n)
            product = self.rounded(self.part(self.number(quantity) * self.number(price), share))
            self.equal(f"line {position}", self.number(amount), product)
            self.amounts.append(self.number(amount))
            bases[self.rate(rate)] = bases.get(self.rate(rate), Decimal(0)) + self.number(amount)
        self.totals(bases)

    def totals(self, bases: dict[Decimal, Decimal]) -> None:
        net, printed = sum(self.amounts), re.findall(rf"{self.words['net']}{GAP}({NUM})$", self.all, re.M)
        self.equal("net is printed", bool(printed), True)
        for amount in printed:
            self.equal("net", self.number(amount), net)
        between = {"en": "on", "de": "auf", "fr": "sur"}[self.language]
        taxes = re.findall(rf"{self.words['tax']} ([\d.,]+ ?%) {between} ({NUM}){GAP}({NUM})$", self.all, re.M)
        self.equal("bases", {self.rate(rate): self.number(base) for rate, base, _ in taxes}, bases)
        self.tax, self.bases = Decimal(0), bases
        for rate, base, tax in taxes:
            self.equal(f"tax {rate}", self.number(tax), self.rounded(self.number(base) * self.rate(rate) / 100))
            self.tax += self.number(tax)
        self.gross = net + self.tax
        prepaid = re.findall(rf"^ *(?:\S.*?{GAP})?{self.words['prepaid']}{GAP}({NUM})$", self.texts[0], re.M)
        self.payable = self.gross + sum((self.number(amount) for amount in prepaid), Decimal(0))
        due = re.findall(rf"(?:{self.words['due']}){GAP}([A-Z]{{3}} {NUM}|{NUM} [A-Z]{{3}})$", self.all, re.M)
        self.equal("the amount due is printed", len(due), 1)
        self.equal("due", self.amount(due[0]), self.payable)
        front, behind = rf"[A-Z]{{3}} ({NUM})(?= |$)", rf"(?:^|(?<= {{2}}))({NUM}) [A-Z]{{3}}(?= |$)"
        money = front if self.language == "en" else behind
        shown = [self.number(amount) for amount in re.findall(money, self.texts[0], re.M)]
        self.equal("the amount due stands at the head too", shown.count(self.payable) >= 2, True)
        if self.tax:
            box = re.findall(rf"(?:including|darin|dont) ({NUM}) (?:VAT|USt|de TVA)", self.texts[0])
            self.equal("tax in the box", [self.number(tax) for tax in box], [self.tax])

    def steps(self) -> None:
        arithmetic = rf"({NUM}){SHARE} × \(?({NUM})\)?( ?%)?"
        name = rf"((\d+) \S+(?: \S+)*?|{self.words['tax']})"
        rows = re.findall(rf"^{name}{GAP}(?:\S.*?{GAP})?{arithmetic}{GAP}({NUM}){GAP}({NUM})$", self.all, re.M)
        self.found.rows["steps"] = len(rows)
        total, amounts = Decimal(0), []
        for name, position, left, share, right, percent, amount, running in rows:
            product = self.part(self.number(left) * self.number(right), share) / (100 if percent else 1)
            self.equal(f"step {name}", self.number(amount), self.rounded(product))
            total += self.number(amount)
            self.equal(f"sum so far at {name}", self.number(running), total)
            if percent:
                self.equal(f"base of {right}%", self.number(left) in self.bases.values(), True)
            if position:
                amounts.append(self.number(amount))
        self.equal("the steps are the lines", amounts, self.amounts)
        self.equal("the last sum is the amount due", total + self.payable - self.gross, self.payable)

    def carried(self) -> None:
        """What a page carries forward is the sum of its table so far, and the next page brings it forward."""
        row = re.compile(rf"^\d+(?: \S+)?{GAP}.*?({NUM})(?:{GAP}({NUM}))?$")
        money = rf"({NUM}|[A-Z]{{3}} {NUM}|{NUM} [A-Z]{{3}})"
        seen: list[Decimal] = []
        brought = Decimal(0)
        for page, text in enumerate(self.texts, 1):
            incoming = re.findall(rf"^ *{self.words['in']} {money}$", text.split("\n\n\n")[0], re.M)
            outgoing = re.findall(rf" {self.words['out']} {money}$", text[-600:], re.M)
            if page > 1 and seen:
                self.equal(f"brought forward to page {page}", [self.amount(x) for x in incoming[:1]], [brought])
            seen = []
            if outgoing:
                brought = self.amount(outgoing[-1])
                seen = [brought]
                self.equal(f"carried forward from page {page}", brought, self.sum_until(text, row))
        self.equal("nothing is carried off the last page", seen, [])

    def sum_until(self, text: str, row: re.Pattern[str]) -> Decimal:
        """Add the lines up to the last one on the page."""
        last = [re.match(r"\d+", line) for line in text.splitlines() if row.match(line)][-1]
        assert last
        return sum(self.amounts[: int(last[0])], Decimal(0))

    def funnel(self) -> None:
        names = "|".join(self.words["stages"])
        rows = re.findall(rf"^({names}){GAP}({NUM}|–){GAP}(\S.*)$", self.all, re.M)
        self.found.rows["funnel"] = len(rows)
        users = {name: None if number == "–" else self.number(number) for name, number, _ in rows}
        for name, number, words in rows:
            terms = re.match(rf"({NUM}) ([+−]) ({NUM})", words)
            if terms:
                change = self.number(terms[3]) * (1 if terms[2] == "+" else -1)
                self.equal(f"{name}: {words}", self.number(number), self.number(terms[1]) + change)
        if not users:
            return
        provisioned, _, active, _, billed = (users[name] for name in self.words["stages"])
        lead = re.search(self.words["lead"], re.sub(r"\s+", " ", self.texts[0]))
        self.equal("the sentence tells the people", bool(lead), True)
        assert lead
        self.equal("active in the sentence", self.number(lead[1]), active)
        if lead[2]:
            self.equal("provisioned in the sentence", self.number(lead[2]), provisioned)
        box = re.search(rf"({NUM}) {self.words['box']}", self.texts[0])
        self.equal("billed in the box", box and self.number(box[1]), billed)

    def evidence(self) -> None:
        """Rows read are rows accepted, quarantined and left out; the last row sums the files."""
        cells = [re.split(GAP, line.strip()) for text in self.texts[1:] for line in text.split("\n")]
        rows = [(row[0], row[-4:]) for row in cells if len(row) in (5, 7) and self.all_numbers(row[-4:])]
        sums = [Decimal(0)] * 4
        for name, numbers in rows:
            values = [self.number(number) for number in numbers]
            if name == self.words["sum"]:
                self.equal("sums of the files", values, sums)
                continue
            self.equal(f"rows of {name}", values[0], sum(values[1:]))
            sums = [total + value for total, value in zip(sums, values, strict=True)]
            self.found.rows["files"] = self.found.rows.get("files", 0) + 1

    @staticmethod
    def all_numbers(cells: list[str]) -> bool:
        return all(re.fullmatch(NUM, cell) for cell in cells)

    def digests(self) -> None:
        """Every foot prints the first twelve digits of the digests that stand in full under the working.

        They are those of the terms, the definition, the evidence and the count; where nobody is counted, of the terms.
        """
        wanted = 4 if self.found.rows["funnel"] else 1
        full = re.findall(r"^(\S+) SHA-256 +([0-9a-f]{64})$", self.all, re.M)[-4:]
        self.equal("digests", len(full), wanted)
        for page, text in enumerate(self.texts, 1):
            foot = re.findall(r"(\S+) ([0-9a-f]{12})(?![0-9a-f])", text.strip().rsplit("\n", 2)[-2])
            self.equal(f"foot of page {page}", foot, [(name, digest[:12]) for name, digest in full[:3]])

    def annex(self) -> None:
        """Every part of the list of users is numbered without a gap up to the number in its heading.

        One part alone has everybody who is active; of several, each has at most so many.
        """
        parts = re.split(rf"^(?:.*: )?({NUM}) (?:users?|Nutzer|utilisateurs?)$", self.all, flags=re.M)
        for users, text in zip(parts[1::2], parts[2::2], strict=True):
            numbers = [int(number) for number in re.findall(r"(?:^| )(\d+) [0-9a-f]{12}(?= )", text, re.M)]
            self.equal(f"users of a part of {users}", sorted(numbers), list(range(1, int(self.number(users)) + 1)))
        self.found.rows["annex"] = len(parts[1::2])
        stages = dict(re.findall(rf"^({'|'.join(self.words['stages'])}){GAP}({NUM})", self.all, re.M))
        if len(parts) == 3:
            self.equal("users of the list", parts[1], stages[self.words["stages"][2]])

    def pages(self) -> None:
        found = re.findall(self.words["page"], self.all)
        count = len(self.texts)
        self.equal("pages", found, [(str(page), str(count)) for page in range(1, count + 1)])


def main(files: list[str]) -> int:
    """Check the files, say what was read and what is wrong, and give the status to end with."""
    wrong = 0
    for file in files:
        texts = texts_of(Path(file).read_bytes())
        found = check(texts)
        amounts = said(texts)
        head = f"{file}: {amounts['number']}, {found.done} comparisons, {len(found.wrong)} wrong"
        sys.stdout.write("\n  ".join([f"{head}, due {amounts['payable']}", *found.wrong]) + "\n")
        wrong += len(found.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
