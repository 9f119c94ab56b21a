"""Detections that depth contradicts: too small, too large, or nothing but the wall behind them."""

import numpy as np

from hispatial_ros.detect.classes import BY_NAME, Class
from hispatial_ros.detect.nanodet import Detection
from hispatial_ros.pointmap.pointmap import PointMap

# Depth samples along each side of the area that is looked at. Larger: slower. Smaller: a thin
# object falls between them. Chosen: one in ten pixels of a box as large as a VGA image.
GRID = 48
# Least samples with depth that say anything. Smaller: noise decides. Larger: what is far or dark
# is never checked. Chosen.
MIN_SAMPLES = 30
# The object's depth lies between these shares of what the box holds: its front may be hidden by
# something nearer, and a box shows background beside the object. Wider: less is rejected. Chosen.
NEAR, FAR = 0.1, 0.75
# [share of the image's side] A box this close to the border may go on beyond it.
BORDER = 0.01
# [share of the image's sides] What is room-like and fills more is the room. Smaller: a truck right
# in front is lost. Chosen.
WHOLE = 0.93
# Area around a box that shows what is behind the object, in its sides. Chosen.
MARGIN = 0.25
# [m] and deviations of the depth: a surface this close to the plane is the plane. Larger: low
# objects are taken for background. Smaller: uneven walls for objects. Chosen: skirting boards,
# door frames and handles belong to the wall.
RELIEF, DEVIATIONS = 0.04, 3.0
# Shares of the samples on the plane, in the box and around it, that make it background. Chosen:
# what covers a twentieth of its box is no object.
INSIDE, AROUND = 0.95, 0.7


def why_not(detection: Detection, points: PointMap, width: int, height: int) -> str:
    """Why depth rules a detection out, in words; empty if it does not.

    Where there is too little depth nothing is ruled out.

    Args:
        points: of the same view.
        width, height: of the colour image, px.
    """
    kind = BY_NAME[detection.label]
    x0, y0, x1, y1 = detection.box
    if kind.room_like and min((x1 - x0) / width, (y1 - y0) / height) > WHOLE:
        return "its box is the whole image"
    return _wrong_size(detection, kind, points, width, height) or (
        "" if kind.flat else _only_background(detection, points)
    )


def _wrong_size(
    detection: Detection, kind: Class, points: PointMap, width: int, height: int
) -> str:
    x0, y0, x1, y1 = detection.box
    z = _sample(points, detection.box)[2]
    z = z[np.isfinite(z)]
    if len(z) < MIN_SAMPLES:
        return ""
    near, far = np.quantile(z, (NEAR, FAR))
    angle = max(
        (x1 - x0) * points.scale[0] / points.camera.fx,
        (y1 - y0) * points.scale[1] / points.camera.fy,
    )
    cut = (
        x0 < BORDER * width
        or y0 < BORDER * height
        or x1 > (1 - BORDER) * width
        or y1 > (1 - BORDER) * height
    )
    if angle * near > kind.largest:
        return f"at least {angle * near:.1f} m large, a {kind.name} at most {kind.largest:g} m"
    if angle * far < kind.smallest and not cut:
        return f"at most {angle * far:.2f} m large, a {kind.name} at least {kind.smallest:g} m"
    return ""


def _only_background(detection: Detection, points: PointMap) -> str:
    """Whether one plane goes through the box and on around it.

    The inverse depth of a plane is affine in the pixels.
    """
    x0, y0, x1, y1 = detection.box
    right, down = MARGIN * (x1 - x0), MARGIN * (y1 - y0)
    u, v, z, sigma = _sample(points, (x0 - right, y0 - down, x1 + right, y1 + down))
    valid = np.isfinite(z)
    inside = ((u >= x0) & (u < x1) & (v >= y0) & (v < y1))[valid]
    if inside.sum() < MIN_SAMPLES or (~inside).sum() < MIN_SAMPLES:
        return ""
    z, sigma = z[valid], sigma[valid]
    terms = np.stack([u[valid] - x0, v[valid] - y0, np.ones(len(z))], 1)
    tolerance = (RELIEF + DEVIATIONS * sigma) / z**2  # of the inverse depth
    on_plane = np.ones(len(z), bool)
    for _ in range(5):
        plane = np.linalg.lstsq(terms[on_plane], 1 / z[on_plane], rcond=None)[0]
        off = np.abs(terms @ plane - 1 / z)
        # The better half stays, so that a bad start does not leave a handful.
        on_plane = off <= np.maximum(tolerance, np.median(off))
    on_plane = off <= tolerance
    if on_plane[inside].mean() >= INSIDE and on_plane[~inside].mean() >= AROUND:
        return "nothing stands out of the surface there"
    return ""


def _sample(
    points: PointMap, box: tuple[float, float, float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pixels u, v of the colour image on a grid in a box; depth and its deviation [m] or NaN."""
    x0, y0, x1, y1 = box
    steps = (np.arange(GRID) + 0.5) / GRID
    u, v = (grid.ravel() for grid in np.meshgrid(x0 + steps * (x1 - x0), y0 + steps * (y1 - y0)))
    column = np.floor(u * points.scale[0]).astype(int)
    row = np.floor(v * points.scale[1]).astype(int)
    seen = (column >= 0) & (column < points.width) & (row >= 0) & (row < points.height)
    u, v, column, row = u[seen], v[seen], column[seen], row[seen]
    z = points.z(column, row).astype(float)
    return u, v, z, points.sigma(column, row, z)
