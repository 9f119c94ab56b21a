"""Whether labelled things are as large as their names tell; if none is, depth's unit is wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hispatial_ros.detect.classes import BY_NAME, Class
from hispatial_ros.frame.region import Region
from hispatial_ros.pointmap.pointmap import PointMap

# Other names of classes, by their last word.
SYNONYMS = {
    "mug": "cup",
    "monitor": "tv",
    "sofa": "couch",
    "fridge": "refrigerator",
    "man": "person",
    "woman": "person",
    "worker": "person",
}
SMALL_COPIES = {
    "toy",
    "model",
    "mini",
    "miniature",
    "doll",
    "picture",
    "photo",
    "poster",
    "drawing",
}
MOST_REGIONS = 16  # that are looked at
GRID = 7  # depth samples along each side of the middle of a box
# [ratio] To the largest or smallest of its class, from where on a thing speaks against the unit.
OFF = 1.5
# [px] Closer to the image's border a thing may go on beyond it.
BORDER = 2
# [m] Of a step of depth: what drivers and files have.
INTEGER_UNITS = (0.0001, 0.0002, 0.00025, 0.0005, 0.01, 0.1, 1.0)
FLOAT_UNITS = (0.0001, 0.001, 0.01, 0.1, 10.0, 1000.0)


@dataclass(frozen=True)
class ScaleVerdict:
    """What the labelled things say."""

    fit: int = 0  # have a possible size
    off: int = 0  # are too large, or too small, for their names
    doubt: str = ""  # in words, with the unit that fits; empty without

    @property
    def confirms(self) -> bool:
        """Whether the unit is right."""
        return self.fit > 0 and not self.doubt


def judge_scale(points: PointMap, regions: Sequence[Region]) -> ScaleVerdict:
    """Compare the things whose names tell a size with it.

    Only where all of them are off in the same direction there is a doubt.

    Args:
        points: of the frame.
        regions: in pixels of the colour image, not checked.
    """
    fit, bounds, seen = 0, [], ""
    for region, kind, size, whole in _sizes(points, regions):
        if size > OFF * kind.largest or (whole and size < kind.smallest / OFF):
            bounds.append((kind.smallest / size, kind.largest / size))
            seen = seen or f"'{region.label}' would be {size:.2g} m large"
        elif kind.smallest <= size <= kind.largest:
            fit += 1
    factors = np.array(bounds).reshape(-1, 2)
    low, high = factors.max(0)[0] if bounds else 1, factors.min(0)[1] if bounds else 1
    agree = bool(bounds) and (bool((factors < 1).all()) or bool((factors > 1).all()))
    if fit or not agree:
        return ScaleVerdict(fit, len(bounds))
    integer = points.depth.dtype == np.uint16
    unit, _ = likely_unit(float(np.sqrt(low * high)), integer)
    return ScaleVerdict(fit, len(bounds), in_another_unit(seen, unit, integer))


def likely_unit(factor: float, integer: bool) -> tuple[float, float]:
    """The unit that makes depth so many times as large as it is taken for, and by how much it does.

    Args:
        factor: that is wanted.
        integer: whether depth is taken for millimetres of uint16, not for metres of floats.

    Returns:
        The nearest unit other than the one that is taken, in metres of a step, and its factor.
    """
    now, units = (0.001, INTEGER_UNITS) if integer else (1.0, FLOAT_UNITS)
    unit = min(units, key=lambda u: abs(np.log(u / (factor * now))))
    return unit, unit / now


def in_another_unit(why: str, unit: float, integer: bool) -> str:
    """What is suspected for a reason, and what to do."""
    now = 0.001 if integer else 1.0
    return (
        f"{why}: depth seems to be in steps of {unit:g} m instead of {now:g} m; set depth_unit to "
        "what it is"
    )


def _sizes(
    points: PointMap, regions: Sequence[Region]
) -> Iterator[tuple[Region, Class, float, bool]]:
    """Things of known classes, the longer side of each [m], and whether it is seen as a whole."""
    camera = points.camera
    known = ((region, kind) for region in regions if (kind := _class_of(region.label)))
    for region, kind in list(known)[:MOST_REGIONS]:
        x0, y0, x1, y1 = region.box
        if not (np.isfinite(region.box).all() and x0 < x1 and y0 < y1):
            continue
        steps = 0.25 + 0.5 * (np.arange(GRID) + 0.5) / GRID
        u, v = np.meshgrid(x0 + steps * (x1 - x0), y0 + steps * (y1 - y0))
        column = np.floor(u * points.scale[0]).astype(int)
        row = np.floor(v * points.scale[1]).astype(int)
        inside = (column >= 0) & (column < points.width) & (row >= 0) & (row < points.height)
        z = points.z(column[inside], row[inside])
        z = z[np.isfinite(z)]
        if len(z) < GRID:
            continue
        angle = max((x1 - x0) / camera.fx, (y1 - y0) / camera.fy)
        whole = min(x0, y0) > BORDER and x1 < camera.width - BORDER and y1 < camera.height - BORDER
        yield region, kind, float(angle * np.median(z)), whole


def _class_of(label: str) -> Class | None:
    words = label.lower().split()
    if not words or SMALL_COPIES & set(words):
        return None
    two, last = " ".join(words[-2:]), words[-1]
    return BY_NAME.get(two) or BY_NAME.get(last) or BY_NAME.get(SYNONYMS.get(last, ""))
