"""Splits sampled depth into continuous surfaces."""

import numpy as np

from hispatial_ros.measure.window import Windows

SLOPE = 3.0  # depth per lateral distance beyond which a step is no slanted surface
NOISE = 4.0  # standard deviations


def continuous(windows: Windows, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether neighbouring samples lie on one surface.

    Args:
        windows: R windows of G x G samples.
        level: [R, G, G] int, the horizontal plane a sample lies on, -1 for none. Things end where
            the plane they stand on begins, though depth has no step there.

    Returns:
        [R, G, G-1] between columns i and i+1, and [R, G-1, G] between rows i and i+1.
    """
    along_u = _links(windows.z, windows.sigma, windows.rays[0], level)
    turned = (a.swapaxes(1, 2) for a in (windows.z, windows.sigma, windows.rays[1], level))
    return along_u, _links(*turned).swapaxes(1, 2)


def _links(z, sigma, ray, level) -> np.ndarray:
    step = np.abs(np.diff(z))
    spacing = np.abs(np.diff(ray)) * z[..., 1:]
    noise = NOISE * np.minimum(sigma[..., 1:], sigma[..., :-1])
    small = step < SLOPE * spacing + noise
    # Grazing planes have large steps, but inverse depth stays linear across the image: a step
    # that continues the slope on one of its sides is no edge. Spacing is even but at the ring.
    slope = np.diff(1 / z) / np.diff(ray)
    bend = np.abs(np.diff(slope))
    bend[np.isnan(bend)] = np.inf
    nearest = np.full(step.shape, np.inf, z.dtype)
    nearest[..., 1:] = bend
    nearest[..., :-1] = np.fmin(nearest[..., :-1], bend)
    straight = nearest * spacing * z[..., 1:] < 1.5 * noise
    return (small | straight) & (step < 1.0) & (level[..., 1:] == level[..., :-1])


def label(links_u: np.ndarray, links_v: np.ndarray) -> np.ndarray:
    """Connected components of a grid given which neighbours are linked.

    Returns:
        [R, G, G] int: flat index, within its window, of one sample that stands for the component.
    """
    count, rows, columns = links_v.shape[0], links_u.shape[1], links_v.shape[2]
    runs_u = _runs(links_u)
    runs_v = _runs(links_v.swapaxes(1, 2))
    labels = np.broadcast_to(
        np.arange(rows * columns).reshape(rows, columns), (count, rows, columns)
    )
    labels = np.ascontiguousarray(labels)
    for _ in range(rows + columns):
        before = labels
        labels = _spread(labels, runs_u)
        labels = _spread(np.ascontiguousarray(labels.swapaxes(1, 2)), runs_v).swapaxes(1, 2)
        labels = np.ascontiguousarray(labels)
        if np.array_equal(before, labels):
            break
    return labels


def _runs(links: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Start of each run of linked samples in the flattened grid, and the run of each sample."""
    start = np.ones((*links.shape[:-1], links.shape[-1] + 1), bool)
    np.logical_not(links, out=start[..., 1:])
    return np.flatnonzero(start), np.cumsum(start.ravel()) - 1


def _spread(labels: np.ndarray, runs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The largest label of each run, given to all its samples."""
    starts, run = runs
    return np.maximum.reduceat(labels.ravel(), starts)[run].reshape(labels.shape)
