"""Which way is up, and the horizontal planes that things stand on."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil, sqrt

import numpy as np

from hispatial_ros.measure.types import Gravity
from hispatial_ros.pointmap.pointmap import PointMap

GRID = (24, 32)  # rows, columns of the coarse samples
IMAGE_UP = np.array([0, -1.0, 0])
# [cosine] Of the angle to the image's up within which up is sought. Larger: cameras that look far
# down or lie on their side are not served. Smaller: walls pass for floors. Chosen on simulated
# rooms: 60 degrees.
CONE = np.cos(np.radians(60))
# [cosine] Of the angle between normals that belong to one plane. Larger: noisy planes fall apart.
# Smaller: ramps join the floor. Chosen on simulated rooms: 15 degrees.
AGREE = np.cos(np.radians(15))
# [cosine] Of a turn of up after which another refinement would change nothing. Larger: slower.
# Smaller: less exact. Numerics: half a degree.
STILL = np.cos(np.radians(0.5))
# [planes] Most horizontal ones in a frame. Larger: slower, shelves count. Smaller: a table is
# missed. Chosen on simulated rooms.
MAX_LEVELS = 4
# [m] Of the histogram of heights. Larger: close levels merge. Smaller: noise splits them. Sensor: 3
# sigma at 2 m.
BIN = 0.02
# [share] Of the places that a horizontal plane has to hold. Larger: small tables are missed.
# Smaller: tops of objects pass for them. Chosen on simulated rooms.
LEVEL_SHARE = 0.03
# [places] That a plane has to hold whatever its share. Larger, smaller: as above. Numerics.
LEAST_PLACES = 12
# [cosine] Of the angle to the line of sight within which a plane faces the camera. Larger: a table
# seen at a slant is missed. Smaller: it is confused with the floor. Chosen on simulated rooms: 45
# degrees.
FACING = np.cos(np.radians(45))
# [share] Of the normals that it has to hold. Larger: seldom found. Smaller: fronts of objects pass
# for it. Chosen on simulated rooms.
FACING_SHARE = 0.2
# [m] A plane that faces the camera from nearer than that is no wall. Larger: walls pass for tables.
# Smaller: tables seen from above pass for walls. Chosen on simulated rooms.
CLOSE = 1.0
# [sine] Of a wall's lean, at most. Larger: ramps pass for walls. Smaller: walls are missed where up
# is not exact. Chosen on simulated rooms: 20 degrees.
WALL_LEAN = np.sin(np.radians(20))
# [share] Of the normals that a wall has to hold. Larger: seldom found. Smaller: fronts of cupboards
# pass for it. Chosen on simulated rooms.
WALL_SHARE = 0.15
# [rad] Standard deviation of an up that was given without one. Larger: wider intervals. Smaller:
# too narrow ones. Chosen for an uncalibrated IMU at rest: about 1 degree.
GIVEN_STDDEV = 0.02
# [rad] Standard deviation of an up that a wall tells. Larger, smaller: as above. Chosen on
# simulated rooms.
WALL_UP_STDDEV = 0.04
# [rad] Standard deviation of an up that one place of a plane would tell; that of many falls with
# the root of their number. Larger, smaller: as above. Chosen on simulated rooms.
PLACE_UP_STDDEV = 0.1
# [cosine] Of the angle to the first guess of up within which normals belong to horizontal planes.
# Larger: a bad guess stays. Smaller: ramps join in. Chosen on simulated rooms: 25 degrees.
FLAT_CONE = np.cos(np.radians(25))
# [sine] Of the angle to the horizon within which the image's walls are sought. Larger: ramps pass
# for walls. Smaller: cameras that look down see none. Chosen on simulated rooms: 35 degrees.
WALL_CONE = np.sin(np.radians(35))
# [share] Of the normals, up to which a plane is so small that a wall may contradict it. Larger:
# floors give way to cupboards. Smaller: tops of slanted things pass for floors. Chosen on simulated
# rooms.
SMALL_SHARE = 0.15
# [sine] Of the angle to the wall's horizontal from which on the wall contradicts. Larger: tops of
# slanted things pass for floors. Smaller: floors give way to slanted cupboards. Chosen on simulated
# rooms: 15 degrees.
CONTRADICTION = np.sin(np.radians(15))
# [ratio] Bend of a surface between neighbouring places, by the depth and beside noise, from which
# on it is no plane. Larger: edges give normals. Smaller: rough planes give none. Chosen on
# simulated rooms.
BEND = 0.01
# [sigmas] The same by noise. Larger, smaller: as above. Chosen on simulated rooms.
BEND_NOISE = 6
# [m] Distance from a plane within which a place lies on it, beside noise. Larger: things on a table
# pull it up. Smaller: uneven floors fall apart. Sensor: 3 sigma at 2 m.
ON_LEVEL = 0.02
# [sigmas] The same by noise, for counting. Larger, smaller: as above. Chosen on simulated rooms.
COUNT_NOISE = 2
# [sigmas] The same by noise, for the fit. Larger, smaller: as above. Chosen on simulated rooms.
FIT_NOISE = 2.5
# [m] Around a level that was found, in which there is no other, beside noise. Larger: low shelves
# are missed. Smaller: one plane is found twice. Derived: twice ON_LEVEL.
APART = 0.04
# [sigmas] The same by noise. Larger, smaller: as above. Chosen on simulated rooms.
APART_NOISE = 3


# [cosine] Of the angle between a given up and that of a plane in view from which on they
# contradict. Larger: ramps do. Smaller: cameras that are mounted turned pass. Chosen on simulated
# rooms: 40 degrees.
CONTRADICTING = np.cos(np.radians(40))
# [ratio] Of the depth below the camera of the largest horizontal surface and of the given floor.
# Larger: wrong units pass. Smaller: stairs down do not. Derived: common units differ by 4 and more.
DROP = 3.0


@dataclass(eq=False)
class Support:
    """Gravity with the heights of the horizontal planes seen in the frame."""

    gravity: Gravity
    levels: list[float] = field(default_factory=list)  # m along up, lowest first
    up_stddev: float = 0.1  # rad
    walls: list[tuple[np.ndarray, float]] = field(default_factory=list)  # unit normal . p = m

    @cached_property
    def axes(self) -> np.ndarray:
        """Rows right, down, forward of the levelled camera frame in the optical frame, [3, 3]."""
        return level_axes(self.gravity.up)


@dataclass(eq=False)
class _Normals:
    """N places of the frame where the surface is smooth, with unit normals to the camera."""

    points: np.ndarray  # [3, N] m
    normal: np.ndarray  # [3, N]
    sigma: np.ndarray  # [N] m, of the depth

    def take(self, some: np.ndarray) -> "_Normals":
        """Those marked in ``some`` [N] bool."""
        index = np.flatnonzero(some)
        return _Normals(
            self.points.take(index, 1), self.normal.take(index, 1), self.sigma.take(index)
        )


def level_axes(up: np.ndarray) -> np.ndarray:
    """The optical frame turned so that y points down along gravity, rows of a [3, 3] rotation.

    Forward is the viewing direction made horizontal (the image's up, where the camera looks
    straight down).
    """
    x, y, z = (-float(v) for v in up)  # down
    # Plain floats: NumPy would take ten times as long for three components.
    ahead = (-z * x, -z * y, 1 - z * z)
    if z * z > 0.99:
        ahead = (y * x, y * y - 1, y * z)
    norm = sqrt(sum(v * v for v in ahead))
    a, b, c = (v / norm for v in ahead)
    return np.array([[y * c - z * b, z * a - x * c, x * b - y * a], [x, y, z], [a, b, c]])


def detect_support(points: PointMap, known: Gravity | None = None) -> Support:
    """Find the horizontal planes of a frame, and up from their common normal.

    Normals on a coarse grid vote for up; the planes they belong to are refined together by least
    squares. Without horizontal planes, one that faces the camera from close by is taken as what
    things lie on, seen from above; a wall tells how the camera is pitched, and without that the
    camera is assumed level.

    Args:
        points: of the frame.
        known: gravity from an IMU or TF, which takes precedence; horizontal planes that agree with
            an IMU within its standard deviation make it more exact. Its floor, where it has one,
            takes precedence over the one seen.
    """
    places = _coarse_normals(points)
    support = _given(places, known) if known is not None else _found(places)
    wall = _vote(places.normal, np.abs(support.gravity.up @ places.normal) < WALL_LEAN, WALL_SHARE)
    if wall is not None:
        support.walls = _surface(places, wall)
    return support


def _given(places: _Normals, known: Gravity) -> Support:
    """With what the planes tell that are level by it: they give up far more exactly than an IMU.
    Those that contradict it, such as a ramp, are left alone."""
    up = np.asarray(known.up, float) / np.linalg.norm(known.up)
    stddev = GIVEN_STDDEV if known.stddev is None else known.stddev
    # A level frame is what goals and heights refer to: it is kept as it is.
    seen = _below(places, up) if known.source == "imu" else None
    if seen is not None:
        off = np.linalg.norm(seen.gravity.up - up)
        if off < 3 * np.hypot(stddev, seen.up_stddev):
            weights = np.array([stddev, seen.up_stddev]) ** -2.0
            up = weights @ np.stack([up, seen.gravity.up])
            up, stddev = up / np.linalg.norm(up), float(weights.sum() ** -0.5)
    levels = _levels(up, places.take(up @ places.normal > AGREE))
    offset = levels[0][0] if levels else known.offset
    floor = _lowest(levels) if known.floor is None else known.floor
    doubt = _doubt_up(places, up) if not levels else _doubt_floor(offset, known)
    gravity = replace(known, up=up, offset=offset, floor=floor, stddev=stddev, doubt=doubt)
    return Support(gravity, sorted(h for h, _ in levels), stddev)


def _doubt_up(places: _Normals, up: np.ndarray) -> str:
    """What speaks against a given up that no plane in view is level by; empty if nothing does."""
    seen = _found(places).gravity
    if seen.source != "support plane" or seen.up @ up > CONTRADICTING:
        return ""
    x, y, z = up
    if seen.up @ np.array([-y, -z, x]) > AGREE:
        return (
            "it is given along the axes of a robot's frame (x forward, z up): the image's frame_id "
            "seems not to name an optical frame (x right, y down, z forward)"
        )
    degrees = np.degrees(np.arccos(np.clip(seen.up @ up, -1, 1)))
    return (
        f"no surface in view is level by it, and the largest that may be is {degrees:.0f} degrees "
        "off: check how the camera is mounted in TF"
    )


def _doubt_floor(offset: float | None, known: Gravity) -> str:
    """What a horizontal surface far below a given floor speaks for; empty if there is none."""
    if offset is None or known.floor is None or known.floor >= 0 or offset > DROP * known.floor:
        return ""
    return (
        f"the largest horizontal surface lies {-offset:.2f} m below the camera, the floor of "
        f"{known.floor_source} {-known.floor:.2f} m: unless there is a drop, depth is in another "
        f"unit, {offset / known.floor:.0f} times finer (depth_unit)"
    )


def _found(places: _Normals) -> Support:
    below = _below(places, _vote(places.normal, IMAGE_UP @ places.normal > CONE))
    if below is not None:
        return below
    facing = _vote(places.normal, -places.normal[2] > FACING, FACING_SHARE)
    if facing is not None:
        near = places.take(facing @ places.normal > AGREE)
        below = _below(places, facing) if _median(near.points[2]) < CLOSE else None
        if below is not None:
            # What lies so close to the camera is not what one walks on.
            gravity = replace(below.gravity, source="facing plane", floor=None)
            return replace(below, gravity=gravity)
    wall = _wall(places.normal)
    if wall is not None:
        up = IMAGE_UP - (IMAGE_UP @ wall) * wall
        return Support(Gravity(up / np.linalg.norm(up), "wall"), up_stddev=WALL_UP_STDDEV)
    return Support(Gravity(IMAGE_UP, "camera"))


def _below(places: _Normals, up: np.ndarray | None) -> Support | None:
    """The horizontal planes, given roughly which way is up."""
    if up is None:
        return None
    flat = places.take(up @ places.normal > FLAT_CONE)
    levels = _levels(up, flat)
    for _ in range(2):
        before, up = up, _refine(up, levels, flat)
        levels = _levels(up, flat)
        if before @ up > STILL:
            break
    if not levels or _contradicted(up, levels[0][1], places.normal):
        return None
    offset, count = levels[0]
    gravity = Gravity(up, "support plane", offset, floor=_lowest(levels))
    return Support(gravity, sorted(h for h, _ in levels), PLACE_UP_STDDEV / np.sqrt(count))


def _surface(places: _Normals, wall: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """The plane that holds most of a wall, refined; none if its parts lie one behind another."""
    some = places.take(wall @ places.normal > AGREE)
    wall = _refine(wall, _levels(wall, some), some)
    return [(wall, distance) for distance, _ in _levels(wall, some)[:1]]


def _coarse_normals(points: PointMap) -> _Normals:
    height, width = points.depth.shape
    if height < 3 or width < 3:
        return _Normals(np.zeros((3, 0)), np.zeros((3, 0)), np.zeros(0))
    rows, columns = (
        np.arange(min(n, count)) * (n - 1) // (min(n, count) - 1)
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
    # On a plane, inverse depth is linear in the image; where it bends there is an edge.
    w = 1 / z
    middle = 2 * w[1:-1, 1:-1]
    bend = np.maximum(
        np.abs(w[1:-1, 2:] + w[1:-1, :-2] - middle), np.abs(w[2:, 1:-1] + w[:-2, 1:-1] - middle)
    )
    with np.errstate(invalid="ignore"):
        smooth = bend * np.square(center[2]) < BEND_NOISE * sigma + BEND * center[2]
    center, normal = center[:, smooth].astype(float), normal[:, smooth].astype(float)
    normal /= -np.copysign(
        np.sqrt(np.einsum("in,in->n", normal, normal)), np.einsum("in,in->n", normal, center)
    )
    return _Normals(center, normal, sigma[smooth].astype(float))


def _vote(
    normal: np.ndarray, candidate: np.ndarray, share: float = LEVEL_SHARE
) -> np.ndarray | None:
    """The direction most candidate normals agree on, if a share of all does."""
    normals = normal.compress(candidate, 1)
    need = max(LEAST_PLACES, share * len(candidate))
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
    return _vote(normal, np.abs(normal[1]) < WALL_CONE, WALL_SHARE)


def _contradicted(up: np.ndarray, count: int, normal: np.ndarray) -> bool:
    """Whether a small plane's normal does not stand upright beside a large wall."""
    if count > SMALL_SHARE * normal.shape[1]:
        return False
    wall = _wall(normal)
    return wall is not None and abs(wall @ up) > CONTRADICTION


