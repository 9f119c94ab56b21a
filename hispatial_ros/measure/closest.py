"""Closest points between solids."""

import numpy as np

from hispatial_ros.measure.solid import project

ITERATIONS = 24


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
        if np.abs(step).max(initial=0) < 1e-5:
            break
        previous, t = x, t_next
    second = onto(1, x)
    return onto(0, second), second
