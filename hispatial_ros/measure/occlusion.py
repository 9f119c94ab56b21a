"""What lies before or behind what: surfaces seen through others, things in front, rivals."""

import numpy as np

from hispatial_ros.measure.surfaces import Surfaces
from hispatial_ros.measure.window import Windows, edge_step

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
# [ratio] Worth of the second best surface, by the best's, up to which it is certainly not the
# object. Larger: too narrow intervals where two things fill a box. Smaller: wide ones beside any
# background. Chosen on simulated rooms.
NO_RIVAL = 0.1


def own_edges(windows: Windows, surfaces: Surfaces) -> np.ndarray:
    """Share [S] of every surface's edges that are its own: what lies beyond is farther off.

    What is seen between or behind others ends at edges of theirs.
    """
    z, index = windows.z, surfaces.index
    step_of = edge_step(windows.sigma)
    own = np.full(len(surfaces.owner), SOME_EDGES)
    both = np.full(len(surfaces.owner), 2 * SOME_EDGES)
    for axis in (1, 2):
        for step in (1, 2):
            one = tuple(slice(step, None) if a == axis else slice(None) for a in range(3))
            other = tuple(slice(None, -step) if a == axis else slice(None) for a in range(3))
            gap = z[one] - z[other]
            with np.errstate(invalid="ignore"):
                edge = np.abs(gap) > np.minimum(step_of[one], step_of[other])
            edge &= index[one] != index[other]
            if step == 2:  # only across what has no depth
                middle = tuple(slice(1, -1) if a == axis else slice(None) for a in range(3))
                edge &= ~windows.valid[middle]
            a, b, nearer = index[one][edge], index[other][edge], gap[edge] < 0
            near, far = np.where(nearer, a, b), np.where(nearer, b, a)
            counted = np.bincount(near, minlength=len(own))
            own += counted
            both += counted + np.bincount(far, minlength=len(own))
    return own / both


def in_front(windows: Windows, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The few samples [R, G, G] of each object that lie before all others, and how far [R] m."""
    z = np.where(mask, windows.z, np.float32(np.inf))
    ordered = np.sort(z.reshape(len(z), -1))
    count = np.isfinite(ordered).sum(1)
    ordered = ordered[:, : max(int(IN_FRONT * count.max(initial=0)), 1) + 1]
    noise = np.where(mask, windows.sigma, 0).sum((1, 2)) / np.maximum(count, 1)
    with np.errstate(invalid="ignore"):
        gap = np.diff(ordered)
        apart = (gap > edge_step(noise)[:, None]) & np.isfinite(gap)
    apart &= np.arange(1, gap.shape[1] + 1) <= IN_FRONT * count[:, None]
    last = gap.shape[1] - 1 - apart[:, ::-1].argmax(1)
    row, some = np.arange(len(z)), apart.any(1)
    nearest = np.where(some, ordered[row, last], np.float32(-np.inf))
    return mask & (z <= nearest[:, None, None]), np.where(some, gap[row, last], 0)


def find_rival(windows: Windows, surfaces: Surfaces, score, main, mask):
    """The surface that comes nearest to being the object: the chance [R] of that, its depth [R] m.

    Args:
        score: [S] worth of the surfaces; main: [R] the best ones.
        mask: [R, G, G] bool, the objects; those without samples have no rivals.
    """
    inside = windows.valid & windows.inner
    area, own, depth = (surfaces.total(v) for v in (inside, mask, np.where(inside, windows.z, 0)))
    other = surfaces.best(np.where(2 * own < area, score, 0))
    share = score[other] / np.maximum(score[main], 1e-12)
    some = (share > NO_RIVAL) & (2 * own[other] < area[other]) & mask.any((1, 2))
    chance = np.where(some, np.minimum(share - NO_RIVAL, 1) / (1 + share), 0)
    return chance, np.where(some, depth[other] / np.maximum(area[other], 1), np.nan)
