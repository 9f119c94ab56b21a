"""Splits sampled depth into continuous surfaces."""

import numpy as np

from hispatial_ros.measure.gravity import Support
from hispatial_ros.measure.window import RING, Windows

# [ratio] Depth per lateral distance up to which a step is a slanted surface. Larger: objects join
# what is behind. Smaller: slanted ones fall apart. Chosen on simulated rooms.
STEP_SLOPE = 3.0
# [sigmas] Of depth that a step may have by noise. Larger: objects join what is behind. Smaller:
# noise splits them. Chosen on simulated rooms.
STEP_NOISE = 4.0
# [m] Step that is never within one surface. Larger: grazing floors join what lies beyond. Smaller:
# they fall apart. Chosen on simulated rooms.
NO_STEP = 1.0
# [share] Of a frontal surface's rise from row to row below which a surface is horizontal. Larger:
# slanted fronts pass for floors. Smaller: floors near the horizon are missed. Chosen on simulated
# rooms.
FLAT = 0.35
# [share] Standard deviation of that above which noise hides it. Larger: noise makes floors.
# Smaller: far floors are missed. Chosen on simulated rooms.
CLEAR = 0.12
# [ratio] Most that a rise counts, by a frontal surface's. Larger: one edge outweighs a floor's
# other rows. Smaller: edges pass for slants. Chosen on simulated rooms.
STEEPEST = np.float32(1.5)
# [m] Distance from a known plane within which a sample lies on it, beside noise. Larger: thin
# things vanish in the table. Smaller: uneven planes fall apart. Chosen on simulated rooms.
ON_PLANE = 0.006
# [sigmas] The same by noise. Larger, smaller: as above. Chosen on simulated rooms.
ON_PLANE_NOISE = 2.5
# [bits] Of a number of samples. Larger: fewer numbers fit into a double. Smaller: counts overflow.
# Derived: a window has fewer than 1024 samples.
BITS = 10
PLACE = 2.0 ** (BITS * np.arange(5))  # of numbers put side by side into a double


def unpack(packed: np.ndarray, count: int) -> list[np.ndarray]:
    """The numbers, each below 1024, whose products with ``PLACE`` add up to ``packed`` [S]."""
    whole = packed.astype(np.int64)
    return [(whole >> BITS * k) & (2**BITS - 1) for k in range(count)]


class Surfaces:
    """The connected surfaces of R windows, S in all, numbered window by window.

    Args:
        labels: [R, G, G], from ``label``.
    """

    index: np.ndarray  # [R, G, G] int, the surface of every sample
    owner: np.ndarray  # [S] its window

    def __init__(self, labels: np.ndarray):
        self.index = labels
        self._windows = np.arange(len(labels))
        self.owner = np.empty(labels.max(initial=-1) + 1, np.intp)
        self.owner[labels] = self._windows[:, None, None]

    def total(self, weight: np.ndarray) -> np.ndarray:
        """Sum [S] of the samples' weights [R, G, G]."""
        return np.bincount(self.index.ravel(), weight.ravel())

    def count(self, *masks: np.ndarray) -> list[np.ndarray]:
        """Number [S] of the samples in each of up to five masks [R, G, G]."""
        # Several numbers side by side in the bits of one take hardly longer than one.
        packed = masks[0] * np.float64(1)
        for k, mask in enumerate(masks[1:], 1):
            packed += mask * PLACE[k]
        return unpack(self.total(packed), len(masks))

    def best(self, score: np.ndarray) -> np.ndarray:
        """The surface with the highest score [S] of each window, [R]."""
        top = np.maximum.reduceat(score, np.searchsorted(self.owner, self._windows))
        at_top = np.flatnonzero(score == top[self.owner])
        return at_top[np.searchsorted(self.owner[at_top], self._windows)]


def climb(windows: Windows, direction: np.ndarray) -> np.ndarray:
    """How far each ray gets along a direction [3] per depth, [R, G, G] float32."""
    x, y, z = direction.astype(np.float32)
    return x * windows.rays[0] + y * windows.rays[1] + z


def classify(windows: Windows, rise: np.ndarray, support: Support) -> np.ndarray:
    """What kind of surface each sample lies on, [R, G, G] int8.

    Things end where the plane they stand on begins, though depth has no step there: neighbours of
    different class are on different surfaces. -1: neither of the following; 0: horizontal; from
    1: on one of the support's levels, then walls, whatever its own slope looks like.
    """
    height, noise = rise * windows.z, np.abs(rise) * windows.sigma
    base = _base(windows, windows.z, rise, height)[:, None, None]
    with np.errstate(invalid="ignore"):
        near = ON_PLANE + ON_PLANE_NOISE * noise
        on_base = np.abs(height - base) < near
        kind = (on_base | _is_flat(windows.z, rise, height, noise)).astype(np.int8) - np.int8(1)
        for index, level in enumerate(support.levels):
            np.copyto(kind, np.int8(index + 1), where=np.abs(height - np.float32(level)) < near)
        for index, (normal, offset) in enumerate(support.walls, len(support.levels)):
            ahead = climb(windows, normal)
            near = ON_PLANE + ON_PLANE_NOISE * np.abs(ahead) * windows.sigma
            gap = np.abs(ahead * windows.z - np.float32(offset))
            np.copyto(kind, np.int8(index + 1), where=gap < near)
    return kind


