"""What a check reports."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class CheckResult:
    """One check: what it says when it holds, the figures it looked at, and what it found.

    A finding breaks the invariant and names the row; a warning is work that is still under way.
    """

    name: str
    figures: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def count(self, figure: str, number: int = 1) -> None:
        """Add to a figure."""
        self.figures[figure] = self.figures.get(figure, 0) + number

    def expect(self, holds: bool, finding: str) -> None:
        """Note a finding unless the condition holds."""
        if not holds:
            self.findings.append(finding)

    @contextmanager
    def reading(self, who: str) -> Iterator[None]:
        """Look at one row: content that cannot even be read any more is a finding, not the end of the command."""
        try:
            yield
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
            self.findings.append(f"{who}: it cannot be read any more ({type(error).__name__}: {error})")

    def line(self) -> str:
        """The one line that is printed."""
        figures = ", ".join(f"{number:,} {what}" for what, number in self.figures.items()) or "nothing to look at"
        state = "ok" if not self.findings else f"{len(self.findings)} WRONG"
        waiting = f", {len(self.warnings)} under way" if self.warnings else ""
        return f"{self.name}: {state}{waiting} ({figures})"
