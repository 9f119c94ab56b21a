"""Which pixels show a measured object."""

from collections.abc import Sequence

import cv2
import numpy as np

from hispatial_ros.frame.region import Region
from hispatial_ros.measure.types import MeasuredObject
from hispatial_ros.pointmap.pointmap import PointMap

# [m] Around the box, for what noise puts outside. Larger: things close by are taken in. Smaller:
# edges fray.
MARGIN = 0.015
# [ratio, m] Of the box's height, beside noise: what lies as low is what the object stands on.
# Larger: feet are cut off. Smaller: a rim of the support is taken in.
FOOT, NOISE, MAX_FOOT = 0.1, 0.003, 0.05


def object_masks(point_map: PointMap, objects: Sequence[MeasuredObject]) -> np.ndarray:
    """For each pixel of the depth image the object that it shows.

    That is the nearest one in whose region the pixel lies and in whose box its point.

    Args:
        point_map: of the image that the objects were measured on.
        objects: in the optical frame.

    Returns:
        [h, w] int16, index of the object; -1: none.
    """
    height, width = point_map.height, point_map.width
    shown = np.full((height, width), -1, np.int16)
    for i in sorted(range(len(objects)), key=lambda i: -objects[i].distance):
        x0, y0, x1, y1 = _window(objects[i].region, point_map)
        window = np.s_[y0:y1, x0:x1]
        inside = _in_box(objects[i], point_map.points[window])
        inside &= _in_outline(objects[i].region, point_map)[window]
        shown[window][inside] = i
    return shown


def _window(region: Region, point_map: PointMap) -> tuple[int, int, int, int]:
    """The region's box in pixels of the depth image, at least one of them."""
    (sx, sy), (x0, y0, x1, y1) = point_map.scale, region.box
    left, top = (
        int(np.clip(x0 * sx, 0, point_map.width)),
        int(np.clip(y0 * sy, 0, point_map.height)),
    )
    return left, top, max(left + 1, int(np.ceil(x1 * sx))), max(top + 1, int(np.ceil(y1 * sy)))


def _in_outline(region: Region, point_map: PointMap) -> np.ndarray:
    """[h, w] bool: inside the region's outline; everywhere without one."""
    inside = np.ones((point_map.height, point_map.width), np.uint8)
    if region.outline is not None:
        inside[:] = 0
        corners = np.asarray(region.outline, float) * point_map.scale
        cv2.fillPoly(inside, [np.round(corners).astype(np.int32)], 1)
    return inside.astype(bool)


def _in_box(obj: MeasuredObject, points: np.ndarray) -> np.ndarray:
    """Whether points [..., 3] lie in the object's box and above what it stands on."""
    with np.errstate(invalid="ignore"):
        local = (points - obj.center) @ obj.rotation
        inside = (np.abs(local) <= obj.size / 2 + MARGIN).all(-1)
        foot = min(FOOT * obj.size[1] + NOISE, MAX_FOOT)
        return inside & (local[..., 1] <= obj.size[1] / 2 - foot)
