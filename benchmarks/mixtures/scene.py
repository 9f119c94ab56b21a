"""A room with two boards, as an exact camera with a lens sees it."""

import random
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hispatial_ros.camera.distortion import undistort
from hispatial_ros.camera.model import Camera

SIZES = ((256, 192), (320, 180), (224, 168))
FRAME = "camera_color_optical_frame"
# Of floor, wall and the two boards.
COLOURS = np.array([[90, 90, 90], [200, 200, 200], [200, 40, 60], [40, 60, 200]], np.uint8)
BOARD, OTHER = 2, 3
LENSES = {
    "none": (),
    "plumb_bob": (0.05, -0.08, 0.0006, -0.0004, 0.02),
    "rational_polynomial": (0.4, -0.1, 0.0003, -0.0002, 0.05, 0.35, -0.08, 0.04),
    "equidistant": (-0.02, 0.006, -0.003, 0.0006),
}


@dataclass(frozen=True, eq=False)
class Board:
    """A rectangle parallel to the image: centre and size [m]."""

    x: float
    y: float
    z: float
    width: float
    height: float

    @property
    def distance(self) -> float:
        """From the camera to its nearest point [m]."""
        x, y = (
            max(abs(c) - size / 2, 0.0) for c, size in ((self.x, self.width), (self.y, self.height))
        )
        return float(np.sqrt(x * x + y * y + self.z * self.z))


class Room:
    """A level camera above a floor, a wall in front of it, a board on its axis and another."""

    def __init__(self, rng: random.Random, lens: str = "none"):
        width, height = rng.choice(SIZES)
        focal = width * rng.uniform(0.75, 0.95)
        self.camera = Camera(
            width,
            height,
            focal,
            focal * rng.uniform(0.99, 1.01),
            width / 2 + rng.uniform(-4, 4),
            height / 2 + rng.uniform(-4, 4),
            "plumb_bob" if lens == "none" else lens,
            LENSES[lens],
            FRAME,
        )
        self.floor = rng.uniform(0.9, 1.3)  # m below the camera
        self.wall = rng.uniform(3.5, 4.5)  # m
        z = rng.uniform(0.8, 1.8)
        size = z * rng.uniform(0.25, 0.35)
        self.board = Board(0.0, 0.0, z, size, size * rng.uniform(0.8, 1.2))
        z = rng.uniform(1.5, 2.5)
        self.other = Board(0.38 * z, 0.0, z, 0.2 * z, 0.25 * z)

    @cached_property
    def _seen(self) -> tuple[np.ndarray, np.ndarray]:
        camera = self.camera
        v, u = np.mgrid[: camera.height, : camera.width]
        rays = undistort(camera, np.stack([u.ravel(), v.ravel()], -1).astype(float))
        x, y = rays.reshape(camera.height, camera.width, 2).transpose(2, 0, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            floor = np.where(y > 0, self.floor / y, np.inf)
        depth = np.fmin(floor, self.wall)
        what = np.where(floor < self.wall, 0, 1)
        for number, board in ((OTHER, self.other), (BOARD, self.board)):
            hit = (abs(x * board.z - board.x) < board.width / 2) & (
                abs(y * board.z - board.y) < board.height / 2
            )
            hit &= board.z < depth
            depth[hit], what[hit] = board.z, number
        return depth, what

    @property
    def depth(self) -> np.ndarray:
        """[H, W] float64 m."""
        return self._seen[0].copy()

    @cached_property
    def rgb(self) -> np.ndarray:
        """[H, W, 3] uint8."""
        return COLOURS[self._seen[1]]

    def box(self, number: int) -> tuple[float, float, float, float]:
        """Around BOARD or OTHER: x0, y0, x1, y1 [px]."""
        rows, columns = np.nonzero(self._seen[1] == number)
        return (
            float(columns.min()),
            float(rows.min()),
            float(columns.max() + 1),
            float(rows.max() + 1),
        )
