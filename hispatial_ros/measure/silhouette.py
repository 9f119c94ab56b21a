"""The sides of the 2D boxes as planes that touch the objects."""

from dataclasses import dataclass

import numpy as np

from hispatial_ros.measure.foreground import Foreground
from hispatial_ros.measure.gravity import Support
from hispatial_ros.measure.window import Windows
from hispatial_ros.pointmap.pointmap import PointMap

TIGHT = 0.35  # px, standard deviation of a side that agrees with the depth
END = 3  # lines at the end of a side
BEYOND = 3  # samples looked at beyond the object's last one
HIDDEN = 0.4  # share of the lines that reach a side which end behind something: it is hidden
PARTLY = 0.1  # share of all lines that end behind something: more may be hidden there
UNSEEN = 0.3  # of the visible extent, how much more there is behind a hidden side, and its stddev
DOUBT = 0.08  # of the extent, how much further the object may reach beside an unseen side
JOINED = 0.15  # of the extent, most that is hidden behind things at the same depth


@dataclass(eq=False)
class Tangents:
    """Planes through the camera that touch the object at the left, top, right, bottom.

    The object lies where normal . p >= 0 and touches the plane. Where it goes on unseen, behind
    something else or beyond the image, it reaches at least to the plane.
    """

    normal: np.ndarray  # [R, 4, 3] unit, inwards, in the optical frame
    beyond: np.ndarray  # [R, 4] rad, how far beyond the plane the object is expected to end
    inwards: np.ndarray  # [R, 4] rad, standard deviation of that on the near side
    outwards: np.ndarray  # [R, 4] rad, and on the far side
    open: np.ndarray  # [R, 4] bool: the side itself can not be seen


def find_tangents(
    points: PointMap, windows: Windows, foreground: Foreground, support: Support
) -> Tangents:
    """Tangent planes of the objects, from the boxes and checked against the depth."""
    count = len(windows.box)
    rise = np.tensordot(support.gravity.up.astype(np.float32), windows.rays, 1)
    side = windows.box
    extent = side[:, 2:] - side[:, :2]
    inner, outer, beyond = np.full((count, 4), TIGHT), np.zeros((count, 4)), np.zeros((count, 4))
    unseen = windows.cut.copy()
    at_corner = np.zeros((count, 4, 2), bool)
    for axis in (0, 1):
        for end in (0, 1):
            k = axis + 2 * end
            hidden, behind, joined, ends = _occlusion(windows, foreground, rise, axis, end)
            at_corner[:, k] = ends
            partly = np.where(behind > PARTLY, 0.5 * behind, 0)
            partly += np.where(joined > PARTLY, np.minimum(0.5 * joined, JOINED), 0)
            outer[:, k] = np.maximum(partly * extent[:, axis], TIGHT)
            unseen[:, k] |= hidden
            beyond[:, k] = np.where(unseen[:, k], UNSEEN * extent[:, axis], 0)
    # Where a side is reached beside an unseen one, the object may reach further out of sight.
    doubtful = (at_corner & unseen[:, [[1, 3], [0, 2], [1, 3], [0, 2]]]).any(2)
    outer = np.maximum(outer, np.where(doubtful, DOUBT, 0) * np.tile(extent, 2))
    inner, outer = (np.where(unseen, np.maximum(beyond, TIGHT), x) for x in (inner, outer))
    middle = (side[:, :2] + side[:, 2:]) / 2 - 0.5
    normal = np.zeros((count, 4, 3))
    for k in range(4):
        if k % 2 == 0:
            slope = points.rays(side[:, k] - 0.5, middle[:, 1])[0]
        else:
            slope = points.rays(middle[:, 0], side[:, k] - 0.5)[1]
        sign = 1 if k < 2 else -1
        length = np.sqrt(1 + slope.astype(float) ** 2)
        normal[:, k, k % 2] = sign / length
        normal[:, k, 2] = -sign * slope / length
    focal = np.array([points.camera.fx, points.camera.fy] * 2)
    return Tangents(normal, beyond / focal, inner / focal, outer / focal, unseen)


def _occlusion(windows: Windows, foreground: Foreground, rise: np.ndarray, axis: int, end: int):
    """How much of one side of every object ends behind something nearer.

    Returns:
        Whether the side itself is hidden [R]; the share [R] of lines across it that are; the share
        [R] of lines that end at something which is neither nearer nor farther; whether the side is
        reached at its upper or left end, and at its other end [R, 2].
    """
    arrays = [windows.z, foreground.mask, windows.sigma, rise, foreground.kind]
    if axis == 1:
        arrays = [a.swapaxes(1, 2) for a in arrays]
    if end == 1:
        arrays = [a[..., ::-1] for a in arrays]
    z, mask, sigma, rise, kind = arrays
    # From here on, the side is at low indices of the last axis.
    grid = z.shape[-1]
    seen = mask.any(2)
    first = np.where(seen, mask.argmax(2), grid)  # [R, G] of each line across the side
    touching = first <= first.min(1)[:, None] + 1
    at = np.minimum(first, grid - 1)[..., None]
    own = np.take_along_axis(z, at, 2)
    tolerance = 5 * np.take_along_axis(sigma, at, 2) + 0.02
    index = at - np.arange(1, BEYOND + 1)
    other = np.where(index >= 0, np.take_along_axis(z, np.maximum(index, 0), 2), np.nan)
    # What it stands on comes nearer too, but stays as low: something in front would be higher.
    own_rise = np.take_along_axis(rise, at, 2)
    other_rise = np.take_along_axis(rise, np.maximum(index, 0), 2)
    gain = other_rise * other - own_rise * own
    with np.errstate(invalid="ignore"):
        in_front = gain >= 0.5 * np.maximum(-own_rise, 0) * (own - other)
        nearer = ((other < own - tolerance) & in_front).any(2) & seen
        # Its support joins it below, things that stand on it or beside it elsewhere.
        beside = np.take_along_axis(kind, np.maximum(index, 0), 2) < 0
        level = beside & (np.abs(other - own) < tolerance)
    touch = np.maximum(touching.sum(1), 1)
    hidden = (nearer & touching).sum(1) > HIDDEN * touch
    start, stop = seen.argmax(1), grid - 1 - seen[:, ::-1].argmax(1)
    line = np.arange(grid)
    at_ends = line < start[:, None] + END, line > stop[:, None] - END
    ends = np.stack([(touching & at).any(1) for at in at_ends], 1)
    lines = np.maximum(seen.sum(1), 1)
    joined = np.zeros(len(lines))
    if (axis, end) != (1, 1):
        joined = (level.any(2) & seen & ~nearer).sum(1) / lines
    return hidden, nearer.sum(1) / lines, joined, ends
