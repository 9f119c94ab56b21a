"""A question as it is trained, and the boxes that are drawn for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hispatial_ros.vlm.inputs import ModelInput
from hispatial_ros.vlm.prompts import COLORS, on_model_image

Corners = tuple[float, float, float, float]  # x0 y0 x1 y1, pixels of the picture
Box = tuple[int, int, int, int]  # x0 y0 x1 y1, pixels of the model's image
ALL_LEVELS = frozenset({0, 1, 2, 3})
SKIP_QUESTION = "no question of the levels asked for"
LARGER = 1.2  # boxes are drawn up to this much wider and higher, so that none is known by its edge
KEYS = ("", "_i", "_j", "_k", "_l", "_m", "_n")  # of the objects of an item


@dataclass(frozen=True)
class Wanted:
    """Which questions are asked; without types or formats, those of all.

    Types that are named are asked equally often; else the released data's are, as often as there.
    ``short``: answers in text are their value or option alone, where the layout tells it.
    ``places``: answers begin with the rows and columns of what they are about (open layout).
    ``places_weight``: what the loss of each of their tokens counts, where others count 1.
    """

    levels: frozenset[int] = ALL_LEVELS
    types: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    short: bool = False
    places: bool = False
    places_weight: float = 1.0

    def __contains__(self, pair: Mapping[str, Any]) -> bool:
        """Whether a pair of the open layout is one."""
        return (
            pair["level"] in self.levels
            and (not self.types or pair["type"] in self.types)
            and (not self.formats or pair["format"] in self.formats)
        )


ALL = Wanted()


class SkipError(Exception):
    """A sample that is not trained on; the text is the reason that it is counted by."""


@dataclass(frozen=True)
class Question:
    """prompt and response as text, ``<image>`` and the closing newline left out.

    places: with which the response begins.
    """

    prompt: str
    response: str
    type: str
    boxes: tuple[tuple[str, Box], ...] = ()  # colour and place
    places: str = ""


def drawn_box(
    box: Corners, width: int, height: int, view: ModelInput, rng: np.random.Generator
) -> Box:
    """A box of an image of width x height on the model's image, a little enlarged at random."""
    last = len(view.rgb) - 1
    x0, y0, x1, y1 = on_model_image(box, width, height, last + 1)
    across, down = rng.uniform(1.0, LARGER, 2) / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return (
        int(max(0, x - (x1 - x0) * across)),
        int(max(0, y - (y1 - y0) * down)),
        int(min(last, x + (x1 - x0) * across)),
        int(min(last, y + (y1 - y0) * down)),
    )


def mentioned_boxes(
    objects: Mapping[str, Any] | None,
    size: tuple[int, int],
    view: ModelInput,
    rng: np.random.Generator,
) -> tuple[tuple[str, Box], ...]:
    """Boxes of the objects of an item whose names say that they are highlighted.

    Args:
        objects: of an item of the released layouts. size: width and height of its image.
    """
    boxes = []
    for end in KEYS:
        name, raw = (objects or {}).get(f"referring{end}"), (objects or {}).get(f"raw{end}")
        if name is None or raw is None:
            continue
        for colour in COLORS:
            ways = (f"(highlighted by {the} {colour} box)" for the in ("the", "a"))
            if any(way in name for way in ways):
                boxes.append((colour, drawn_box(raw["raw_bbox"], *size, view, rng)))
    return tuple(boxes)
