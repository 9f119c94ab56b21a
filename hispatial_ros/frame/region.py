"""A labelled region of the RGB image."""

import unicodedata
from dataclasses import dataclass

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError

MAX_LABEL_LENGTH = 200
MAX_OUTLINE_VERTICES = 10_000


@dataclass(frozen=True, eq=False)
class Region:
    """What is where in the RGB image; see ``msg/Region.msg``.

    ``box`` is (x0, y0, x1, y1) in pixels of the RGB image where pixel (u, v) covers
    [u, u+1) x [v, v+1); x1 and y1 are exclusive. x0 == x1 and y0 == y1 is the pixel that contains
    the point. ``outline``, if given, is a polygon [N, 2] in the same pixels.
    """

    label: str
    box: tuple[float, float, float, float]
    outline: np.ndarray | None = None
    id: str = ""

    @property
    def is_point(self) -> bool:
        x0, y0, x1, y1 = self.box
        return x0 == x1 and y0 == y1


def validate(region: Region, width: int, height: int) -> None:
    """Check a region from outside against an image of width x height pixels.

    Raises:
        SpatialError: BAD_REGION if it is malformed, REGION_OUTSIDE_IMAGE if no pixel of the image
            lies in it.
    """
    _check_text("label", region.label)
    _check_text("id", region.id)
    name = f"region {region.label!r}"
    if len(region.box) != 4 or not np.isfinite(np.array(region.box, float)).all():
        raise _bad(f"{name}: its box needs four finite numbers x0, y0, x1, y1")
    x0, y0, x1, y1 = region.box
    box = f"box ({x0:g}, {y0:g}, {x1:g}, {y1:g})"
    if x1 < x0 or y1 < y0:
        raise _bad(f"{name}: {box} is inverted; give the top-left corner first, then bottom-right")
    if (x0 == x1) != (y0 == y1):
        raise _bad(f"{name}: {box} has no area; only a point has x0 == x1 and y0 == y1")
    if region.outline is not None:
        _check_outline(name, region.outline, region.box)
    inside = x0 < width and y0 < height
    inside &= (x0 >= 0 and y0 >= 0) if region.is_point else (x1 > 0 and y1 > 0)
    if not inside:
        raise SpatialError(
            ErrorCode.REGION_OUTSIDE_IMAGE,
            f"{name}: {box} lies outside the image of {width}x{height} pixels; regions are in "
            "pixels of the colour image",
        )


def _check_text(what: str, text: str) -> None:
    if len(text) > MAX_LABEL_LENGTH:
        raise _bad(f"a region's {what} has {len(text)} characters, at most {MAX_LABEL_LENGTH}")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text):
        raise _bad(f"region {what} {text!r} holds control characters")


def _check_outline(name: str, outline: np.ndarray, box: tuple[float, ...]) -> None:
    if outline.ndim != 2 or outline.shape[1] != 2 or not np.isfinite(outline).all():
        raise _bad(f"{name}: its outline needs finite vertices (u, v)")
    if not 3 <= len(outline) <= MAX_OUTLINE_VERTICES:
        raise _bad(
            f"{name}: its outline has {len(outline)} vertices, 3 to {MAX_OUTLINE_VERTICES} are "
            "needed"
        )
    x0, y0, x1, y1 = box
    (u0, v0), (u1, v1) = outline.min(0), outline.max(0)
    if u1 < x0 or v1 < y0 or u0 > x1 or v0 > y1:
        raise _bad(f"{name}: its outline lies outside its box")


def _bad(message: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_REGION, message)
