"""Where objects end in the depth image, to the pixel."""

import numpy as np

from hispatial_ros.measure.window import RING, Windows
from hispatial_ros.pointmap.pointmap import PointMap

LINES = np.array([-1.0, -0.5, 0, 0.5, 1])  # samples from the line on which the object reaches out
STEPS = 16  # pixels looked at on each of them
OUT, IN = 2.5, 1.0  # samples before and behind the object's first one that they span
ENOUGH = 3  # lines on which it has to be seen
SLOPE = 2.0  # depth per lateral distance that may still be the object's own surface
STEEPER = 2.5  # times the slope seen inside it, too
CHECKED = 0.8  # px, standard deviation of a side of a box that is off elsewhere or unchecked
DOUBT = 0.5  # of the largest error of a box, standard deviation of a side that can not be checked
SLACK = 1.5  # px, by which a box may be larger than its object and still be tight


def locate(
    points: PointMap, windows: Windows, apart: np.ndarray, first: np.ndarray, line: np.ndarray
):
    """Ends of the objects at the left, top, right and bottom of their boxes.

    A side of the box is taken as it is unless the depth contradicts: background is seen inside
    it before the object begins, or the object goes on beyond it.

    Args:
        points: of the frame.
        windows: of R regions.
        apart: [R] bool: the object's surface ends with it; else its sides can not be checked.
        first: [R, 4] the object's first sample inwards from each side, counted from the box.
        line: [R, 4] the row or column of samples on which that is.

    Returns:
        side: [R, 4] px.
        blur: [R, 4] px, standard deviation, 0 where the box is tight.
    """
    sign = np.array([1, 1, -1, -1])
    pitch, box = np.tile(windows.pitch, 2), windows.box
    # Outwards, from inside the object.
    step = np.maximum((OUT + IN) * pitch / STEPS, 1.0)
    begin = (first + IN) * pitch  # inwards from the side of the box
    along = begin[..., None] - step[..., None] * (np.arange(STEPS) + 0.5)
    pixel = (box[..., None] + sign[:, None] * along)[:, :, None, :]
    other = np.array([1, 0, 1, 0])  # axis along each side
    middle = box[:, other] + (line - RING + 0.5) * pitch[:, other]
    across = (middle[..., None] + pitch[:, other, None] * LINES)[..., None]
    sideways = np.array([True, False, True, False])[:, None, None]
    pixel, across = np.floor(pixel), np.floor(across)
    column = np.where(sideways, pixel, across).astype(int)
    row = np.where(sideways, across, pixel).astype(int)
    inside = (column >= 0) & (column < points.width) & (row >= 0) & (row < points.height)
    z = points.z(np.where(inside, column, 0), np.where(inside, row, 0))

    valid = inside & np.isfinite(z)
    index = np.arange(STEPS)
    start = np.arange(z.size // STEPS).reshape(*z.shape[:-1], 1) * STEPS
    # The last valid one so far, counted through all lines.
    last = np.maximum.accumulate(np.where(valid, index, 0), -1) + start
    filled = z.take(last)
    jump = filled[..., 1:] - filled[..., :-1]
    depth = np.where(valid[..., :1], z[..., :1], np.float32(np.nan))
    # The object's own surface may slant, even more so towards its end.
    core = ((IN - 0.5) * pitch / step).astype(int)[..., None, None]  # amid its first sample
    slope = np.abs(filled.take(core + start) - depth) / np.maximum(core, 1)
    slope = STEEPER * slope + SLOPE * step[..., None, None] * depth / points.camera.fx
    with np.errstate(invalid="ignore"):
        limit = 5 * points.noise.sigma(depth) + 0.02 + slope * (last[..., 1:] - last[..., :-1])
        edge = np.abs(jump) > limit
    found = edge.any(-1)
    at = edge.argmax(-1)  # the jump is from sample last[at] to at + 1
    farther = found & (jump.take(at + start[..., 0] // STEPS * (STEPS - 1)) > 0)
    ours = last.take(at + start[..., 0]) - start[..., 0]
    # Inwards from the box's side, between the last sample of the object and the first beyond.
    inner = begin[..., None] - step[..., None] * (ours + 1)
    outer = begin[..., None] - step[..., None] * (at + 1)
    inner, outer = np.where(farther, inner, np.inf), np.where(farther, outer, np.inf)
    ordered = np.sort(inner)
    first, second = ordered[..., 0], ordered[..., 1]
    outer = np.where(inner == first[..., None], outer, np.inf).min(-1)
    known = (farther.sum(-1) >= ENOUGH) & apart[:, None]
    with np.errstate(invalid="ignore"):
        corner = np.minimum(second - first, 0.5 * pitch)
    inner, outer, corner = (np.where(known, x, 0) for x in (first, outer, corner))
    # Between the lines, a corner may reach further out.
    loose, tight = known & (outer > SLACK + corner), known & (inner < -SLACK)
    middle = (inner + outer) / 2
    blur = np.hypot((inner - outer) / np.sqrt(12) + 0.5, corner / 2)
    off = loose | tight
    moved = np.where(off, middle, 0)
    # One side that is off casts doubt on the others.
    worst = np.abs(moved).max(1, keepdims=True)
    others = np.where(known, np.minimum(CHECKED, worst), DOUBT * worst)
    others = np.where(known.any(1, keepdims=True), others, CHECKED)
    return box + sign * moved, np.where(off, blur, others)
