"""Whether depth is in the unit that it is taken for, by all that a frame tells about its scale."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from hispatial_ros.detect.scale import INTEGER_UNITS, in_another_unit, judge_scale, likely_unit
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.gravity import detect_support
from hispatial_ros.measure.types import Gravity
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.pointmap.pointmap import PointMap

SURE = 2  # things that are off until there is no answer
# [m] Median depth of 16UC1 that cameras with this encoding usually see. Beyond, a unit that nothing
# confirms gets a note.
USUAL = (0.5, 6.0)
SAMPLES = 32  # along each side of an image, of which medians are taken
LEAST_SAMPLES = 50  # of both depths that are compared
# [m] Of a camera above the floor that it sees, and what most have.
HEIGHTS = (0.03, 30.0)
USUAL_HEIGHT = 1.0
# [ratio] Estimated depth is right within it, so that it confirms a unit. Larger: units that differ
# by 4 pass. Smaller: odd scenes confirm nothing. Convention.
CONFIRMS = 2.0
# [ratio] Of both depths, from where on the model speaks against a unit. Larger: wrong units pass.
# Smaller: odd scenes are refused. Convention.
SPEAKS_AGAINST = 3.0
# [ratio] To the factor between two units, within which the depth model names one. Larger: odd
# scenes are refused. Smaller: they are answered with a note. Derived: factors of 5 and of 10 are
# twice that apart.
NAMES = 1.4
EVERYTHING = 1e6  # m
UNSETTLED = "nothing in view confirms its unit, and MoGe-2 is going to look: ask again"


@dataclass(frozen=True)
class UnitVerdict:
    """What a frame says about the unit of its depth."""

    notes: tuple[str, ...] = ()  # what speaks against it
    confirmed: bool = False


def check_unit(
    frame: Frame,
    noise: DepthNoise,
    regions: Sequence[Region],
    max_range: float,
    gravity: Gravity | None = None,
    to_model: Callable[[], float | None] = lambda: None,
) -> UnitVerdict:
    """Judge the unit by labelled things, a depth model, the floor, and what is usual.

    Args:
        frame: with the sensor's depth, in a unit that nobody has told.
        regions: of the frame, not checked.
        max_range: m; what is farther is not measured.
        gravity: as given by an IMU or TF.
        to_model: median ratio of this depth to that of a depth model, NaN if it has not looked yet;
            called only where the things in view do not settle it.

    Raises:
        SpatialError: BAD_CALIBRATION if the evidence against the unit is strong; it names the unit
            that depth seems to be in.
    """
    assert frame.depth is not None
    integer = frame.depth.dtype == np.uint16
    points = PointMap(frame, noise, EVERYTHING)
    things = judge_scale(points, regions)
    if things.fit:
        return UnitVerdict(confirmed=things.confirms)
    ratio = to_model()
    compared = _by_model(ratio, integer)
    if things.doubt and (things.off >= SURE or compared):
        others = f"by {things.off} things in view" if things.off >= SURE else "by MoGe-2"
        raise _refused(
            f"{things.doubt} (the same {others}; depth_unit keeps this from being asked)"
        )
    if compared:
        raise _refused(compared)
    if ratio is not None and 1 / CONFIRMS < ratio < CONFIRMS:
        return UnitVerdict(confirmed=not things.doubt, notes=_note(things.doubt))
    by_floor, sure = _by_floor(points, gravity, integer, max_range)
    if by_floor and sure:
        raise _refused(by_floor)
    doubt = things.doubt or by_floor or _by_median(median_depth(frame.depth), integer)
    if not doubt and ratio is not None:
        doubt = UNSETTLED if isnan(ratio) else f"{_times(ratio)}; no usual unit explains that"
    return UnitVerdict(_note(doubt))


def _refused(why: str) -> SpatialError:
    return SpatialError(ErrorCode.BAD_CALIBRATION, why)


def _note(doubt: str) -> tuple[str, ...]:
    return (f"depth: {doubt}",) if doubt else ()


def _by_model(ratio: float | None, integer: bool) -> str:
    """The unit that makes both depths the same; empty if none does, or they were not compared."""
    if ratio is None or isnan(ratio) or 1 / SPEAKS_AGAINST < ratio < SPEAKS_AGAINST:
        return ""
    unit, factor = likely_unit(1 / ratio, integer)
    if not 1 / NAMES < ratio * factor < NAMES:
        return ""
    return in_another_unit(_times(ratio), unit, integer)


def _times(ratio: float) -> str:
    return f"the sensor's depth is {ratio:.2g} times what MoGe-2 estimates"


def _by_floor(
    points: PointMap, given: Gravity | None, integer: bool, max_range: float
) -> tuple[str, bool]:
    """What the camera's height above the floor says against the unit, and whether that is sure."""
    gravity = detect_support(points, given).gravity
    seen = gravity.offset if gravity.floor_source else gravity.floor
    if seen is None or seen >= 0 or HEIGHTS[0] <= -seen <= HEIGHTS[1]:
        return "", False
    unit, factor = likely_unit(USUAL_HEIGHT / -seen, integer)
    if factor == 1 or not HEIGHTS[0] < -seen * factor < HEIGHTS[1]:
        return "", False
    what = f"the camera would be {-seen:.2g} m above the lowest level surface in view"
    # Whoever wants to see farther than that may fly.
    return in_another_unit(what, unit, integer), given is not None and not HEIGHTS[
        1
    ] < -seen < max_range


def _by_median(median: float | None, integer: bool) -> str:
    if median is None or not integer or USUAL[0] <= median <= USUAL[1]:
        return ""
    usual = [u for u in INTEGER_UNITS if USUAL[0] <= 1000 * u * median <= USUAL[1]]
    some = f", such as steps of {' or '.join(f'{u:g}' for u in usual)} m" if usual else ""
    swapped = "; or image and depth are swapped (remappings)" if median > USUAL[1] else ""
    return (
        f"its median is {median:.2g} m, unusual for 16UC1 and confirmed by nothing in view; if "
        f"that is not so, depth is in another unit{some} (depth_unit; 0.001 "
        f"says that it is millimetres){swapped}"
    )


def median_depth(depth: np.ndarray) -> float | None:
    """Of the valid depth of [h, w] uint16 mm or float m, in m; None without any."""
    some = _sampled(depth)
    valid = some[np.isfinite(some) & (some > 0)]
    return float(np.median(valid)) if valid.size else None


def median_ratio(depth: np.ndarray, other: np.ndarray) -> float | None:
    """Median of ratios of two depths of one field of view, at any sizes; None: hardly any."""
    a, b = _sampled(depth), _sampled(other)
    valid = np.isfinite(a) & np.isfinite(b) & (a > 0) & (b > 0)
    return float(np.median(a[valid] / b[valid])) if valid.sum() >= LEAST_SAMPLES else None


def _sampled(depth: np.ndarray) -> np.ndarray:
    """[SAMPLES, SAMPLES] m, evenly over the image."""
    rows, columns = ((np.arange(SAMPLES) + 0.5) / SAMPLES * n for n in depth.shape)
    some = depth[rows.astype(int)[:, None], columns.astype(int)[None, :]].astype(float)
    return some * 0.001 if depth.dtype == np.uint16 else some
