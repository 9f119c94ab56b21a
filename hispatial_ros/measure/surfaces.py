"""Splits sampled depth into continuous surfaces."""

import numpy as np

from hispatial_ros.measure.window import RING, Windows

SLOPE = 3.0  # depth per lateral distance beyond which a step is no slanted surface
NOISE = 4.0  # standard deviations
FLAT = 0.35  # share of a frontal surface's rise below which a surface is horizontal
CLEAR = 0.12  # standard deviation of that share above which noise hides it


def classify(windows: Windows, rise: np.ndarray, levels: list[float]) -> np.ndarray:
    """What kind of surface each sample lies on, [R, G, G] int.

    Things end where the plane they stand on begins, though depth has no step there: neighbours of
    different class are on different surfaces. -1: neither of the following; 0: horizontal; from
    1: on one of the ``levels`` (heights along up), whatever its own slope looks like.
    """
    height, noise = rise * windows.z, np.abs(rise) * windows.sigma
    base = _base(windows, rise, height)[:, None, None]
    with np.errstate(invalid="ignore"):
        on_base = np.abs(height - base) < 0.006 + 2.5 * noise
    kind = np.where(on_base | _is_flat(windows.z, rise, height, noise), 0, -1)
    for index, level in enumerate(levels):
        kind[np.abs(height - level) < 0.006 + 2.5 * noise] = index + 1
    return kind


def _base(windows: Windows, rise, height) -> np.ndarray:
    """Height [R] of the surface right below each box if that is horizontal, else NaN.

    Its rows are compared as a whole, since single samples of a small window are too noisy.
    """
    row = np.arange(len(rise))
    below = RING + windows.count[:, 1]
    first, last = (_median(height[row, below + k]) for k in (0, RING - 1))
    step = np.abs(rise[row, below + RING - 1] - rise[row, below]).mean(1)
    frontal = step * _median(windows.z[row, below])
    return np.where(np.abs(first - last) < FLAT * frontal, (first + last) / 2, np.nan)


def _median(values: np.ndarray) -> np.ndarray:
    """Of the finite values of each row, NaN where less than a third are."""
    ordered = np.sort(values, axis=1)  # NaN last
    count = np.isfinite(values).sum(1)
    middle = ordered[np.arange(len(values)), count // 2]
    return np.where(count > values.shape[1] // 3, middle, np.nan)


def _is_flat(z, rise, height, noise) -> np.ndarray:
    """Whether height stays the same from row to row, averaged over 3 x 3 samples."""
    frontal = np.abs(rise[:, 2:] - rise[:, :-2]) * z[:, 1:-1]
    share = np.full(z.shape, np.nan, np.float32)
    share[:, 1:-1] = np.clip(np.abs(height[:, 2:] - height[:, :-2]) / frontal, 0, 1.5)
    known = np.isfinite(share)
    total, count = (_box_sum(x.astype(np.float32)) for x in (np.where(known, share, 0), known))
    count = np.maximum(count, 1)
    blur = np.full(z.shape, np.inf, np.float32)
    blur[:, 1:-1] = noise[:, 1:-1] / frontal
    with np.errstate(invalid="ignore"):
        flat = known & (total / count < FLAT) & (blur < CLEAR * np.sqrt(count))
    flat[:, 0], flat[:, -1] = flat[:, 1], flat[:, -2]
    return flat


def _box_sum(x: np.ndarray) -> np.ndarray:
    """Sum over the 3 x 3 neighbours of every sample."""
    for axis in (1, 2):
        y = x.copy()
        to, other = [slice(None)] * 3, [slice(None)] * 3
        to[axis], other[axis] = slice(1, None), slice(None, -1)
        y[tuple(to)] += x[tuple(other)]
        y[tuple(other)] += x[tuple(to)]
        x = y
    return x


def continuous(windows: Windows, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether neighbouring samples lie on one surface.

    Args:
        windows: R windows of G x G samples.
        kind: [R, G, G], from ``classify``.

    Returns:
        [R, G, G-1] between columns i and i+1, and [R, G-1, G] between rows i and i+1.
    """
    along_u = _links(windows.z, windows.sigma, windows.rays[0], kind)
    z, sigma, ray = (a.swapaxes(1, 2) for a in (windows.z, windows.sigma, windows.rays[1]))
    # An object's top and front belong together, its front and what it stands on do not.
    return along_u, _links(z, sigma, ray, kind.swapaxes(1, 2), over=(0, -1)).swapaxes(1, 2)


def _links(z, sigma, ray, kind, over: tuple[int, int] | None = None) -> np.ndarray:
    """Links along the last axis; ``over``: kinds of neighbours that link though they differ."""
    step = np.abs(np.diff(z))
    spacing = np.abs(np.diff(ray)) * z[..., 1:]
    noise = np.minimum(sigma[..., 1:], sigma[..., :-1])
    linked = step < SLOPE * spacing + NOISE * noise
    # Grazing planes have large steps, but inverse depth stays linear across the image. Four
    # samples in a line make sure: three are, where one lies between foreground and background.
    slope = np.diff(1 / z) / np.diff(ray)
    bend = np.abs(np.diff(slope)) * spacing[..., 1:] * z[..., 2:]
    even = bend < NOISE / 2 * noise[..., 1:]
    line = even[..., 1:] & even[..., :-1]
    line[:, 1:-1] &= line[:, 2:] | line[:, :-2]
    linked[..., :-2] |= line
    linked[..., 1:-1] |= line
    linked[..., 2:] |= line
    linked &= step < 1.0
    before, after = kind[..., :-1], kind[..., 1:]
    same = before == after
    linked |= same & (after > 0) & np.isfinite(step)
    if over is not None:
        same |= (before == over[0]) & (after == over[1])
    return same & linked


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
