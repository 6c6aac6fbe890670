"""The mark of views that need a fresh proof: `@step_up("An invoice is finalized for good.")` on top of the view.

The mark alone does nothing. `ground.sign_in.middleware.Factors` reads it before the view runs, outside of the portal's
transaction: without a proof that is fresh it asks for a code on a page that says why, keeps what was filled in, and
goes on as if it had not asked. Only requests that change something are asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

View = TypeVar("View", bound=Callable[..., object])
MARK = "rollcall_step_up"


@dataclass(frozen=True, kw_only=True)
class StepUp:
    """Why a view asks for a fresh proof; `only_when` names the one value of the field `do` for which it does."""

    why: str
    only_when: str = ""

    def asks(self, said: str) -> bool:
        """Whether the request that says `do=said` is asked."""
        return not self.only_when or said == self.only_when


def step_up(why: str, *, only_when: str = "") -> Callable[[View], View]:
    """Mark a view: whoever has a second factor proves it anew before the view does anything.

    `why` is a sentence for the person, what the step does and why that matters. A view with several buttons named `do`
    gives the value of the one that matters as `only_when`. The mark goes on top, above `require_POST` and its kind.
    """
    mark = StepUp(why=why, only_when=only_when)

    def marked(view: View) -> View:
        setattr(view, MARK, mark)
        return view

    return marked


def mark_of(view: Callable[..., object]) -> StepUp | None:
    """Return the mark of a view, also through the desk's wrapper; None without one."""
    found: StepUp | None = getattr(view, MARK, None)
    return found
