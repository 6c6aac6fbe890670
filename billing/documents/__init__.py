"""The invoice as a document: a PDF made from the frozen snapshot and from nothing else.

Owns: the layout, its words in English, German and French, the bundled fonts, and the warm child
processes in which pages are laid out.
Does not own: the amounts and the counts (they are read from the snapshot, and refused when they do not add up),
the number, the storage of the finished file, the clock.

Invariants: the same snapshot gives the same bytes in any process; every date comes from the snapshot;
nothing is fetched but the files in `assets/`; a snapshot whose lines do not multiply out or whose
totals do not add up is never printed; the calling process never imports the layout engine.
"""

from billing.documents.enclosed import Enclosed, Section
from billing.documents.pool import RenderFailed, render_pdf
from billing.documents.snapshot import SnapshotRefused, check_snapshot

__all__ = ["Enclosed", "RenderFailed", "Section", "SnapshotRefused", "check_snapshot", "render_pdf"]