def _base(windows: Windows, z, rise, height) -> np.ndarray:
    """Height [R] of the surface right below each box if that is horizontal, else NaN.

    Its rows are compared as a whole, since single samples of a small window are too noisy.
    """
    row = np.arange(len(rise))
    first = RING + windows.count[:, 1]
    last = first + RING - 1
    top, bottom, depth = _median(np.stack([height[row, first], height[row, last], z[row, first]]))
    frontal = np.abs(rise[row, last] - rise[row, first]).mean(1) * depth
    return np.where(np.abs(top - bottom) < FLAT * frontal, (top + bottom) / 2, np.float32(np.nan))


def _median(values: np.ndarray) -> np.ndarray:
    """Of the finite values along the last axis, NaN where less than a third are."""
    ordered = np.sort(values)  # NaN last
    count = np.isfinite(values).sum(-1)
    middle = np.take_along_axis(ordered, (count // 2)[..., None], -1)[..., 0]
    return np.where(count > values.shape[-1] // 3, middle, np.float32(np.nan))


def _is_flat(z, rise, height, noise) -> np.ndarray:
    """Whether height stays the same from row to row, averaged over 3 x 3 samples."""
    frontal = np.abs(rise[:, 2:] - rise[:, :-2]) * z[:, 1:-1]
    share = np.minimum(np.abs(height[:, 2:] - height[:, :-2]) / frontal, STEEPEST)
    known = np.isfinite(share)
    # Shares and their number, with a margin of none, for sums over all neighbours.
    both = np.zeros((2, *(n + m for n, m in zip(share.shape, (0, 2, 2), strict=True))), np.float32)
    np.copyto(both[0, :, 1:-1, 1:-1], share, where=known)
    both[1, :, 1:-1, 1:-1] = known
    both = both[..., :-2] + both[..., 1:-1] + both[..., 2:]
    total, count = both[:, :, :-2] + both[:, :, 1:-1] + both[:, :, 2:]
    flat = np.empty(z.shape, bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        flat[:, 1:-1] = known & (total < FLAT * count)
        flat[:, 1:-1] &= np.square(noise[:, 1:-1] / frontal) < CLEAR**2 * count
    flat[:, 0], flat[:, -1] = flat[:, 1], flat[:, -2]
    return flat


def continuous(windows: Windows, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether neighbouring samples lie on one surface.

    Args:
        windows: R windows of G x G samples.
        kind: [R, G, G], from ``classify``.

    Returns:
        [R, G, G-1] between columns i and i+1, and [R, G, G-1] between rows i and i+1 of each
        column.
    """
    along_u = _links(windows.z, windows.sigma, windows.rays[0], kind)
    down = (windows.z, windows.sigma, windows.rays[1], kind)
    z, sigma, ray, kind = (np.ascontiguousarray(a.swapaxes(1, 2)) for a in down)
    # An object's top and front belong together, its front and what it stands on do not.
    return along_u, _links(z, sigma, ray, kind, over=(0, -1))


def _links(z, sigma, ray, kind, over: tuple[int, int] | None = None) -> np.ndarray:
    """Links along the last axis; ``over``: kinds of neighbours that link though they differ."""
    step = np.abs(z[..., 1:] - z[..., :-1])
    turn = ray[..., 1:] - ray[..., :-1]
    spacing = np.abs(turn) * z[..., 1:]
    noise = np.minimum(sigma[..., 1:], sigma[..., :-1])
    linked = step < STEP_SLOPE * spacing + STEP_NOISE * noise
    # Grazing planes have large steps, but inverse depth stays linear across the image. Four
    # samples in a line make sure: three are, where one lies between foreground and background.
    inverse = 1 / z
    slope = (inverse[..., 1:] - inverse[..., :-1]) / turn
    bend = np.abs(slope[..., 1:] - slope[..., :-1])
    bend *= spacing[..., 1:]
    bend *= z[..., 2:]
    even = bend < STEP_NOISE / 2 * noise[..., 1:]
    line = even[..., 1:] & even[..., :-1]
    line[:, 1:-1] &= line[:, 2:] | line[:, :-2]
    linked[..., :-2] |= line
    linked[..., 1:-1] |= line
    linked[..., 2:] |= line
    linked &= step < NO_STEP
    before, after = kind[..., :-1], kind[..., 1:]
    same = before == after
    linked |= same & (after > 0)
    if over is not None:
        same |= (before == over[0]) & (after == over[1])
    return same & linked


def label(links_u: np.ndarray, links_v: np.ndarray) -> np.ndarray:
    """Connected components of R grids given which neighbours are linked.

    Args:
        links_u: [R, G, G-1] between columns of each row.
        links_v: [R, G, G-1] between rows of each column.

    Returns:
        [R, G, G] int: number of the component, counted grid by grid.
    """
    import cv2  # commands that measure nothing start without it

    count, grid = links_u.shape[:2]
    # An image of the samples and, between them, of what links them.
    image = np.zeros((count, 2 * grid, 2 * grid), np.uint8)
    image[:, ::2, ::2] = 1
    image[:, ::2, 1:-1:2] = links_u
    image[:, 1:-1:2, ::2] = links_v.swapaxes(1, 2)
    _, labels = cv2.connectedComponents(image.reshape(-1, 2 * grid), connectivity=4)
    return labels.reshape(image.shape)[:, ::2, ::2].astype(np.intp) - 1
