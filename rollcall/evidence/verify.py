"""The check of a bundle, whole: signature, hashes, evidence, counts, ratings, invoice.

Nothing that is stated is taken as true where the bundle holds what it was made from. A bundle whose every document was
changed together and signed anew still has to agree with its own rows.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import rfc8785

import rollcall
from rollcall.evidence.archive import Archive, BundleRefused
from rollcall.evidence.compare_adjustments import adjustments_in_words
from rollcall.evidence.compare_counts import compare_figures, compare_users
from rollcall.evidence.compare_invoice import compare_invoice
from rollcall.evidence.compare_reports import Report, compare_reports, read_reports
from rollcall.evidence.contents import evidence_member
from rollcall.evidence.counted import StoredCount, read_count
from rollcall.evidence.figures import as_stated, of_activity
from rollcall.evidence.findings import Difference, Findings, Verification, unequal
from rollcall.evidence.invoice_xml import compare_xml
from rollcall.evidence.people import NOBODY_NAMED, People, compare_names, compare_resolution, read_people
from rollcall.evidence.rated import StoredRating, read_rated
from rollcall.evidence.read import Bundle, compare_members, compare_snapshot, open_bundle
from rollcall.evidence.recount import Rows
from rollcall.evidence.rerate import compare_rating, compare_usage, earlier_periods, rate_again
from rollcall.evidence.rows_csv import ReadRows, RowRefused
from rollcall.money import count_in_words, grouped
from rollcall.rating import Rating
from rollcall.signing import SignatureRefused, fingerprint
from rollcall.terms.fields import TermsRefused

HASHES_MATCH, EQUAL, DIFFERENT = "hashes match", "equal", "DIFFERENT"


def verify_bundle(path: Path, *, key: bytes | None = None, engine: str = "auto") -> Verification:
    """Check a bundle, with the vendor's public key of 32 bytes or without.

    `engine` chooses the counter: auto, plain or columnar. What a file contains never raises; what is wrong with it is a
    difference. Raises OSError for a file that cannot be opened.
    """
    findings = Findings()
    try:
        with Archive(path) as archive, tempfile.TemporaryDirectory(prefix="rollcall-") as folder:
            rows = Rows(Path(folder), engine=engine)
            return _Check(open_bundle(archive), rows, key, findings).answer()
    except BundleRefused as error:
        findings.take([Difference(code="bundle", place=path.name, sentence=str(error))])
        return Verification(differences=tuple(findings.differences), steps=tuple(findings.steps))


# How a rated folder is named among the steps of a check, by its role.
_STEPS = {"invoice": "rating", "corrected": "corrected", "true_up_before": "before", "true_up_after": "after"}


class _Check:
    """One check of one bundle. Each step takes up what the one before it has read."""

    def __init__(self, bundle: Bundle, rows: Rows, key: bytes | None, findings: Findings) -> None:
        self._bundle, self._rows, self._key, self._found = bundle, rows, key, findings
        self._people: People = NOBODY_NAMED
        self._counts: dict[str, StoredCount] = {}
        self._reports: list[Report] = []

    def answer(self) -> Verification:
        """Go through all steps; after members that were changed nothing more is looked at."""
        for step in (self._check_members, self._check_contents):
            try:
                if not step():
                    break
            except BundleRefused as error:
                self._found.take([Difference(code="bundle", place=_place_in(str(error)), sentence=str(error))])
                break
            except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as error:
                # A document that was signed in a shape that no vendor's system writes.
                sentence = f"a document is not written as it must be: {error!r}."
                self._found.take([Difference(code="bundle", place="documents", sentence=sentence)])
                break
        return Verification(
            number=self._bundle.invoice["number"],
            signer=self._bundle.envelope.signer,
            key_checked=self._key is not None,
            steps=tuple(self._found.steps),
            differences=tuple(self._found.differences),
            stated=tuple(self._found.stated),
            notes=tuple(self._found.notes),
            count_digests=tuple(count.said["digest"] for count in self._counts.values()),
        )

    def _check_members(self) -> bool:
        bundle, found = self._bundle, self._found
        wrong = 0
        if self._key is not None:
            try:
                bundle.envelope.check(self._key)
                found.step("signature", fingerprint(self._key), "valid")
            except SignatureRefused as error:
                wrong += found.take([Difference(code="signature", place="MANIFEST.json", sentence=str(error))])
                found.step("signature", fingerprint(self._key), DIFFERENT)
        wrong += found.take(compare_members(bundle))
        if wrong:
            found.step("files", count_in_words(len(bundle.members), "file"), DIFFERENT)
        return not wrong

    def _check_contents(self) -> bool:
        bundle, found = self._bundle, self._found
        invoice = bundle.fields("INVOICE.json")
        self._people = read_people(bundle.archive)
        self._counts = {folder: read_count(bundle, folder) for folder in bundle.folders("counts")}
        rated = [read_rated(bundle, folder) for folder in bundle.folders("rated")]
        if found.take(self._check_evidence()):
            return False
        self._check_counts(rated)
        made = self._check_ratings(rated)
        self._check_invoice(invoice, made)
        if adjusted := adjustments_in_words(invoice):
            found.state(adjusted)
        self._say_what_is_stated(rated)
        return not found.differences

    def _check_evidence(self) -> Iterable[Difference]:
        """Read all rows; every digest must come out of them again."""
        bundle, differences = self._bundle, list[Difference]()
        needed = {
            digest: evidence_member(digest) for count in self._counts.values() for digest in count.said["evidence"]
        }
        here = {name for name in bundle.archive.names if name.startswith("evidence/")}
        for name in sorted(here ^ set(needed.values())):
            word = "belongs to no count" if name in here else "is named by a count, but not in the bundle"
            differences.append(Difference(code="evidence.member", place=name, sentence=f"{word}."))
        total, everything = 0, dict[str, ReadRows]()
        for digest, name in sorted(needed.items()):
            if name in here:
                read = ReadRows(lines=bundle.archive.lines(name))
                try:
                    total += self._rows.add(digest, read.batches())
                except RowRefused as error:
                    differences.append(Difference(code="evidence.row", place=name, sentence=str(error)))
                    continue
                everything[name] = read
                differences += unequal("evidence.digest", name, "The digest of the rows", digest, read.digest)
                if read.spelled != bundle.members[name]["sha256"]:
                    sentence = "the rows are not written in their one spelling."
                    differences.append(Difference(code="evidence.spelling", place=name, sentence=sentence))
        self._reports = read_reports(bundle)
        differences += compare_reports(bundle, self._reports, self._counts.values(), everything)
        files = f"{count_in_words(len(needed), 'file')}, {count_in_words(total, 'row')}"
        self._found.step("evidence", files, DIFFERENT if differences else HASHES_MATCH)
        return differences

    def _check_counts(self, rated: list[StoredRating]) -> None:
        found, wrong, names = self._found, 0, self._people.keys
        wrong += found.take(compare_names(self._people))
        for count in self._counts.values():
            terms = next((one.terms for one in rated if one.count == count.folder), None)
            wrong += found.take(self._compare_definition(count))
            if count.definition is None:
                try:
                    figures = as_stated(count, terms)
                except (TermsRefused, ValueError, ArithmeticError) as error:
                    raise BundleRefused(f"{count.place}: cannot be added up again: {error}") from error
            else:
                wrong += found.take(compare_resolution(count, self._people))
                made = self._rows.count(count, count.said["evidence"])
                wrong += found.take(compare_users(self._bundle, count, made.result.verdicts, names))
                figures = of_activity(count, made)
            wrong += found.take(compare_figures(count, figures))
        if not self._counts:
            found.step("count", "nothing is counted", EQUAL)
        for count in self._counts.values():
            words = f"{count.users:,} {count.said['kind'].replace('_', ' ')}, {count.period.words()}"
            found.step("count", words, DIFFERENT if self._is_concerned(count) else EQUAL)

    def _is_concerned(self, count: StoredCount) -> bool:
        return any(one.place.startswith(f"counts/{count.folder}/") for one in self._found.differences)

    def _compare_definition(self, count: StoredCount) -> Iterable[Difference]:
        said, place = count.said, count.place
        yield from unequal(
            "count.metric", place, "The digest of the metric", said["metric_digest"], count.metric.digest()
        )
        yield from unequal("count.kind", place, "The kind of the count", said["kind"], count.metric.kind)
        definition = None if count.definition is None else count.definition.to_json()
        yield from unequal("count.definition", place, "The definition", said["definition"], definition)
        if count.definition is not None:
            digests = sorted(set(said["evidence"]))
            set_digest = f"sha256:{hashlib.sha256(rfc8785.dumps(digests)).hexdigest()}"
            yield from unequal(
                "count.evidence", place, "The digest of all evidence", said["evidence_set_digest"], set_digest
            )
            looks_at_names = count.definition.excluded_users or count.definition.identity.aliases
            if looks_at_names and not self._bundle.has(f"counts/{count.folder}/RESOLUTION.json"):
                sentence = "the definition has aliases or excluded users, but there is no RESOLUTION.json."
                yield Difference(code="resolution", place=place, sentence=sentence)

    def _check_ratings(self, rated: list[StoredRating]) -> list[tuple[StoredRating, Rating]]:
        found, made = self._found, list[tuple[StoredRating, Rating]]()
        for stored in rated:
            wrong = found.take(compare_usage(stored, self._counts))
            rating = rate_again(stored)
            wrong += found.take(compare_rating(stored, rating))
            made.append((stored, rating))
            what = _STEPS[stored.role]
            words = f"{stored.charge}, {stored.period.words()}: {grouped(rating.net_amount)} {rating.currency}"
            found.step(what, words, DIFFERENT if wrong else EQUAL)
        return made

    def _check_invoice(self, invoice: Mapping[str, Any], made: list[tuple[StoredRating, Rating]]) -> None:
        found, bundle = self._found, self._bundle
        wrong = found.take(compare_snapshot(bundle, invoice))
        wrong += found.take(compare_invoice(invoice, made, self._counts, self._reports))
        if bundle.has("INVOICE.xml"):
            wrong += found.take(compare_xml(bundle.archive.read("INVOICE.xml"), invoice))
        if "facts" in invoice.get("tax", {}):
            found.state("Whether the VAT number of the customer is sound is as stated.")
        if "tax_currency" in invoice:
            found.state("The exchange rate is as stated, with its day and its source.")
        lines = f"{len(invoice['lines']):,} line{'' if len(invoice['lines']) == 1 else 's'}"
        words = f"{invoice['totals']['gross']} {invoice['currency']} with tax, {lines}"
        found.step("invoice", words, DIFFERENT if wrong else EQUAL)

    def _say_what_is_stated(self, rated: list[StoredRating]) -> None:
        """Say plainly what no row in the bundle can prove."""
        found, bundle = self._found, self._bundle
        for count in self._counts.values():
            if count.definition is None:
                found.state(
                    f"The {count.said['kind'].replace('_', ' ')} are as stated: nobody's activity is behind them."
                )
            elif count.said["covered"]:
                found.state("Which days were reported is as stated: no row can tell a quiet day from a missing one.")
            if count.said["look_back"].get("missing"):
                found.state("Which days before the period were not reported is as stated.")
            unnamed = self._people.salt is None or not self._people.keys
            if unnamed and (count.resolution.aliases or count.resolution.excluded):
                found.state("Who is an alias or excluded is as stated; a download with names and salt checks it.")
        earlier = max((earlier_periods(stored) for stored in rated), default=0)
        if earlier:
            plural = "s" if earlier > 1 else ""
            found.state(
                f"The usage of {earlier} other period{plural} of the term is as stated; the bundles of their invoices "
                "prove it."
            )
        if any(stored.term_usage.decisions for stored in rated):
            found.state("Days that a person left out are as stated, with their reason in USAGE.json.")
        if any(stored.settled is not None for stored in rated):
            found.state("A true-up was settled at another amount than its difference, for the reason in RATED.json.")
        if any(stored.role == "corrected" for stored in rated):
            found.state("How much is given back, and why, is as decided; its lines are those of the invoice.")
        if bundle.engine_version != rollcall.__version__:
            found.notes.append(f"Made with rollcall {bundle.engine_version}, checked with {rollcall.__version__}.")
        own = Path(rollcall.__file__).with_name("recount.py").read_bytes()
        if bundle.archive.read("recount.py") != own:
            found.notes.append("recount.py in the bundle is that of another release of rollcall.")


def _place_in(sentence: str) -> str:
    """Return the member with which a refusal begins."""
    return sentence.split(":")[0].split(" ")[0]
