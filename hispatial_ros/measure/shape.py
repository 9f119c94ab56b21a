"""Completes the visible surfaces of the objects to whole solids."""

import numpy as np

from hispatial_ros.measure.foreground import Foreground
from hispatial_ros.measure.gravity import Support
from hispatial_ros.measure.solid import BOX, Solids
from hispatial_ros.measure.window import Windows


def complete(windows: Windows, foreground: Foreground, support: Support) -> Solids:
    """Whole solids in the levelled frame, one for each window."""
    axes = support.axes.astype(np.float32)
    mask = foreground.mask
    count = len(mask)
    p = np.tensordot(axes, windows.rays, 1) * windows.z
    low, high = np.zeros((count, 3)), np.zeros((count, 3))
    for i in range(count):
        q = p[:, i][:, mask[i]]
        if q.shape[1]:
            low[i], high[i] = np.percentile(q, [1, 99], axis=1)
    size = np.maximum(high - low, 0.005)
    size[:, 2] = np.maximum(size[:, 2], 0.5 * size[:, 0])
    center = low + size / 2
    sigma = np.array([0.02, 0.02, 0.05, 0.3, 0.02, 0.02, 0.1])
    covariance = np.broadcast_to(np.diag(sigma**2), (count, 7, 7)).copy()
    return Solids(np.full(count, BOX), center, np.zeros(count), size, covariance)
