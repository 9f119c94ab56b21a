"""What the fits rest on: the objects' depth samples and the planes that touch them."""

from dataclasses import dataclass

import numpy as np

from hispatial_ros.measure.foreground import Foreground
from hispatial_ros.measure.gravity import Support
from hispatial_ros.measure.silhouette import Tangents
from hispatial_ros.measure.window import INNER, RING, Windows

LATERAL = 0.3  # px, standard deviation of where inside its footprint a pixel measures
ROUGHNESS = 0.001  # m, by which real surfaces differ from ideal ones


@dataclass(eq=False)
class Evidence:
    """Everything in the levelled frame; R objects with N samples and T tangent planes each."""

    rays: np.ndarray  # [3, R, N] float32, optical z component not 1: p = ray * z
    z: np.ndarray  # [R, N] float32 m, depth along the optical axis, 1 where unused
    points: np.ndarray  # [3, R, N] float32 m
    variance: np.ndarray  # [R, N] float32 m^2 of z
    lateral: np.ndarray  # [R, N] float32 m^2, variance of a surface sideways
    used: np.ndarray  # [R, N] float32, 1 for the object's samples, else 0
    tangent: np.ndarray  # [R, T, 3] inward normals of planes through the origin
    tangent_stddev: np.ndarray  # [R, T] rad
    open: np.ndarray  # [R, T] bool
    floor: np.ndarray  # [R] m, y of the plane it stands on; NaN: none
    floor_stddev: np.ndarray  # [R] m

    def take(self, index: np.ndarray) -> "Evidence":
        """The evidence of some of the objects, or repeated."""
        return Evidence(
            *(
                a[:, index]
                if a.ndim == 3 and a.shape[0] == 3 and k in ("rays", "points")
                else a[index]
                for k, a in vars(self).items()
            )
        )


def gather(
    windows: Windows,
    foreground: Foreground,
    tangents: Tangents,
    support: Support,
    focal: float,
) -> Evidence:
    """Collect the evidence, turned into the levelled frame."""
    axes = support.axes
    core = np.s_[:, RING : RING + INNER, RING : RING + INNER]
    count = len(windows.z)
    mask = foreground.mask[core].reshape(count, -1)
    z = np.where(mask, windows.z[core].reshape(count, -1), np.float32(1))
    rays = windows.rays[(slice(None), *core)].reshape(3, -1)
    rays = (axes.astype(np.float32) @ rays).reshape(3, count, -1)
    variance = np.where(mask, np.square(windows.sigma[core].reshape(count, -1)), np.float32(1))
    lateral = np.square(np.float32(LATERAL / focal) * z) + np.float32(ROUGHNESS**2)
    points = rays * z
    floor, floor_stddev = _floors(points, mask, support)
    return Evidence(
        rays=rays,
        z=z,
        points=points,
        variance=variance,
        lateral=lateral,
        used=mask.astype(np.float32),
        tangent=tangents.normal @ axes.T,
        tangent_stddev=tangents.stddev,
        open=tangents.open,
        floor=floor,
        floor_stddev=floor_stddev,
    )


def _floors(points: np.ndarray, mask: np.ndarray, support: Support):
    """The highest plane below most of each object: y [R] and its standard deviation [R]."""
    y = np.where(mask, points[1], -np.inf)
    low = np.partition(y, -3, axis=1)[:, -3] if y.shape[1] >= 3 else y.max(1)
    middle = np.where(mask, points[1], 0).sum(1) / np.maximum(mask.sum(1), 1)
    floor = np.full(len(y), np.nan)
    for level in support.levels:  # lowest first
        candidate = -level
        # Its samples lie above the plane, up to noise and to what the fit may reach below.
        below = candidate > middle + 0.5 * np.maximum(low - middle, 0)
        floor = np.where(below, candidate, floor)
    return floor, np.full(len(y), 0.005)
