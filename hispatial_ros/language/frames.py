"""What a question asks for, and which phrases may stand beside that: its frame.

A clause is a head ("how far", "which is taller") with phrases before and after it, each with a
role: "" for plain mentions, or that of its preposition. A frame takes the roles it knows and
nothing else, so that no phrase of a question is ever without a meaning.
"""

from __future__ import annotations

from collections.abc import Callable

from hispatial_ros.language.comparisons import (
    difference,
    difference_in,
    extreme,
    passage,
    rank,
    ratio,
)
from hispatial_ros.language.forms import Form
from hispatial_ros.language.places import bearing, direction, position, relative, vector
from hispatial_ros.language.quantities import (
    above_ground,
    box,
    dimension,
    distance,
    image_position,
    size,
)
from hispatial_ros.language.slots import ClashError, Head, Item, Slots

FRAMES: dict[str, Callable[[Head, Slots], Form | None]] = {
    "dist": distance,
    "gap": distance,
    "space": distance,
    "dim": dimension,
    "size": size,
    "above_ground": above_ground,
    "box": box,
    "image_position": image_position,
    "where": position,
    "pos": position,
    "relation": relative,
    "sides": relative,
    "sidesof": relative,
    "vector": vector,
    "direction": direction,
    "bearing": bearing,
    "clock": bearing,
    "order": extreme,
    "more": difference,
    "either": difference,
    "difference": difference_in,
    "ratio": ratio,
    "rank": rank,
    "pass": passage,
}


def build(head: Head, items: tuple[Item, ...]) -> Form | None:
    """The form of a head and what stands beside it; None if they do not go together."""
    try:
        return FRAMES[head.kind](head, Slots(items))
    except ClashError:
        return None
