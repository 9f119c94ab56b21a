"""The sides of the 2D boxes as planes that touch the objects."""

from dataclasses import dataclass

import numpy as np

from hispatial_ros.measure import colors, edges
from hispatial_ros.measure.ends import INWARDS, either, settle
from hispatial_ros.measure.foreground import Foreground
from hispatial_ros.measure.window import RING, Windows, edge_step
from hispatial_ros.pointmap.pointmap import PointMap

# [px] Standard deviation of a side of a box that agrees with the depth. Larger: wider intervals.
# Smaller: boxes drawn by hand bend the solids. Chosen on simulated rooms: about 1 / sqrt(12).
TIGHT = 0.35
# [lines] At the end of a side that count as its end. Larger: more sides are doubted. Smaller:
# hidden corners are overlooked. Chosen on simulated rooms.
END_LINES = 3
# [samples] Looked at beyond the object's last one. Larger: things further away count as what hides
# it. Smaller: noise at edges hides those that do. Chosen on simulated rooms.
BEYOND = 3
# [share] Of the lines that reach a side which decides what it is. Larger: hidden sides pass for
# seen ones. Smaller: seen ones for hidden ones. Chosen on simulated rooms.
MOST = 0.4
# [share] Of all lines that end behind something, from which on more may be hidden there. Larger:
# too narrow intervals beside what is in front. Smaller: wide ones everywhere. Chosen on simulated
# rooms.
PARTLY = 0.1
# [ratio] How much more there is behind a hidden side, by the visible extent, and its standard
# deviation. Larger: cut objects come out too large. Smaller: too small. Chosen on simulated rooms.
HIDDEN_EXTENT = 0.3
# [ratio] How much further the object may reach beside a hidden side, by the extent. Larger: wider
# intervals. Smaller: too narrow ones. Chosen on simulated rooms.
BESIDE_HIDDEN = 0.08
# [ratio] Most that is hidden behind things at the same depth, by the extent. Larger, smaller: as
# above. Chosen on simulated rooms.
JOINED = 0.15
UPRIGHT = np.array([True, False, True, False])  # sides
BESIDE = np.array([[1, 3], [0, 2], [1, 3], [0, 2]])  # sides at the ends of each side


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
    open: np.ndarray  # [R, 4] bool: the side itself cannot be seen
    side: np.ndarray  # [R, 4] px of the depth image, where the object ends
    blur: np.ndarray  # [R, 4] px, standard deviation of that, 0 where the box is tight


def find_tangents(
    points: PointMap,
    rgb: np.ndarray | None,
    windows: Windows,
    foreground: Foreground,
    blur: np.ndarray | float = 0.0,
) -> Tangents:
    """Tangent planes of the objects, from the boxes and checked against depth and colour.

    Args:
        points: of the frame.
        rgb: of the frame, [H, W, 3] uint8; None: only the depth checks.
        windows: of R regions.
        foreground: of those.
        blur: [R, 4] px, standard deviation of the sides, where it is already known.
    """
    look = _look(points, rgb, windows, foreground)
    look.blur = np.maximum(look.blur, blur)
    extent = np.tile(np.maximum(windows.box[:, 2:] - windows.box[:, :2], 1), 2)  # px
    unseen = windows.cut | look.hidden
    partly = np.where(look.behind > PARTLY, 0.5 * look.behind, 0)
    partly += np.where(look.joined > PARTLY, np.minimum(0.5 * look.joined, JOINED), 0)
    # Where a side is reached beside an unseen one, the object may reach further out of sight.
    doubtful = (look.at_end & unseen[:, BESIDE]).any(2)
    outwards = np.maximum(partly, np.where(doubtful, BESIDE_HIDDEN, 0)) * extent
    beyond = np.where(unseen, HIDDEN_EXTENT * extent, 0)
    inwards = np.maximum(np.where(unseen, beyond, TIGHT), look.blur)
    outwards = np.maximum(np.where(unseen, beyond, outwards), inwards)

    side = look.side - 0.5  # to coordinates that count from the centre of the first pixel
    middle = (side[:, :2] + side[:, 2:]) / 2
    columns, rows = side.copy(), side.copy()
    columns[:, 1::2], rows[:, ::2] = middle[:, :1], middle[:, 1:]
    x, y = points.rays(columns, rows)
    slope = np.where(UPRIGHT, x, y).astype(float)
    length = INWARDS / np.sqrt(1 + slope * slope)
    normal = np.zeros((*side.shape, 3))
    normal[:, ::2, 0], normal[:, 1::2, 1] = length[:, ::2], length[:, 1::2]
    normal[..., 2] = -slope * length
    focal = np.tile([points.camera.fx, points.camera.fy], 2)
    return Tangents(
        normal, beyond / focal, inwards / focal, outwards / focal, unseen, look.side, look.blur
    )


