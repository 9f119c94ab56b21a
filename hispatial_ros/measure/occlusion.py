"""What lies before or behind what: surfaces seen through others, things in front, rivals."""

import numpy as np

from hispatial_ros.measure.surfaces import Surfaces
from hispatial_ros.measure.window import Windows, edge_step, mean_over, number

# [share] Of a surface's edges beyond which something lies farther off, below which it is seen
# through something else. Larger: what something in front hides in part is not found. Smaller: the
# wall between a table's legs is taken for the table. Chosen on simulated rooms.
OWN_EDGES = 0.15
# [ratio] Edges of either kind that every surface is taken to have. Larger: edges decide little.
# Smaller: few of them decide. Chosen on simulated rooms.
SOME_EDGES = 1.0
# [share] Of the samples, up to which what lies before all the others without a link is something in
# front. Larger: legs and handles towards the camera are lost. Smaller: things in front join.
# Chosen on simulated rooms.
IN_FRONT = 0.2
# [share] Of the samples, up to which what goes on beyond the box before all the others is something
# in front. Larger: objects that their box cuts are lost. Smaller: large things in front join.
# Chosen on simulated rooms.
PASSING = 0.4
# [share] Of the places where that meets the others, where depth has to step. Larger: things
# in front join. Smaller: parts that their box cuts off are lost. Convention.
STEPPING = 0.6
# [sigmas] By which samples of it may lie farther off than where it leaves the box. Larger: the
# object goes with it. Smaller: its edges stay. Convention.
SAME_DEPTH = 3.0
# [ratio] Worth of the second best surface, by the best's, up to which it is certainly not the
# object. Larger: too narrow intervals where two things fill a box. Smaller: wide ones beside any
# background. Chosen on simulated rooms.
NO_RIVAL = 0.1


def own_edges(windows: Windows, surfaces: Surfaces) -> np.ndarray:
    """Share [S] of every surface's edges that are its own: what lies beyond is farther off.

    What is seen between or behind others ends at edges of theirs.
    """
    index, grid = surfaces.index, windows.z.shape[-1]
    first, second = [], []
    for axis, step in ((2, 1), (1, grid)):
        for apart in (1, 2):
            ahead, behind = _shifted(axis, apart)
            differ = index[ahead] != index[behind]
            if apart == 2:  # only across what has no depth
                differ &= ~windows.valid[_shifted(axis, 1)[0]][_shifted(axis, 1)[1]]
            here = np.flatnonzero(differ)
            here += here // ((grid - apart) * step) * (apart * step)  # counted in whole windows
            first.append(here)
            second.append(here + apart * step)
    one, other = np.concatenate(first), np.concatenate(second)
    z, sigma, index = windows.z.ravel(), windows.sigma.ravel(), index.ravel()
    gap = z.take(other) - z.take(one)
    with np.errstate(invalid="ignore"):
        edge = np.abs(gap) > edge_step(np.minimum(sigma.take(one), sigma.take(other)))
    farther = gap > 0
    one, other = index.take(one), index.take(other)
    count = len(surfaces.owner)
    near = np.bincount(np.where(farther, one, other)[edge], minlength=count)
    far = np.bincount(np.where(farther, other, one)[edge], minlength=count)
    return (near + SOME_EDGES) / (near + far + 2 * SOME_EDGES)


