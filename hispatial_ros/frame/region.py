"""A labelled region of the RGB image."""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from hispatial_ros.errors import ErrorCode, SpatialError


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
    score: float = 0.0  # of the detector, 0 to 1, its own and no probability; 0: none was given

    @property
    def is_point(self) -> bool:
        x0, y0, x1, y1 = self.box
        return x0 == x1 and y0 == y1


@dataclass(frozen=True)
class RegionLimits:
    """What is checked of regions where they come in; the node has parameters of these names."""

    max_regions: int = 1000  # in one message or request
    max_outline_points: int = 10_000  # of all its outlines together
    max_name_length: int = 200  # characters of a label or an id

    def check_amount(self, regions: int, outline_points: int) -> None:
        """Check the size of a message or request before anything in it is looked at.

        Raises:
            SpatialError: BAD_REQUEST.
        """
        if regions > self.max_regions:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"{regions} regions at once, at most {self.max_regions} are taken "
                "(parameter max_regions)",
            )
        if outline_points > self.max_outline_points:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"the outlines of the regions have {outline_points} points together, at most "
                f"{self.max_outline_points} are taken: simplify them "
                "(parameter max_outline_points)",
            )

    def check_names(self, region: Region) -> None:
        """Check label and id, which are printed and logged.

        Raises:
            SpatialError: BAD_REGION.
        """
        for what, text in (("label", region.label), ("id", region.id)):
            if len(text) > self.max_name_length:
                raise _bad(
                    f"a region's {what} has {len(text)} characters, at most "
                    f"{self.max_name_length} are taken (parameter max_name_length)"
                )
            if not text.isprintable():
                raise _bad(
                    f"a region's {what} {text[:80]!r} holds control characters: send plain text"
                )


def check_region(region: Region, width: int, height: int) -> None:
    """Check a region against an image of width x height pixels.

    Its names and the size of its outline are checked where it comes in, see `RegionLimits`.

    Raises:
        SpatialError: BAD_REGION if it is malformed, REGION_OUTSIDE_IMAGE if no pixel of the image
            lies in it.
    """
    name = f"region '{region.label}'"
    x0, y0, x1, y1 = _finite_box(name, region.box)
    box = f"box ({x0:g}, {y0:g}, {x1:g}, {y1:g})"
    if x1 < x0 or y1 < y0:
        raise _bad(f"{name}: {box} is inverted; give the top-left corner first, then bottom-right")
    if (x0 == x1) != (y0 == y1):
        raise _bad(f"{name}: {box} has no area; only a point has x0 == x1 and y0 == y1")
    in_parts = min(x0, y0) >= 0 and max(x1, y1) <= 1 and not {x0, y0, x1, y1} <= {0.0, 1.0}
    if in_parts and not region.is_point:
        raise _bad(
            f"{name}: {box} is normalised (no number is above 1), but regions are in pixels: "
            "multiply x by the image's width and y by its height"
        )
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


def _finite_box(name: str, box: tuple[float, ...]) -> list[float]:
    try:
        numbers = [float(value) for value in box]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 4 or not all(map(isfinite, numbers)):
        raise _bad(f"{name}: its box needs four finite numbers x0, y0, x1, y1")
    return numbers


def _check_outline(name: str, vertices: np.ndarray, box: tuple[float, ...]) -> None:
    outline = np.asarray(vertices, float)
    if outline.ndim != 2 or outline.shape[1] != 2 or not np.isfinite(outline).all():
        raise _bad(f"{name}: its outline needs finite vertices (u, v)")
    if len(outline) < 3:
        raise _bad(f"{name}: its outline has {len(outline)} vertices, at least 3 are needed")
    x0, y0, x1, y1 = box
    (u0, v0), (u1, v1) = outline.min(0), outline.max(0)
    if u1 < x0 or v1 < y0 or u0 > x1 or v0 > y1:
        raise _bad(f"{name}: its outline lies outside its box")


def _bad(message: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_REGION, message)


def iou(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes [N, 4] with boxes [M, 4], as [N, M]."""
    a, b = one[:, None], others[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    inter = np.clip(sides, 0, None).prod(-1)
    areas = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1)
    return inter / np.maximum(areas - inter, 1e-9)
