"""Which way is up, and the horizontal planes that things stand on."""

from dataclasses import dataclass, field, replace

import numpy as np

from hispatial_ros.measure.types import Gravity
from hispatial_ros.pointmap.pointmap import PointMap

GRID = (30, 40)  # rows, columns of the coarse samples
CONE = np.cos(np.radians(60))  # up is sought this close to the image's up
AGREE = np.cos(np.radians(15))  # normals of one plane, given their noise
MAX_LEVELS = 4
BIN = 0.02  # m, of the height histogram
SHARE = 0.03  # of the samples that a plane has to hold
IMAGE_UP = np.array([0, -1.0, 0])
GIVEN_STDDEV = 0.02  # rad, of an up that was given without one


@dataclass(eq=False)
class Support:
    """Gravity with the heights of the horizontal planes seen in the frame."""

    gravity: Gravity
    levels: list[float] = field(default_factory=list)  # m along up, lowest first
    up_stddev: float = 0.1  # rad

    @property
    def axes(self) -> np.ndarray:
        """Rows right, down, forward of the levelled camera frame in the optical frame, [3, 3]."""
        return level_axes(self.gravity.up)


@dataclass(eq=False)
class _Normals:
    """N places of the frame where the surface is smooth, with unit normals to the camera."""

    points: np.ndarray  # [3, N] m
    normal: np.ndarray  # [3, N]
    sigma: np.ndarray  # [N] m, of the depth

    def take(self, index: np.ndarray) -> "_Normals":
        return _Normals(self.points[:, index], self.normal[:, index], self.sigma[index])


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
    squares. Without horizontal planes a wall tells how the camera is pitched, and without that
    the camera is assumed level.

    Args:
        points: of the frame.
        known: gravity from an IMU or TF, which takes precedence; also over the floor seen, where
            it has one.
    """
    places = _coarse_normals(points)
    if known is not None:
        up = np.asarray(known.up, float) / np.linalg.norm(known.up)
        levels = _levels(up, places.take(up @ places.normal > AGREE))
        offset = levels[0][0] if levels else known.offset
        floor = _lowest(levels) if known.floor is None else known.floor
        gravity = replace(known, up=up, offset=offset, floor=floor)
        stddev = GIVEN_STDDEV if known.stddev is None else known.stddev
        return Support(gravity, sorted(h for h, _ in levels), stddev)
    up = _vote(places.normal, IMAGE_UP @ places.normal > CONE)
    if up is not None:
        flat = places.take(up @ places.normal > np.cos(np.radians(25)))
        for _ in range(2):
            levels = _levels(up, flat)
            up = _refine(up, levels, flat)
        levels = _levels(up, flat)
        if levels and not _contradicted(up, levels[0][1], places.normal):
            offset, count = levels[0]
            gravity = Gravity(up, "support plane", offset, floor=_lowest(levels))
            return Support(gravity, sorted(h for h, _ in levels), 0.1 / np.sqrt(count))
    wall = _wall(places.normal)
    if wall is not None:
        up = IMAGE_UP - (IMAGE_UP @ wall) * wall
        return Support(Gravity(up / np.linalg.norm(up), "wall"), up_stddev=0.04)
    return Support(Gravity(IMAGE_UP, "camera"))


def _coarse_normals(points: PointMap) -> _Normals:
    height, width = points.depth.shape
    if height < 3 or width < 3:
        return _Normals(np.zeros((3, 0)), np.zeros((3, 0)), np.zeros(0))
    rows, columns = (
        np.linspace(0, n - 1, min(n, count)).astype(int)
        for n, count in zip((height, width), GRID, strict=True)
    )
    z = points.z(columns[None, :], rows[:, None])
    x, y = points.rays(columns[None, :], rows[:, None])
    grid = np.stack([x * z, y * z, z])
    center = grid[:, 1:-1, 1:-1]
    sigma = points.noise.sigma(center[2])
    (ax, ay, az) = grid[:, 1:-1, 2:] - grid[:, 1:-1, :-2]
    (bx, by, bz) = grid[:, 2:, 1:-1] - grid[:, :-2, 1:-1]
    normal = np.stack([by * az - bz * ay, bz * ax - bx * az, bx * ay - by * ax])
    normal /= np.sqrt(np.square(normal).sum(0))
    # On a plane, inverse depth is linear in the image; where it bends there is an edge.
    w = 1 / z
    middle = 2 * w[1:-1, 1:-1]
    bend = np.maximum(
        np.abs(w[1:-1, 2:] + w[1:-1, :-2] - middle), np.abs(w[2:, 1:-1] + w[:-2, 1:-1] - middle)
    )
    with np.errstate(invalid="ignore"):
        smooth = bend * np.square(center[2]) < 6 * sigma + 0.01 * center[2]
    center, normal = center[:, smooth].astype(float), normal[:, smooth].astype(float)
    normal *= -np.sign((normal * center).sum(0))
    return _Normals(center, normal, sigma[smooth].astype(float))


def _vote(normal: np.ndarray, candidate: np.ndarray, share: float = SHARE) -> np.ndarray | None:
    """The direction most candidate normals agree on, if a share of all does."""
    normals = normal[:, candidate]
    need = max(12, share * len(candidate))
    if normals.shape[1] < need:
        return None
    some = normals[:, :: -(-normals.shape[1] // 64)]
    agree = some.T @ normals > AGREE
    counts = agree.sum(1)
    best = counts.argmax()
    if counts[best] < need:
        return None
    direction = normals[:, agree[best]].sum(1)
    return direction / np.linalg.norm(direction)


def _wall(normal: np.ndarray) -> np.ndarray | None:
    """Normal of the dominant vertical plane."""
    return _vote(normal, np.abs(normal[1]) < np.sin(np.radians(35)), 0.15)


def _contradicted(up: np.ndarray, count: int, normal: np.ndarray) -> bool:
    """Whether a small plane's normal does not stand upright beside a large wall."""
    if count > 0.15 * normal.shape[1]:
        return False
    wall = _wall(normal)
    return wall is not None and abs(wall @ up) > np.sin(np.radians(15))