def in_front(windows: Windows, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The few samples [R, G, G] of each object that lie before all others, and how far [R] m."""
    z = np.where(mask, windows.z, np.float32(np.inf))
    ordered = np.sort(z.reshape(len(z), -1))
    count = np.isfinite(ordered).sum(1)
    ordered = ordered[:, : max(int(IN_FRONT * count.max(initial=0)), 1) + 1]
    noise = mean_over(mask, windows.sigma, count)
    with np.errstate(invalid="ignore"):
        gap = np.diff(ordered)
        apart = (gap > edge_step(noise)[:, None]) & np.isfinite(gap)
    apart &= np.arange(1, gap.shape[1] + 1) <= IN_FRONT * count[:, None]
    last = gap.shape[1] - 1 - apart[:, ::-1].argmax(1)
    row, some = np.arange(len(z)), apart.any(1)
    nearest = np.where(some, ordered[row, last], np.float32(-np.inf))
    return mask & (z <= nearest[:, None, None]), np.where(some, gap[row, last], 0)


def passing(windows: Windows, surfaces: Surfaces, main, mask, kind):
    """Samples [R, G, G] before all others that go on beyond the box, and how far before [R] m.

    A table's leg before a box, a ball before an armchair. The object itself ends inside its box,
    or goes on without a step to what of it lies farther back.

    Args:
        main: [R] the objects' surfaces; their other parts pass as a whole.
        mask: [R, G, G] bool, the objects.
        kind: [R, G, G], from ``classify``.
    """
    z, count = windows.z, np.maximum(number(mask), 1)
    middle, noise = (np.where(mask, a, 0).sum((1, 2)) / count for a in (z, windows.sigma))
    step = edge_step(noise)[:, None, None]
    outside = windows.valid & ~windows.boxed & (kind < 1) & (z < middle[:, None, None] - step)
    place, grid = np.flatnonzero(outside), z.shape[-1]
    owner, depth, flat = place // grid**2, z.ravel().take(place), z.ravel()
    beyond = np.full(len(z), -np.inf)
    for shift in (1, -1, grid, -grid):  # seen on two samples, the first beside the object's
        meets = outside.ravel().take(place + shift, mode="clip")
        meets &= mask.ravel().take(place - shift, mode="clip")
        for other in (shift, -shift):
            near = np.abs(flat.take(place + other, mode="clip") - depth)
            meets &= near < step.ravel().take(owner)
        np.maximum.at(beyond, owner[meets], depth[meets])
    stray = mask & (z < (beyond + SAME_DEPTH * noise)[:, None, None])
    if not stray.any():
        return stray, np.zeros(len(z))
    (of_stray,) = surfaces.count(stray)
    of_stray[main] = 0
    stray |= mask & (of_stray > 0)[surfaces.index]
    rest = mask & ~stray
    deep, met = np.zeros(len(z)), np.zeros(len(z))
    sides = [_shifted(axis, 1) for axis in (1, 2)]
    for one, other in (*sides, *(side[::-1] for side in sides)):
        meets = stray[one] & rest[other]
        met += number(meets)
        deep += number(meets & (z[other] - z[one] > step))
    apart = (number(stray) < PASSING * count) & (deep > STEPPING * met)
    stray &= apart[:, None, None]
    nearest = (np.where(m, z, np.float32(np.inf)).min((1, 2)) for m in (rest, stray))
    lead = np.where(stray.any((1, 2)), np.subtract(*nearest), 0)
    return stray, lead


def _shifted(axis: int, apart: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Indices of samples and of those so many places before them along an axis of the windows."""
    before = (slice(None),) * axis
    return (*before, slice(apart, None)), (*before, slice(None, -apart))


def find_rival(windows: Windows, surfaces: Surfaces, area, score, main, mask):
    """The surface that comes nearest to being the object: the chance [R] of that, its depth [R] m.

    Args:
        area: [S] samples of the surfaces inside the regions; score: [S] their worth.
        main: [R] the best ones.
        mask: [R, G, G] bool, the objects; those without samples have no rivals.
    """
    (own,) = surfaces.count(mask)
    other = surfaces.best(np.where(2 * own < area, score, 0))
    share = score[other] / np.maximum(score[main], 1e-12)
    some = (share > NO_RIVAL) & (2 * own[other] < area[other]) & mask.any((1, 2))
    chance = np.where(some, np.minimum(share - NO_RIVAL, 1) / (1 + share), 0)
    inside = (surfaces.index == other[:, None, None]) & windows.valid & windows.inner
    depth = mean_over(inside, windows.z, area[other])
    return chance, np.where(some, depth, np.nan)
