"""Closest points between solids, and between samples of what is no solid."""

import numpy as np

from hispatial_ros.measure.solid import project

# [steps] Most that are taken; nearly all pairs end sooner. Larger: slower where two faces are
# almost parallel. Smaller: distances come out too long there. Chosen on simulated rooms.
ITERATIONS = 24
# [m] Length of a step that ends the search. Larger: distances come out too long. Smaller: slower.
# Derived: far below the noise of any depth camera.
CONVERGED = 1e-5


def closest_points(
    kind: tuple[np.ndarray, np.ndarray],
    center: tuple[np.ndarray, np.ndarray],
    rotation: tuple[np.ndarray, np.ndarray],
    size: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Closest points of M pairs of convex solids, by accelerated alternating projections.

    Projected gradient descent of the squared distance with momentum and restart (Beck and Teboulle
    2009; O'Donoghue and Candes 2015).

    Args:
        kind: two of [M] int; center: two of [M, 3]; rotation: two of [M, 3, 3] with the box axes
            as columns; size: two of [M, 3]. All in one frame, metres.

    Returns:
        Two of [M, 3]: a point of each first and each second solid; the same point, or nearly so,
        where they intersect.
    """

    def onto(which: int, point: np.ndarray) -> np.ndarray:
        local = np.einsum("mij,mi->mj", rotation[which], point - center[which])
        local = project(kind[which], size[which], local)
        return np.einsum("mij,mj->mi", rotation[which], local) + center[which]

    x = previous = onto(0, center[1])
    y, t = x, np.ones((len(x), 1))
    for _ in range(ITERATIONS):
        x = onto(0, onto(1, y))
        restart = ((y - x) * (x - previous)).sum(1, keepdims=True) > 0
        t = np.where(restart, 1.0, t)
        t_next = (1 + np.sqrt(1 + 4 * t * t)) / 2
        step = x - previous
        y = x + (t - 1) / t_next * step
        if np.abs(step).max(initial=0) < CONVERGED:
            break
        previous, t = x, t_next
    second = onto(1, x)
    return onto(0, second), second


def closest_samples(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Closest of M pairs of point sets, [M, K, 3] each; two of [M, 3]."""
    # Single precision is enough for differences, not for squares of what lies metres away.
    middle = x.mean(1, keepdims=True)
    a, b = ((points - middle).astype(np.float32) for points in (x, y))
    square = np.matmul(a, -2 * b.swapaxes(1, 2))
    square += np.square(a).sum(2)[:, :, None]
    square += np.square(b).sum(2)[:, None]
    i, j = np.divmod(square.reshape(len(x), -1).argmin(1), y.shape[1])
    row = np.arange(len(x))
    return x[row, i], y[row, j]


def closest_to_solid(
    x: np.ndarray, kind: np.ndarray, center: np.ndarray, rotation: np.ndarray, size: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The points of M sets [M, K, 3] closest to a solid each, and the solid's closest points.

    Args:
        x: m, in the frame of the solids.
        kind, center, rotation, size: of the solids, as in `closest_points`.

    Returns:
        Two of [M, 3].
    """
    local = np.matmul(x - center[:, None], rotation)
    onto = project(kind[:, None], size[:, None], local)
    row = np.arange(len(x))
    at = np.square(onto - local).sum(2).argmin(1)
    return x[row, at], np.einsum("mij,mj->mi", rotation, onto[row, at]) + center
