"""What the fits rest on: the objects' depth samples and the planes that touch them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hispatial_ros.measure.foreground import Foreground
from hispatial_ros.measure.gravity import Support
from hispatial_ros.measure.silhouette import Tangents
from hispatial_ros.measure.window import INNER, RING, Windows, number

# [samples] Stride of the fits on the window's grid. Larger: faster, noisier. Smaller: slower.
# Chosen on simulated rooms.
STRIDE = 2
# [samples] Of the fits along one side of a window. Derived.
SIDE = INNER // STRIDE
# [samples] An object with fewer on the stride has them chosen with care. Larger: slower. Smaller:
# thin objects are fitted to what happens to lie on the stride. Chosen on simulated rooms.
FEW = 16
# [px] Standard deviation of where inside its footprint a pixel measures. Larger: outlines count
# less. Smaller: grazing surfaces are trusted too much. Derived: uniform over a pixel, 1 / sqrt(12).
LATERAL = 0.3
# [sine] Of the line of sight below horizontal, beyond which sides hide behind the top. Larger:
# sides are expected that do not show. Smaller: boxes seen at a slant reach the floor wrongly.
# Chosen on simulated rooms: 55 degrees.
ABOVE = np.sin(np.radians(55))
# [m] By which a flat thing may seem to lie below what it lies on. Larger: a plane above the object
# may count as its floor. Smaller: noise hides the floor of flat things. Sensor: 1.6 sigma at 2 m.
THIN = 0.01
# [m] By which real surfaces differ from ideal ones. Larger: wider intervals up close. Smaller:
# cloth and relief count as outliers there. Chosen on simulated rooms.
ROUGHNESS = 0.001


@dataclass(eq=False)
class Samples:
    """N samples for each of R objects, in the levelled frame."""

    rays: np.ndarray  # [3, R, N] float32; a point is ray * z
    points: np.ndarray  # [3, R, N] float32 m
    z: np.ndarray  # [R, N] float32 m, depth along the optical axis
    sigma: np.ndarray  # [R, N] float32 m, of z
    variance: np.ndarray  # [R, N] float32 m^2, of z
    lateral: np.ndarray  # [R, N] float32 m^2, of where a surface is sideways
    used: np.ndarray  # [R, N] float32: 1 for samples of the object, else 0
    behind: np.ndarray  # [R, N] float32 m, depth of what else is seen, -inf: nothing

    def take(self, rows, columns=slice(None)) -> "Samples":
        """Some of the objects (index, repeats allowed, or slice) and some of the samples."""

        def pick(a: np.ndarray) -> np.ndarray:
            return a[..., columns][..., rows, :]

        return Samples(*(pick(a) for a in vars(self).values()))

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Mean [R] of [R, N] values over the samples of each object."""
        return (values * self.used).sum(1) / np.maximum(self.used.sum(1), 1)


@dataclass(eq=False)
class Planes:
    """T planes that touch each of R objects, in the levelled frame.

    An object lies where normal . p >= offset and touches the plane, give or take a standard
    deviation: ``inwards`` if it ends before the plane, ``outwards`` if it reaches beyond.
    """

    normal: np.ndarray  # [R, T, 3] unit, towards the object
    offset: np.ndarray  # [R, T] m
    inwards: np.ndarray  # [R, T] m
    outwards: np.ndarray  # [R, T] m
    open: np.ndarray  # [R, 4] bool: left, top, right, bottom of the object cannot be seen
    floor: np.ndarray  # [R] m, y of the plane below, on which it may stand; inf: none
    above: np.ndarray  # [R] bool: seen from so far above that only its top shows

    def take(self, rows) -> "Planes":
        return Planes(*(a[rows] for a in vars(self).values()))


def gather_samples(
    windows: Windows, foreground: Foreground, support: Support, focal: float
) -> Samples:
    """The samples inside the boxes, turned into the levelled frame."""
    pick = _picker(foreground.mask)
    mask, depth = pick(foreground.mask), pick(windows.z)
    other = pick(windows.valid) & ~mask
    behind = np.where(other, depth, np.float32(-np.inf))
    z = np.where(mask, depth, np.float32(1))
    seen = pick(windows.rays)
    rays = (support.axes.astype(np.float32) @ seen.reshape(3, -1)).reshape(seen.shape)
    sigma = np.where(mask, pick(windows.sigma), np.float32(1))
    lateral = np.square(np.float32(LATERAL / focal) * z) + np.float32(ROUGHNESS**2)
    return Samples(
        rays, rays * z, z, sigma, np.square(sigma), lateral, mask.astype(np.float32), behind
    )


def in_order(values: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Values [..., N] sorted, those of samples that are not ``used`` [..., N] last, as inf."""
    return np.sort(values + np.where(used > 0, np.float32(0), np.float32(np.inf)))


def _picker(mask: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Takes the samples for the fit, [..., R, N], from what is in the boxes, [..., R, G, G].

    One of every STRIDE x STRIDE samples, always the same, or where that would leave little of an
    object (in ``mask``), one that shows it.
    """
    inside = slice(RING, RING + INNER, STRIDE)
    few = np.flatnonzero(number(mask[:, inside, inside]) < FEW)
    if not len(few):
        return lambda a: a[..., inside, inside].reshape(*a.shape[:-2], -1)
    grid = mask.shape[-1]
    place = np.arange(grid * grid).reshape(grid, grid)
    chosen = np.tile(place[inside, inside].ravel(), (len(mask), 1))
    core = slice(RING, RING + INNER)
    blocks = mask[few, core, core].reshape(-1, SIDE, STRIDE, SIDE, STRIDE).swapaxes(2, 3)
    first = blocks.reshape(len(few), SIDE * SIDE, -1).argmax(2)
    chosen[few] += grid * (first // STRIDE) + first % STRIDE

    def pick(a: np.ndarray) -> np.ndarray:
        flat = a.reshape(*a.shape[:-2], -1)
        index = np.broadcast_to(chosen, (*flat.shape[:-1], chosen.shape[1]))
        return np.take_along_axis(flat, index, -1)

    return pick


def gather_planes(samples: Samples, tangents: Tangents, support: Support) -> Planes:
    """Tangent planes, and the horizontal plane below most of each object."""
    used, y = samples.used, samples.points[1]
    weight = used / np.maximum(used.sum(1), 1)[:, None]
    bottom = np.where(used > 0, y, -np.inf).max(1)
    middle = (y * weight).sum(1)
    floor = np.full(len(y), np.inf)
    for level in support.levels:  # lowest first
        below = -level > middle + 0.5 * np.maximum(bottom - middle, 0) - THIN
        floor = np.where(below, -level, floor)
    distance = np.sqrt(np.square((samples.points * weight).sum(-1)).sum(0))[:, None]
    above = (middle > ABOVE * distance[:, 0]) & np.isfinite(floor)
    return Planes(
        normal=tangents.normal @ support.axes.T,
        offset=-tangents.beyond * distance,
        inwards=tangents.inwards * distance,
        outwards=tangents.outwards * distance,
        open=tangents.open,
        floor=floor,
        above=above,
    )
