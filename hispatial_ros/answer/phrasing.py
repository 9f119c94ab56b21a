"""Numbers and names as people read them.

Lengths are given in metres with two decimals, below 0.1 m in centimetres with one, or in the unit
the question asks for. What follows ± is one standard deviation, never printed as less than one
unit of the last decimal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hispatial_ros.answer.quantities import Quantity
from hispatial_ros.language.numbers import UNITS

SURE = 0.9  # below this probability an answer says how sure it is
ALONG = {
    "horizontal": "horizontally",
    "vertical": "vertically",
    "lateral": "to the side",
    "forward": "along the viewing direction",
    "x": "along x",
    "y": "along y",
    "z": "along z",
}
_METRES = {symbol: metres for symbol, metres in UNITS.values()}
_DECIMALS = {"m": 2, "cm": 1, "mm": 0, "km": 4, "ft": 2, "in": 1, "yd": 2}


def length(value: float, stddev: float | None = None, unit: str | None = None) -> str:
    """ "1.52 m ± 0.02 m"; ``value`` and ``stddev`` in metres."""
    unit = unit or ("cm" if abs(value) < 0.0995 else "m")
    text = _in_unit(value, unit)
    if stddev is None or not np.isfinite(stddev):
        return text
    return f"{text} ± {_in_unit(max(stddev, _last_decimal(unit)), unit)}"


def plus_minus(value: float, stddev: float) -> str:
    """Metres with their standard deviation, without the unit.

    >>> plus_minus(1.2345, 0.0212)
    '1.23 ± 0.02'
    """
    if not np.isfinite(stddev):
        return f"{value:.2f}"
    return f"{value:.2f} ± {max(stddev, _last_decimal('m')):.2f}"


def bare(value: float, unit: str, wanted: str | None = None) -> str:
    """Just the number: a length in the unit that is wanted, else in metres."""
    if unit != "m":
        return f"{value:.4g}"
    return _in_unit(value, wanted or "m").partition(" ")[0]


def _in_unit(value: float, unit: str) -> str:
    decimals = _DECIMALS[unit]
    return f"{round(value / _METRES[unit], decimals) + 0.0:.{decimals}f} {unit}"


def _last_decimal(unit: str) -> float:
    return _METRES[unit] * 10.0 ** -_DECIMALS[unit]


def volume(q: Quantity) -> str:
    """ "12 litres", or cubic metres from one on."""
    if q.value >= 1:
        return f"{q.value:.2f} m³ ± {max(q.stddev, 0.01):.2f} m³"
    litres, stddev = q.value * 1000, max(q.stddev * 1000, 0.1)
    return f"{litres:.1f} litres ± {stddev:.1f}"


def point(xyz: Sequence[float] | np.ndarray) -> str:
    """ "x 0.61 m, y -0.20 m, z 1.17 m"."""
    return ", ".join(
        f"{axis} {_in_unit(float(v), 'm')}" for axis, v in zip("xyz", xyz, strict=True)
    )


def the(name: str) -> str:
    """The name with its article, where it can take one."""
    first = name.split(" ", 1)[0].casefold()
    return name if first in ("the", "a", "an", "my", "pixel", "region") else f"the {name}"


def capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def listing(items: Sequence[str], word: str = "and") -> str:
    """ "a, b and c"."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def doubt(probability: float) -> str:
    """How sure a yes or a no is, where it is not: of the likelier of the two."""
    sure = max(probability, 1 - probability)
    return "" if sure >= SURE else f" ({percent(sure)} sure)"


def percent(probability: float) -> str:
    """A probability that is never rounded to certainty."""
    return f"{min(max(round(probability * 100), 1), 99)} %"
