"""The sides of the 2D boxes as planes that touch the objects."""

from dataclasses import dataclass

import numpy as np

from hispatial_ros.measure.foreground import Foreground
from hispatial_ros.measure.gravity import Support
from hispatial_ros.measure.window import Windows
from hispatial_ros.pointmap.pointmap import PointMap

TIGHT = 0.35  # px, standard deviation of a side that agrees with the depth
BEYOND = 3  # samples looked at beyond the object's last one


@dataclass(eq=False)
class Tangents:
    """Planes through the camera that touch the object at the left, top, right, bottom.

    The object lies where normal . p >= 0 and touches the plane, unless it goes on unseen behind
    something else or beyond the image: then it reaches at least to the plane.
    """

    normal: np.ndarray  # [R, 4, 3] unit, inwards, in the optical frame
    stddev: np.ndarray  # [R, 4] rad, of the plane's direction
    open: np.ndarray  # [R, 4] bool: the object may go on beyond the plane


def find_tangents(
    points: PointMap, windows: Windows, foreground: Foreground, support: Support
) -> Tangents:
    """Tangent planes of the objects, from the boxes and checked against the depth."""
    count = len(windows.box)
    rise = np.tensordot(support.gravity.up.astype(np.float32), windows.rays, 1)
    side, width = windows.box.copy(), np.full((count, 4), TIGHT)
    hidden = np.zeros((count, 4), bool)
    for axis in (0, 1):
        for end in (0, 1):
            k = axis + 2 * end
            side[:, k], width[:, k], hidden[:, k] = _examine(windows, foreground, rise, axis, end)
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
    return Tangents(normal, width / focal, hidden | windows.cut)


def _examine(windows: Windows, foreground: Foreground, rise: np.ndarray, axis: int, end: int):
    """One side of every box.

    Returns:
        Where the side is [R] px, its standard deviation [R] px, and whether it is hidden [R].
    """
    z, mask, sigma = windows.z, foreground.mask, windows.sigma
    if axis == 1:
        z, mask, sigma, rise = (a.swapaxes(1, 2) for a in (z, mask, sigma, rise))
    if end == 1:
        z, mask, sigma, rise = (a[..., ::-1] for a in (z, mask, sigma, rise))
    # From here on, the side is at low indices of the last axis.
    grid = z.shape[-1]
    first = np.where(mask.any(2), mask.argmax(2), grid)  # [R, G] of each line across the side
    extreme = first.min(1)
    touching = first <= extreme[:, None] + 1
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
        nearer = ((other < own - tolerance) & in_front).any(2) & touching
    hidden = nearer.sum(1) > 0.4 * touching.sum(1)
    box = windows.box[:, axis + 2 * end]
    return box, np.full(len(box), TIGHT), hidden
