"""VAT numbers: whether one has the form and the check digits of its country. Nobody is asked whether it is in force.

A number is read as people write it, with blanks, dots and hyphens. Greece writes EL before its numbers, Northern
Ireland XI, Switzerland CHE; for other countries than those of Europe nothing is known, and nothing is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from stdnum.ch import vat as swiss
from stdnum.eu import vat as european
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.gb import vat as british
from stdnum.no import mva as norwegian

from rollcall.tax import union_members

# How the numbers of a country begin, where that is not its own two letters.
_PREFIXES = {"GR": "EL", "LI": "CHE", "CH": "CHE", "MC": "FR", "IM": "GB"}
_OTHERS: dict[str, ModuleType] = {"GB": british, "IM": british, "CH": swiss, "LI": swiss, "NO": norwegian}


@dataclass(frozen=True, kw_only=True)
class CheckedVatId:
    """A number without blanks, and the sentence that says what is wrong with it; "" where it is sound.

    `is_known` says whether there is a rule for the country; without one a number is neither sound nor wrong.
    """

    number: str
    fault: str
    is_known: bool

    @property
    def is_sound(self) -> bool:
        return self.is_known and bool(self.number) and not self.fault


def check_vat_id(*, vat_id: str, country: str) -> CheckedVatId:
    """Check a number for a company in a country (ISO 3166-1 alpha-2). An empty number has no fault."""
    number = "".join(each for each in vat_id.upper() if each.isalnum())
    is_known = country in _OTHERS or country == "MC" or country in union_members()
    if not number or not is_known:
        return CheckedVatId(number=number, fault="", is_known=is_known)
    return CheckedVatId(number=number, fault=_fault(number, country, vat_id.strip()), is_known=True)


def vat_check_in_words(checked: CheckedVatId) -> str:
    """Say what became of a check, for the pages of customers and legal entities."""
    if checked.fault:
        return checked.fault
    if not checked.number:
        return "No VAT number."
    if not checked.is_known:
        return "Not checked: the form of the numbers of this country is not known."
    return "Form and check digits are right. Whether it is in force, VIES or the tax office says."


def _fault(number: str, country: str, written: str) -> str:
    prefix = _PREFIXES.get(country, country)
    if country == "GB" and number.startswith("XI"):
        number = f"GB{number[2:]}"
    if country != "NO" and not number.startswith(prefix):
        return f"The VAT number {written} does not begin with {prefix}, as numbers of {country} do. {_CURE}"
    try:
        (_OTHERS.get(country) or european).validate(number)
    except InvalidChecksum:
        return f"The check digits of the VAT number {written} are wrong; a digit may be mistyped. {_CURE}"
    except ValidationError:
        return f"The VAT number {written} does not have the form of a number of {country}. {_CURE}"
    return ""


_CURE = "Compare it with the customer's own document."