def _levels(up: np.ndarray, places: _Normals) -> list[tuple[float, int]]:
    """Heights at which many of the places gather with their number, the fullest first."""
    height = up @ places.points
    need = max(LEAST_PLACES, LEVEL_SHARE * len(height))
    if len(height) < need:
        return []
    index = ((height - height.min()) * (1 / BIN) + 1.5).astype(int)
    counts = np.bincount(index, minlength=3)
    counts = np.append(counts, 0)
    # Depth noise spreads a plane over several bins at a distance.
    full = counts.copy()
    full[1:] += counts[:-1]
    full[:-1] += counts[1:]
    levels: list[tuple[float, int]] = []
    tolerance = ON_LEVEL + COUNT_NOISE * places.sigma
    for _ in range(MAX_LEVELS):
        peak = int(full.argmax())
        if full[peak] < need:
            break
        # The bins that were counted together, so that this is never empty.
        near = np.abs(index - peak) <= 1
        level = _median(height[near])
        near = np.abs(height - level) < tolerance
        levels.append((level, int(near.sum())))
        spread = ceil((APART + APART_NOISE * _median(places.sigma[near])) / BIN)
        full[max(0, peak - spread) : peak + spread + 1] = 0
    return sorted(levels, key=lambda pair: -pair[1])


