"""Questions in the form HiSpatial was trained on: coloured boxes, location tokens, suffixes.

Conventions of the released data (hub dataset of HiSpatial, arXiv 2603.25411): an object is named
with its phrase and "(highlighted by the red box)", the box being a 2 px rectangle on the resized
model image; a pixel is a degenerate box of location tokens,
``<locYYYY><locXXXX><locYYYY><locXXXX>``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region

COLORS: dict[str, tuple[int, int, int]] = {  # R, G, B, in the order they are handed out
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "purple": (255, 0, 255),
}
MAX_REFERENTS = 7  # the most that a question of the training data refers to
STEP_BY_STEP = " Please think step by step"
_LOCATIONS = 1024  # per axis; the vocabulary stops at loc1023


@dataclass(frozen=True)
class RegionMention:
    """Characters ``start:end`` of a question that name ``region``."""

    start: int
    end: int
    region: Region


@dataclass(frozen=True)
class Prompt:
    """Text for the tokenizer and what to paint on the model image before encoding it."""

    text: str
    boxes: tuple[tuple[str, tuple[int, int, int, int]], ...] = ()  # colour, x0 y0 x1 y1 [model px]

    def draw(self, image: np.ndarray) -> np.ndarray:
        """Paint the visual prompts on a copy of the model image, [S, S, 3] uint8 R G B."""
        if not self.boxes:
            return image
        image = image.copy()
        for color, (x0, y0, x1, y1) in self.boxes:
            cv2.rectangle(image, (x0, y0), (x1, y1), COLORS[color], 2)
        return image


def location_token(value: float, size: int) -> str:
    """Location token of a place along an axis of ``size`` pixels."""
    return f"<loc{min(max(round(value / size * _LOCATIONS), 0), _LOCATIONS - 1):04d}>"


def location_tokens(box: tuple[float, float, float, float], width: int, height: int) -> str:
    """Location tokens of a box in an image of width x height pixels: y0 x0 y1 x1."""
    x0, y0, x1, y1 = box
    axes = ((y0, height), (x0, width), (y1, height), (x1, width))
    return "".join(location_token(value, size) for value, size in axes)


def build_prompt(
    question: str,
    mentions: Sequence[RegionMention],
    width: int,
    height: int,
    model_size: int,
    *,
    step_by_step: bool = False,
) -> Prompt:
    """Rewrite a question that names regions into the trained form.

    Every mention keeps its words and gains its box's colour; the same region keeps one colour.
    Point regions become location tokens, and so do boxes beyond the five colours.

    Args:
        question: as asked. mentions: non-overlapping, in any order.
        width, height: size of the RGB image that the regions refer to, pixels.
        model_size: side of the square model image, pixels.

    Raises:
        SpatialError: BAD_REQUEST if the question refers to more than MAX_REFERENTS regions.
    """
    phrases: dict[int, str] = {}
    boxes: list[tuple[str, tuple[int, int, int, int]]] = []
    for mention in sorted(mentions, key=lambda m: m.start):
        region = mention.region
        if id(region) in phrases:
            continue
        if region.is_point:
            phrases[id(region)] = f"in {location_tokens(region.box, width, height)}"
        elif len(boxes) < len(COLORS):
            color = list(COLORS)[len(boxes)]
            boxes.append((color, on_model_image(region.box, width, height, model_size)))
            phrases[id(region)] = f"(highlighted by the {color} box)"
        else:
            phrases[id(region)] = f"in {location_tokens(region.box, width, height)}"
    if len(phrases) > MAX_REFERENTS:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"the question refers to {len(phrases)} regions, the model was trained on at most "
            f"{MAX_REFERENTS}: ask about fewer at a time",
        )
    text = question
    for mention in sorted(mentions, key=lambda m: m.start, reverse=True):
        text = f"{text[: mention.end]} {phrases[id(mention.region)]}{text[mention.end :]}"
    if step_by_step:
        text += STEP_BY_STEP
    return Prompt(text, tuple(boxes))


def on_model_image(
    box: tuple[float, float, float, float], width: int, height: int, size: int
) -> tuple[int, int, int, int]:
    """The box on the squashed square model image, truncated and clipped as in the training data."""
    x0, y0, x1, y1 = box
    sx, sy = size / width, size / height
    last = size - 1
    return (
        min(max(int(x0 * sx), 0), last),
        min(max(int(y0 * sy), 0), last),
        max(min(int(x1 * sx), last), 0),
        max(min(int(y1 * sy), last), 0),
    )
