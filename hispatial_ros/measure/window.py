"""Depth samples in and around every region, all regions in one array."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hispatial_ros.frame.region import Region
from hispatial_ros.pointmap.pointmap import PointMap

INNER = 24  # most samples along one side of a box
RING = 3  # samples beyond each side, which show what the object is seen against
RING_PITCH = 2.0  # px, least spacing of those


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
    rays: np.ndarray  # [3, R, G, G] float32, (x, y, 1) in the optical frame
    z: np.ndarray  # [R, G, G] float32 m, NaN where invalid
    sigma: np.ndarray  # [R, G, G] float32 m
    valid: np.ndarray  # [R, G, G] bool

    def along(self, axis: int) -> np.ndarray:
        """Place of each sample along u (0) or v (1): 0 .. 1 inside the box, [R, G]."""
        index = np.arange(INNER + 2 * RING) - RING + 0.5
        return index / self.count[:, axis : axis + 1]


def sample_windows(points: PointMap, regions: Sequence[Region]) -> Windows:
    """Sample the depth inside the regions' boxes and in a ring around them."""
    scale = np.array([*points.scale, *points.scale])
    size = np.array([points.width, points.height])
    box = np.array([r.box for r in regions], float).reshape(-1, 4) * scale
    limit = np.array([*size, *size])
    cut = (box <= 0.5) & [True, True, False, False]
    cut |= (box >= limit - 0.5) & [False, False, True, True]
    box = np.clip(box, 0, limit)

    columns, across, count_u, pitch_u = _positions(box[:, 0], box[:, 2], points.width)
    rows, down, count_v, pitch_v = _positions(box[:, 1], box[:, 3], points.height)
    cell = (across >= 0)[:, None, :] & (down >= 0)[:, :, None]
    boxed = (across == 1)[:, None, :] & (down == 1)[:, :, None]
    inner = boxed.copy()
    z = points.z(columns[:, None, :], rows[:, :, None])
    z[~cell] = np.nan
    x, y = points.rays(columns[:, None, :], rows[:, :, None])
    rays = np.empty((3, *z.shape), np.float32)
    rays[0], rays[1], rays[2] = x, y, 1
    for index, region in enumerate(regions):
        if region.outline is not None:
            outline = np.asarray(region.outline, float) * points.scale
            inner[index] &= _inside(outline, columns[index] + 0.5, rows[index][:, None] + 0.5)
    return Windows(
        box=box,
        cut=cut,
        count=np.stack([count_u, count_v], 1),
        pitch=np.stack([pitch_u, pitch_v], 1),
        columns=columns,
        rows=rows,
        cell=cell,
        boxed=boxed,
        inner=inner,
        rays=rays,
        z=z,
        sigma=points.sigma(columns[:, None, :], rows[:, :, None], z),
        valid=np.isfinite(z),
    )


def _positions(low: np.ndarray, high: np.ndarray, limit: int):
    """Sample positions along one axis of every box.

    Returns:
        Pixel index [R, G]; kind [R, G] (1 inside the box, 0 in the ring, -1 unused); number of
        samples inside [R]; pitch [R].
    """
    first, last = np.floor(low), np.maximum(np.ceil(high), np.floor(low) + 1)
    count = np.clip(last - first, 1, INNER).astype(int)
    pitch = np.maximum((high - low) / count, 1e-3)
    ring = np.maximum(pitch, RING_PITCH)
    index = np.arange(INNER + 2 * RING)[None, :] - RING
    before, after = np.minimum(index + 0.5, 0), np.maximum(index - count[:, None] + 0.5, 0)
    inside = (index >= 0) & (index < count[:, None])
    position = np.where(
        inside,
        low[:, None] + (index + 0.5) * pitch[:, None],
        np.where(
            index < 0, low[:, None] + before * ring[:, None], high[:, None] + after * ring[:, None]
        ),
    )
    pixel = np.floor(position).astype(int)
    used = (pixel >= 0) & (pixel < limit) & (index < count[:, None] + RING)
    kind = np.where(used, inside.astype(int), -1)
    return pixel.clip(0, limit - 1), kind, count, pitch


def _inside(outline: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Even-odd rule: whether points (x [G], y [G, 1]) lie inside a polygon [N, 2] -> [G, G]."""
    (x0, y0), (x1, y1) = outline.T, np.roll(outline, -1, 0).T
    y, x = y[..., None], x[None, :, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = (y0 > y) != (y1 > y)
        left = x < (x1 - x0) * (y - y0) / (y1 - y0) + x0
    return (crossing & left).sum(-1) % 2 == 1