def _lowest(levels: list[tuple[float, int]]) -> float | None:
    return min((height for height, _ in levels), default=None)


def _median(values: np.ndarray) -> float:
    """The upper one of two, without the overhead of NumPy's."""
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle])


def _refine(up: np.ndarray, levels: list[tuple[float, int]], places: _Normals) -> np.ndarray:
    """Up from a least-squares fit of parallel planes: one tilt, one offset for each level."""
    if not levels:
        return up
    gap = (up @ places.points)[None, :] - np.array([h for h, _ in levels])[:, None]
    nearest = np.abs(gap).argmin(0)
    residual = gap[nearest, np.arange(len(nearest))]
    near = np.abs(residual) < ON_LEVEL + FIT_NOISE * places.sigma
    axes = level_axes(up)
    weight = 1 / places.sigma[near]
    a = np.empty((2 + len(levels), len(weight)))
    a[:2] = axes[[0, 2]] @ places.points[:, near]
    a[2:] = nearest[near] == np.arange(len(levels))[:, None]
    a *= weight
    normal_matrix = a @ a.T
    normal_matrix.flat[:: len(a) + 1] += 1e-9 * normal_matrix.trace()
    tilt = np.linalg.solve(normal_matrix, a @ (residual[near] * weight))
    up = up - tilt[0] * axes[0] - tilt[1] * axes[2]
    return up / np.linalg.norm(up)