@dataclass(eq=False)
class _Sides:
    """What is seen at the left, top, right, bottom of every object, [R, 4] each.

    "Lines" are the rows or columns of samples that cross a side.
    """

    side: np.ndarray  # px, where the object ends
    blur: np.ndarray  # px, standard deviation of that beyond TIGHT
    hidden: np.ndarray  # bool: most of the lines that reach it end behind something nearer
    behind: np.ndarray  # share of all lines that do
    joined: np.ndarray  # share of all lines that end at something neither nearer nor farther
    at_end: np.ndarray  # [R, 4, 2] bool: it is reached at its upper or left end, at the other


def _look(
    points: PointMap, rgb: np.ndarray | None, windows: Windows, foreground: Foreground
) -> _Sides:
    count, grid = windows.z.shape[:2]
    mask, total = foreground.outline, grid * grid
    # The first of the object's samples on every line across each side, counted from that side.
    turned = mask.swapaxes(1, 2)
    first, seen = np.empty((count, 4, grid), int), np.empty((count, 4, grid), bool)
    for i, inwards in enumerate((mask, turned, mask[..., ::-1], turned[..., ::-1])):
        inwards.argmax(2, out=first[:, i])
    mask.any(2, out=seen[:, 0])
    mask.any(1, out=seen[:, 1])
    seen[:, 2:] = seen[:, :2]
    first[~seen] = grid
    nearest = first.min(2, keepdims=True)
    touching = seen & (first <= nearest + 1)
    touch = np.maximum(touching.sum(2), 1)

    # Flat indices of those samples, and of some beyond them.
    line = np.arange(grid)
    place = np.array([[0], [0], [grid - 1], [grid - 1]])  # of sample 0 on a line
    step = np.array([[1], [1], [-1], [-1]])
    along = place + step * np.minimum(first, grid - 1)
    over, across = np.array([[grid], [1], [grid], [1]]), np.array([[1], [grid], [1], [grid]])
    own = line * over + along * across + np.arange(count)[:, None, None] * total
    further = np.arange(1, BEYOND + 1)
    index = own[..., None] - (step * across)[..., None] * further
    exists = seen[..., None] & (first[..., None] >= further)
    index *= exists

    z = windows.z.ravel()
    own_z, other_z = z.take(own)[..., None], np.where(exists, z.take(index), np.float32(np.nan))
    tolerance = edge_step(windows.sigma.ravel().take(own)[..., None])
    # What it stands on comes nearer too, but stays as low: something in front would be higher.
    rise = foreground.rise.ravel()
    own_rise = rise.take(own)[..., None]
    gain = rise.take(index) * other_z - own_rise * own_z
    ahead = own_z - other_z
    with np.errstate(invalid="ignore"):
        in_front = gain >= 0.5 * np.maximum(-own_rise, 0) * ahead
        nearer = ((ahead > tolerance) & in_front).any(3)
        # Its support joins it below, things that stand on it or beside it elsewhere.
        level = (np.abs(ahead) < tolerance) & (foreground.kind.ravel().take(index) < 0)
    hidden = (nearer & touching).sum(2) > MOST * touch
    lines = np.maximum(seen.sum(2), 1)
    joined = (level.any(3) & ~nearer).sum(2) / lines
    joined[:, 3] = 0
    start, stop = seen.argmax(2)[..., None], grid - 1 - seen[..., ::-1].argmax(2)[..., None]
    at_end = np.stack(
        [
            (touching & (line < start + END_LINES)).any(2),
            (touching & (line > stop - END_LINES)).any(2),
        ],
        2,
    )
    # Counted from the box; of the lines on which the object reaches out furthest, the middle one.
    margin = np.where([False, False, True, True], grid - RING - np.tile(windows.count, 2), RING)
    extreme = first == nearest
    middle = extreme.cumsum(2) >= (extreme.sum(2, keepdims=True) + 1) // 2
    ends = edges.find_ends(
        points, windows, foreground.apart, nearest[..., 0] - margin, middle.argmax(2)
    )
    if rgb is not None and not windows.outlined.all():  # outlines tell their own ends
        ends = either(ends, colors.find_ends(rgb, windows, foreground, points.scale))
    side, blur = settle(windows.box, ends)
    return _Sides(side, blur, hidden, nearer.sum(2) / lines, joined, at_end)
