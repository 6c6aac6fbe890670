"""`python -m tests.bench.documents`: 100 invoices as PDF with their XML inside, beside the bare layout engine.

The peer, in the same process and in turns, has the engine write the same HTML with the same sheets, fonts and options:
no words, no template, no payment code, no XML. Processor time decides, because others may share the machine. Then the
same documents by one warm worker and by two, by the clock; and the list of 2,000 users.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from weasyprint import HTML

from billing.documents import Enclosed, Section, render_pdf
from billing.documents.layout import Layout, images_of
from billing.documents.press import OPTIONS
from billing.documents.snapshot import DEFAULT_ACCENT, read_snapshot
from billing.einvoice import cii_xml
from tests.documents.samples_on_disk import snapshot

SAMPLE = "floor"
MOST_OF_BARE, LEAST_OF_ONE, MOST_SECONDS_OF_A_LIST, MOST_MEGABYTES = 1.1, 1.8, 1.0, 120
USERS = 2_000
QUIET_DOCUMENT = 0.165  # processor seconds of one document on the quiet core that the bar of the list is for


@dataclass(frozen=True)
class Figure:
    """One figure with its bar."""

    words: str
    value: float
    bar: float
    is_least: bool = False

    @property
    def holds(self) -> bool:
        return self.value >= self.bar if self.is_least else self.value <= self.bar


def invoices(number: int) -> list[dict[str, object]]:
    """Return so many invoices that differ by their numbers."""
    return [snapshot(SAMPLE, number=f"INV-2026-{at:06}") for at in range(1, number + 1)]


def ours(layout: Layout, found: dict[str, object]) -> None:
    """Make one document as the product does."""
    layout.pdf(found, Enclosed(e_invoice=cii_xml(found)))


def bare(layout: Layout, found: dict[str, object]) -> float:
    """Have the engine alone write the same HTML, and return its processor seconds."""
    press = layout.press
    page = HTML(string=layout.html(found), url_fetcher=press.fetcher)
    begun = time.process_time()
    page.write_pdf(stylesheets=[press.faces, press.sheet(DEFAULT_ACCENT)], font_config=press.fonts, **OPTIONS)
    return time.process_time() - begun


def against_bare(documents: int) -> tuple[float, float]:
    """Return the processor seconds of ours and of the peer for so many documents, made in turns."""
    layout, found = Layout(), invoices(documents)
    layout.press.fetcher.images = images_of(read_snapshot(found[0]), Enclosed())
    ours(layout, found[0])
    seconds = peer = 0.0
    for one in found:
        begun = time.process_time()
        ours(layout, one)
        seconds += time.process_time() - begun
        peer += bare(layout, one)
    return seconds, peer


def by_workers(workers: int, found: list[dict[str, object]]) -> float:
    """Return the seconds in which so many warm workers make the documents."""
    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(lambda one: render_pdf(one, enclosed=Enclosed(e_invoice=cii_xml(one))), found[:workers]))
        begun = time.perf_counter()
        list(threads.map(lambda one: render_pdf(one, enclosed=Enclosed(e_invoice=cii_xml(one))), found))
        return time.perf_counter() - begun


def list_of_users(document_seconds: float) -> tuple[float, float]:
    """Return the seconds that the list of users adds on a quiet core, and the memory of the process in megabytes."""
    layout, found = Layout(), snapshot(SAMPLE)
    rows = tuple((hashlib.sha256(b"%d" % user).hexdigest(), user % 30 + 1, user) for user in range(USERS))
    layout.pdf(found)
    begun = time.process_time()
    layout.pdf(found, Enclosed(annex=(Section(heading="", rows=rows),)))
    added = time.process_time() - begun - document_seconds
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return added * QUIET_DOCUMENT / document_seconds, memory


def figures(documents: int) -> list[Figure]:
    """Measure everything."""
    own, peer = against_bare(documents)
    each = own / documents
    quiet, memory = list_of_users(each)
    found = invoices(documents)
    alone, together = by_workers(1, found), by_workers(2, found)
    print(f"{documents} invoices of two pages with XML: {own:.1f} s of processor, {each * 1000:.0f} ms each")
    print(f"by one worker {alone:.1f} s, by two {together:.1f} s")
    return [
        Figure("PDF with XML, of the bare engine", own / peer, MOST_OF_BARE),
        Figure("two workers, of one", alone / together, LEAST_OF_ONE, is_least=True),
        Figure(f"list of {USERS:,} users, s on a quiet core", quiet, MOST_SECONDS_OF_A_LIST),
        Figure("memory with that list, MB", memory, MOST_MEGABYTES),
    ]


def main() -> int:
    """Print the figures; end with 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description="100 invoices as PDF with XML, beside the bare layout engine.")
    parser.add_argument("--documents", type=int, default=100)
    found = figures(parser.parse_args().documents)
    for figure in found:
        bar = f"{'at least' if figure.is_least else 'at most'} {figure.bar}"
        print(f"  {figure.words:<42}{figure.value:8.2f}  {bar:<14}  {'kept' if figure.holds else 'MISSED'}")
    return 0 if all(figure.holds for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
