"""Depth samples in and around every region, all regions in one array."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hispatial_ros.frame.region import Region
from hispatial_ros.pointmap.pointmap import PointMap

# [samples] Most along one side of a box. Larger: slower with the square. Smaller: thin parts are
# missed. Chosen on simulated rooms.
INNER = 22
# [samples] Beyond each side, which show what the object is seen against. Larger: slower, and
# neighbours get in. Smaller: what leaks out of the box goes unnoticed. Chosen on simulated rooms.
RING = 2
# [px] Least spacing of those. Larger: small boxes are judged by what is far away. Smaller: the
# blurred edge of the object counts as its surroundings. Chosen on simulated rooms.
RING_PITCH = 2.0
# [m] Step of depth that is none of the object's own, beside noise. Larger: low things go unnoticed.
# Smaller: relief counts as an edge. Chosen on simulated rooms.
EDGE_STEP = 0.02
# [sigmas] The same by noise. Larger, smaller: as above. Chosen on simulated rooms.
EDGE_NOISE = 5
# Pixels beside an invalid one that stand in for it, as shares of the spacing. Grazing surfaces have
# depth in some of their pixels only.
STAND_INS = np.array([(0.3, 0.0), (0.0, 0.3), (-0.3, 0.0), (0.0, -0.3)])


@dataclass(eq=False)
class Windows:
    """A grid of samples for each of R regions; axes are [region, row, column].

    Regions with fewer pixels than samples leave cells of the fixed-size grid unused.
    """

    box: np.ndarray  # [R, 4] clipped to the image, in pixels of the depth image
    cut: np.ndarray  # [R, 4] bool: the side (left, top, right, bottom) is the image's border
    count: np.ndarray  # [R, 2] samples inside the box along u and v
    pitch: np.ndarray  # [R, 2] px between them
    columns: np.ndarray  # [R, G] pixel sampled
    rows: np.ndarray  # [R, G]
    cell: np.ndarray  # [R, G, G] bool: a sample of the depth image
    boxed: np.ndarray  # [R, G, G] bool: inside the box
    inner: np.ndarray  # [R, G, G] bool: inside the box and, if there is one, the outline
    outlined: np.ndarray  # [R] bool: there is one
    rays: np.ndarray  # [3, R, G, G] float32, (x, y, 1) in the optical frame
    z: np.ndarray  # [R, G, G] float32 m, NaN where invalid
    sigma: np.ndarray  # [R, G, G] float32 m
    valid: np.ndarray  # [R, G, G] bool
    stand_in: np.ndarray  # [R, G, G] bool: depth of a pixel beside one without
    focal: float  # px, mean of both axes

    def along(self, axis: int) -> np.ndarray:
        """Place of each sample along u (0) or v (1): 0 .. 1 inside the box, [R, G]."""
        index = np.arange(INNER + 2 * RING) - RING + 0.5
        return index / self.count[:, axis : axis + 1]


def number(mask: np.ndarray) -> np.ndarray:
    """Samples [R] marked in [R, G, G]."""
    # A product with ones is exact for them, and faster than any sum.
    flat = mask.reshape(len(mask), -1)
    return (flat @ np.ones(flat.shape[1], np.float32)).astype(int)


def mean_over(mask: np.ndarray, values: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Mean [R] of values [R, G, G] where ``mask`` is set, for ``count`` samples of each; 0: 0."""
    return np.where(mask, values, 0).sum((1, 2)) / np.maximum(count, 1)


def put_rows(whole, rows: np.ndarray, part) -> None:
    """Put what is told of some of R regions into what is told of all; both hold the same arrays."""
    for name, value in vars(part).items():
        if isinstance(value, np.ndarray):
            getattr(whole, name)[(slice(None), rows) if name == "rays" else rows] = value


def edge_step(sigma: np.ndarray) -> np.ndarray:
    """Step [m] from depth with standard deviation ``sigma`` [m] that shows another surface."""
    return EDGE_NOISE * sigma + EDGE_STEP