def _levels(up: np.ndarray, places: _Normals) -> list[tuple[float, int]]:
    """Heights at which many of the places gather with their number, the fullest first."""
    height = up @ places.points
    need = max(12, SHARE * len(height))
    if len(height) < need:
        return []
    index = np.rint((height - height.min()) / BIN).astype(int)
    counts = np.bincount(index, minlength=3)
    # Depth noise spreads a plane over several bins at a distance.
    full = np.convolve(counts, np.ones(3), "same")
    levels: list[tuple[float, int]] = []
    tolerance = 0.02 + 2 * places.sigma
    for _ in range(MAX_LEVELS):
        peak = int(full.argmax())
        if full[peak] < need:
            break
        near = np.abs(height - (height.min() + peak * BIN)) < tolerance
        level = float(np.median(height[near])) if near.any() else 0.0
        near = np.abs(height - level) < tolerance
        levels.append((level, int(near.sum())))
        spread = int(np.ceil((0.04 + 3 * np.median(places.sigma[near])) / BIN)) if near.any() else 1
        full[max(0, peak - spread) : peak + spread + 1] = 0
    return sorted(levels, key=lambda pair: -pair[1])


def _lowest(levels: list[tuple[float, int]]) -> float | None:
    return min((height for height, _ in levels), default=None)


def _refine(up: np.ndarray, levels: list[tuple[float, int]], places: _Normals) -> np.ndarray:
    """Up from a least-squares fit of parallel planes: one tilt, one offset for each level."""
    if not levels:
        return up
    gap = (up @ places.points)[None, :] - np.array([h for h, _ in levels])[:, None]
    nearest = np.abs(gap).argmin(0)
    residual = gap[nearest, np.arange(len(nearest))]
    near = np.abs(residual) < 0.02 + 2.5 * places.sigma
    axes = level_axes(up)
    weight = 1 / places.sigma[near]
    a = np.empty((2 + len(levels), len(weight)))
    a[:2] = axes[[0, 2]] @ places.points[:, near]
    a[2:] = nearest[near] == np.arange(len(levels))[:, None]
    a *= weight
    normal_matrix = a @ a.T
    np.einsum("ii->i", normal_matrix)[:] += 1e-9 * normal_matrix.trace()
    tilt = np.linalg.solve(normal_matrix, a @ (residual[near] * weight))
    up = up - tilt[0] * axes[0] - tilt[1] * axes[2]
    return up / np.linalg.norm(up)
