"""Which way is up, and the horizontal planes that things stand on."""

from dataclasses import dataclass, field

import numpy as np

from hispatial_ros.measure.types import Gravity
from hispatial_ros.pointmap.pointmap import PointMap

GRID = (36, 48)  # rows, columns of the coarse samples
CONE = np.cos(np.radians(60))  # up is sought this close to the image's up
MAX_LEVELS = 4


@dataclass(eq=False)
class Support:
    """Gravity with the heights of the horizontal planes seen in the frame."""

    gravity: Gravity
    levels: list[float] = field(default_factory=list)  # m along up, lowest first
    up_stddev: float = 0.15  # rad

    @property
    def axes(self) -> np.ndarray:
        """Rows right, down, forward of the levelled camera frame in the optical frame, [3, 3]."""
        return level_axes(self.gravity.up)


def level_axes(up: np.ndarray) -> np.ndarray:
    """The optical frame turned so that y points down along gravity, rows of a [3, 3] rotation.

    Forward is the viewing direction made horizontal (the image's up, where the camera looks
    straight down).
    """
    down = -np.asarray(up, float)
    for ahead in (np.array([0, 0, 1.0]), np.array([0, -1.0, 0])):
        forward = ahead - (ahead @ down) * down
        norm = np.linalg.norm(forward)
        if norm > 0.1:
            break
    forward = forward / norm
    return np.stack([np.cross(down, forward), down, forward])


def detect_support(points: PointMap, known: Gravity | None = None) -> Support:
    """Find the horizontal planes of a frame, and up from their common normal.

    Normals on a coarse grid vote for up; the planes they belong to are refined together by least
    squares. Without enough of them, up is taken from ``known``, or the camera is assumed level.
    """
    p, normal, sigma = _coarse_normals(points)
    if known is not None:
        up = np.asarray(known.up, float) / np.linalg.norm(known.up)
        tolerance = np.cos(np.radians(20))
    else:
        up, tolerance = _vote(normal), np.cos(np.radians(25))
    if up is None:
        return Support(Gravity(np.array([0, -1.0, 0]), "camera"))
    horizontal = normal.T @ up > tolerance
    q, s = p[:, horizontal], sigma[horizontal]
    levels = _levels(up @ q, s)
    if known is None:
        for _ in range(3):
            up, levels = _refine(up, levels, q, s)
    if not levels:
        return Support(known or Gravity(np.array([0, -1.0, 0]), "camera"))
    counts = [(np.abs(up @ q - level) < 3 * s + 0.01).sum() for level in levels]
    if known is not None:
        gravity = Gravity(up, known.source, levels[int(np.argmax(counts))])
        return Support(gravity, sorted(levels), 0.01)
    gravity = Gravity(up, "support plane", levels[int(np.argmax(counts))])
    return Support(gravity, sorted(levels), 0.01)


def _coarse_normals(points: PointMap) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points [3, N] with unit normals [3, N] towards the camera and sigma [N], of smooth places."""
    height, width = points.depth.shape
    rows = np.unique(np.linspace(0, height - 1, GRID[0]).astype(int))
    columns = np.unique(np.linspace(0, width - 1, GRID[1]).astype(int))
    if len(rows) < 3 or len(columns) < 3:
        return np.zeros((3, 0)), np.zeros((3, 0)), np.zeros(0)
    z = points.z(columns[None, :], rows[:, None])
    x, y = points.rays(columns[None, :], rows[:, None])
    grid = np.stack([x * z, y * z, z])
    sigma = points.noise.sigma(z[1:-1, 1:-1])
    du = grid[:, 1:-1, 2:] - grid[:, 1:-1, :-2]
    dv = grid[:, 2:, 1:-1] - grid[:, :-2, 1:-1]
    center = grid[:, 1:-1, 1:-1]
    # On a plane, inverse depth is linear in the image; where it bends there is an edge.
    w = 1 / z
    bend = np.abs(w[1:-1, 2:] + w[1:-1, :-2] - 2 * w[1:-1, 1:-1])
    bend = np.maximum(bend, np.abs(w[2:, 1:-1] + w[:-2, 1:-1] - 2 * w[1:-1, 1:-1]))
    with np.errstate(invalid="ignore"):
        smooth = bend * np.square(center[2]) < 6 * sigma + 0.01 * center[2]
    normal = np.stack(
        [
            dv[1] * du[2] - dv[2] * du[1],
            dv[2] * du[0] - dv[0] * du[2],
            dv[0] * du[1] - dv[1] * du[0],
        ]
    )
    normal /= np.linalg.norm(normal, axis=0)
    smooth &= np.isfinite(normal[0])
    normal, center = normal[:, smooth], center[:, smooth]
    normal *= -np.sign((normal * center).sum(0))
    return center.astype(float), normal.astype(float), sigma[smooth].astype(float)


def _vote(normal: np.ndarray) -> np.ndarray | None:
    """The direction most normals agree on, among those that may be up."""
    candidates = normal[:, -normal[1] > CONE]
    if candidates.shape[1] < 12:
        return None
    some = candidates[:, :: max(1, candidates.shape[1] // 64)]
    agree = some.T @ candidates > np.cos(np.radians(15))
    best = agree.sum(1).argmax()
    if agree[best].sum() < 12:
        return None
    up = candidates[:, agree[best]].mean(1)
    return up / np.linalg.norm(up)


def _levels(height: np.ndarray, sigma: np.ndarray) -> list[float]:
    """Heights where many of the points gather, the fullest first."""
    levels: list[float] = []
    rest = np.ones(len(height), bool)
    need = max(12, 0.03 * len(height))
    for _ in range(MAX_LEVELS):
        if rest.sum() < need:
            break
        h, s = height[rest], sigma[rest]
        centers = np.linspace(h.min(), h.max(), 96)
        near = np.abs(h[None, :] - centers[:, None]) < (0.02 + 1.0 * s)[None, :]
        counts = near.sum(1)
        best = int(counts.argmax())
        if counts[best] < need:
            break
        levels.append(float(np.median(h[near[best]])))
        rest &= np.abs(height - levels[-1]) > 0.04 + 3 * sigma
    return levels


def _refine(up: np.ndarray, levels: list[float], q: np.ndarray, sigma: np.ndarray):
    """Least-squares fit of parallel planes: one tilt, one offset for each level."""
    if not levels:
        return up, levels
    height = up @ q
    gap = height[None, :] - np.array(levels)[:, None]
    nearest = np.abs(gap).argmin(0)
    residual = gap[nearest, np.arange(len(nearest))]
    near = np.abs(residual) < 0.02 + 2.5 * sigma
    if near.sum() < 12:
        return up, levels
    axes = level_axes(up)
    tangent = axes[[0, 2]] @ q[:, near]
    weight = 1 / sigma[near]
    columns = np.concatenate([tangent, np.eye(len(levels))[:, nearest[near]]])
    a = columns * weight
    normal_matrix = a @ a.T + 1e-9 * np.eye(len(a)) * (a @ a.T).trace()
    solution = np.linalg.solve(normal_matrix, a @ (height[near] * weight))
    tilted = up - solution[0] * axes[0] - solution[1] * axes[2]
    norm = np.linalg.norm(tilted)
    return tilted / norm, [float(o / norm) for o in solution[2:]]