def sample_windows(
    points: PointMap, regions: Sequence[Region], box: np.ndarray | None = None
) -> Windows:
    """Sample the depth inside the regions' boxes and in a ring around them.

    Args:
        points: of the frame.
        regions: R of them.
        box: [R, 4] px of the depth image, better known than those of the regions.
    """
    scale = np.array([*points.scale, *points.scale])
    size = np.array([points.width, points.height])
    if box is None:
        box = np.array([r.box for r in regions], float).reshape(-1, 4) * scale
    limit = np.array([*size, *size])
    cut = (box <= 0.5) & [True, True, False, False]
    cut |= (box >= limit - 0.5) & [False, False, True, True]
    box = np.clip(box, 0, limit)

    pixels, kind, count, pitch = _positions(box.T[:2], box.T[2:], size[:, None, None])
    (columns, rows), (across, down) = pixels, kind
    cell = (across >= 0)[:, None, :] & (down >= 0)[:, :, None]
    boxed = (across == 1)[:, None, :] & (down == 1)[:, :, None]
    inner = boxed.copy()
    u, v = (a.copy() for a in np.broadcast_arrays(columns[:, None, :], rows[:, :, None]))
    z = points.z(u, v)
    z[~cell] = np.nan
    stand_in = _fill(points, z, u, v, cell, pitch.T)
    rays = np.empty((3, *z.shape), np.float32)
    rays[0], rays[1] = points.rays(u, v)
    rays[2] = 1
    for index, region in enumerate(regions):
        if region.outline is not None:
            outline = np.asarray(region.outline, float) * points.scale
            inner[index] &= _inside(outline, columns[index] + 0.5, rows[index][:, None] + 0.5)
    return Windows(
        box=box,
        cut=cut,
        count=count.T,
        pitch=pitch.T,
        columns=columns,
        rows=rows,
        cell=cell,
        boxed=boxed,
        inner=inner,
        outlined=np.array([r.outline is not None for r in regions], bool),
        rays=rays,
        z=z,
        sigma=points.sigma(u, v, z),
        valid=np.isfinite(z),
        stand_in=stand_in,
        focal=(points.camera.fx + points.camera.fy) / 2,
    )


def _fill(points: PointMap, z, u, v, cell, pitch) -> np.ndarray:
    """Look up pixels beside those without depth, in place.

    Args:
        z: [R, G, G] m; u, v: [R, G, G] their pixels; cell: as in ``Windows``.
        pitch: [R, 2] px.

    Returns:
        [R, G, G] bool: where that gave a depth.
    """
    missing = cell & np.isnan(z)
    place = np.nonzero(missing)
    if not len(place[0]):
        return missing
    steps = np.rint(STAND_INS[:, None] * pitch[place[0]]).astype(int)  # [4, M, 2]
    column = (u[place] + steps[..., 0]).clip(0, points.width - 1)
    row = (v[place] + steps[..., 1]).clip(0, points.height - 1)
    depth = points.z(column, row)
    found = np.isfinite(depth)
    first, every = found.argmax(0), np.arange(len(place[0]))
    u[place], v[place], z[place] = (a[first, every] for a in (column, row, depth))
    missing[place] = found.any(0)
    return missing


def _positions(low: np.ndarray, high: np.ndarray, limit: np.ndarray):
    """Sample positions along both axes (the first index) of every box.

    Args:
        low, high: [2, R] px, ends of the boxes.
        limit: [2, 1, 1] px, size of the image.

    Returns:
        Pixel index [2, R, G]; kind [2, R, G] (1 inside the box, 0 in the ring, -1 unused); number
        of samples inside [2, R]; pitch [2, R].
    """
    first = np.floor(low)
    last = np.maximum(np.ceil(high), first + 1)
    count = np.clip(last - first, 1, INNER).astype(int)
    pitch = np.maximum((high - low) / count, 1e-3)
    ring = np.maximum(pitch, RING_PITCH)[..., None]
    index = np.arange(INNER + 2 * RING) - RING
    beyond = index - count[..., None]
    inside = (index >= 0) & (beyond < 0)
    before, after = low[..., None] + (index + 0.5) * ring, high[..., None] + (beyond + 0.5) * ring
    within = low[..., None] + (index + 0.5) * pitch[..., None]
    position = np.where(inside, within, np.where(index < 0, before, after))
    pixel = np.floor(position).astype(int)
    used = (pixel >= 0) & (pixel < limit) & (beyond < RING)
    kind = np.where(used, inside, -1)
    return np.clip(pixel, 0, limit - 1), kind, count, pitch


def _inside(outline: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Even-odd rule: whether points (x [G], y [G, 1]) lie inside a polygon [N, 2] -> [G, G]."""
    (x0, y0), (x1, y1) = outline.T, np.roll(outline, -1, 0).T
    y, x = y[..., None], x[None, :, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = (y0 > y) != (y1 > y)
        left = x < (x1 - x0) * (y - y0) / (y1 - y0) + x0
    return (crossing & left).sum(-1) % 2 == 1
