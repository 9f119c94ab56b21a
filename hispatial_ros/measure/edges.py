"""Where objects end in the depth image, to the pixel."""

import numpy as np

from hispatial_ros.measure.ends import ACROSS, INWARDS, Ends
from hispatial_ros.measure.window import RING, Windows, edge_step
from hispatial_ros.pointmap.pointmap import PointMap

# Lines across each side, in samples from the one on which the object reaches out.
LINES = np.array([-1.0, -0.5, 0, 0.5, 1])
# [pixels] Looked at on each line. Larger: slower. Smaller: edges are less exact in large boxes.
# Chosen on simulated rooms.
STEPS = 16
# [samples] Spanned by a line before the object's first one. Larger: pixels of a line lie further
# apart. Smaller: objects that go on beyond their box are not followed. Chosen on simulated rooms.
OUTSIDE = 2.5
# [samples] And behind it. Larger: as above. Smaller: lines start on the object's blurred edge.
# Chosen on simulated rooms.
INSIDE = 1.0
# [lines] On which the edge has to be seen. Larger: round ends go unseen. Smaller: flying pixels
# make edges. Chosen on simulated rooms.
ENOUGH = 3
# [lines] Sides with such an edge that show that the object ends with them though it goes on beyond
# its box. Larger: boxes that cut their objects stay as they are. Smaller: edges of what is no
# object move them. Derived: what stands on something has three.
STANDS_OUT = 3
# [ratio] Depth per lateral distance that may still be the object's own surface. Larger: edges
# before a near background go unseen. Smaller: slanted sides count as edges. Chosen on simulated
# rooms.
OWN_SLOPE = 2.0
# [ratio] Times the slope seen inside the object, too. Larger, smaller: as above. Chosen on
# simulated rooms.
STEEPER = 2.5
SIDEWAYS = np.array([True, False, True, False])[:, None, None]  # sides whose lines are rows


def find_ends(
    points: PointMap, windows: Windows, apart: np.ndarray, first: np.ndarray, line: np.ndarray
) -> Ends:
    """Ends of the objects by the steps of depth there.

    Args:
        points: of the frame.
        windows: of R regions.
        apart: [R] bool: the object's surface ends with it; else its sides can only be checked if
            most are seen to end before something farther away.
        first: [R, 4] the object's first sample inwards from each side, counted from the box.
        line: [R, 4] the row or column of samples on which that is.
    """
    pitch = np.tile(windows.pitch, 2)
    # Outwards, from inside the object.
    step = np.maximum((OUTSIDE + INSIDE) * pitch / STEPS, 1.0)
    begin = (first + INSIDE) * pitch  # inwards from the side of the box
    z = _depth_on_lines(points, windows, line, begin, step)
    # The last pixel before the middle of that sample: the one after it may lie beyond the object.
    middle_of_first = ((INSIDE - 0.5) * pitch / step - 0.5).clip(0).astype(int)
    own, beyond, farther = _find_edges(points, z, step, middle_of_first)
    # Inwards from the box's side, where the object is still seen and where no longer.
    inner, outer = (
        np.where(farther, begin[..., None] - step[..., None] * (at + 1), np.inf)
        for at in (own, beyond)
    )
    known = farther.sum(-1) >= ENOUGH
    known &= (apart | (known.sum(1) >= STANDS_OUT))[:, None]
    return _ends(inner, outer, known, pitch)


def _depth_on_lines(
    points: PointMap, windows: Windows, line: np.ndarray, begin: np.ndarray, step: np.ndarray
) -> np.ndarray:
    """Depth outwards along the lines, NaN where invalid or outside the image.

    Args:
        line: [R, 4], see ``find_ends``.
        begin: [R, 4] px from the side of the box inwards, where the lines begin.
        step: [R, 4] px between pixels of a line.

    Returns:
        [R, 4, LINES, STEPS] m.
    """
    pitch, box = np.tile(windows.pitch, 2), windows.box
    inwards = begin[..., None] - step[..., None] * (np.arange(STEPS) + 0.5)
    along = np.floor((box[..., None] + INWARDS[:, None] * inwards)[:, :, None, :])
    middle = box[:, ACROSS] + (line - RING + 0.5) * pitch[:, ACROSS]
    across = np.floor((middle[..., None] + pitch[:, ACROSS, None] * LINES)[..., None])
    column = np.where(SIDEWAYS, along, across).astype(int)
    row = np.where(SIDEWAYS, across, along).astype(int)
    inside = (column >= 0) & (column < points.width) & (row >= 0) & (row < points.height)
    z = points.z(np.where(inside, column, 0), np.where(inside, row, 0))
    return np.where(inside, z, np.float32(np.nan))


def _find_edges(
    points: PointMap, z: np.ndarray, step: np.ndarray, middle_of_first: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first edge on every line.

    Args:
        z: [R, 4, LINES, STEPS] m.
        step: [R, 4] px.
        middle_of_first: [R, 4] index on a line of the middle of the object's first sample.

    Returns:
        own: [R, 4, LINES] index on the line of the object's last pixel.
        beyond: [R, 4, LINES] index of the pixel before the first that is not the object's.
        farther: [R, 4, LINES] bool: there is an edge, and what lies beyond is the background.
    """
    start = np.arange(z.size // STEPS).reshape(*z.shape[:-1], 1) * STEPS
    # The last valid pixel so far, counted through all lines.
    last = np.maximum.accumulate(np.where(np.isfinite(z), np.arange(STEPS), 0), -1) + start
    filled = z.take(last)
    jump = filled[..., 1:] - filled[..., :-1]
    depth = z[..., :1]
    # The object's own surface may slant, even more so towards its end.
    inside = middle_of_first[..., None, None]
    seen_slope = np.abs(filled.take(inside + start) - depth) / np.maximum(inside, 1)
    slope = STEEPER * seen_slope + OWN_SLOPE * step[..., None, None] * depth / points.camera.fx
    with np.errstate(invalid="ignore"):
        pixels = last[..., 1:] - last[..., :-1]
        edge = np.abs(jump) > edge_step(points.noise.sigma(depth)) + slope * pixels
    beyond = edge.argmax(-1)
    place = beyond + start[..., 0]
    own = last.take(place) - start[..., 0]
    jump_there = jump.take(beyond + start[..., 0] // STEPS * (STEPS - 1))
    return own, beyond, edge.any(-1) & (jump_there > 0)


def _ends(inner: np.ndarray, outer: np.ndarray, known: np.ndarray, pitch: np.ndarray) -> Ends:
    """Where the objects end by the line on which they reach out furthest.

    Args:
        inner, outer: [R, 4, LINES] px inwards from the box's side: the object's last pixel and
            the next one; inf where no edge is seen.
        known: [R, 4] bool: enough edges are seen; else all is 0.
        pitch: [R, 4] px between samples.
    """
    ordered = np.sort(inner)
    furthest, second = ordered[..., 0], ordered[..., 1]
    next_one = np.where(inner == furthest[..., None], outer, np.inf).min(-1)
    with np.errstate(invalid="ignore"):
        corner = np.minimum(second - furthest, 0.5 * pitch)
    return Ends(known, *(np.where(known, px, 0) for px in (furthest, next_one, corner)))
