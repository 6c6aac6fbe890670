"""Which second a spreadsheet's time means: it is stored as a number of days, in which hardly any second is exact.

Excel keeps 15 significant digits. Of a day of this century those are ten decimals, in steps of 8.64 microseconds, so
10:15:00 is stored as 46203.4270833333, or by programs that write out the binary number as 46203.42708333333: both lie
a little below the second. A number therefore means the whole second that one step of its last digit, of the fifteenth
at most, takes it to: a program may have rounded that digit, or cut what came behind it. What lies further below a
second is cut, never rounded: it belongs to the second before, and at midnight to the day before.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

_SECONDS_A_DAY = 86_400
_DIGITS = 15
# The reader of spreadsheets rounds to milliseconds; so much below a second, and no more, it may take for that second.
_ROUNDED_BELOW = 0.001


def may_round_up(days: str) -> bool:
    """Return whether a number of days, as it is written, lies so little below a second that a reader may take it for
    that second, and yet too much to mean it.
    """
    try:
        below = -float(days) * _SECONDS_A_DAY % 1.0
    except ValueError:
        return False
    if not 0 < below < _ROUNDED_BELOW:
        return False
    exact = Decimal(days)
    written = exact.normalize().as_tuple().exponent
    assert isinstance(written, int)
    decimals = min(-written, _DIGITS - 1 - exact.adjusted())
    seconds = exact * _SECONDS_A_DAY
    missing = seconds.to_integral_value(ROUND_CEILING) - seconds
    return Decimal(10) ** -decimals * _SECONDS_A_DAY < missing < _ROUNDED_BELOW
