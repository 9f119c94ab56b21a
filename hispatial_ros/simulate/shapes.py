"""Exact geometry of simple solids: ray casting, extent, closest points.

Solids live in whatever right-handed frame their pose is given in; the scenes use the camera's
optical frame (x right, y down, z forward, metres). Everything is in closed form, except the
distance between two solids, an accelerated projection accurate to about a micrometre.
"""

from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True, eq=False, kw_only=True)
class Solid:
    """A convex solid centred on ``position``, its local axes the columns of ``rotation``."""

    position: np.ndarray  # [3] m
    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))  # [3, 3]

    @property
    def size(self) -> np.ndarray:
        """Full size along the local axes, [3] m."""
        raise NotImplementedError

    def moved(self, rotation: np.ndarray, translation: np.ndarray) -> "Solid":
        """The same solid in another frame: p -> rotation p + translation."""
        return replace(
            self,
            position=rotation @ self.position + translation,
            rotation=rotation @ self.rotation,
        )

    def to_local(self, points: np.ndarray) -> np.ndarray:
        return (points - self.position) @ self.rotation

    def cast(self, directions: np.ndarray) -> np.ndarray:
        """Where rays from the origin enter the solid.

        Args:
            directions: [..., 3]; with a z component of 1 the result is the depth z.

        Returns:
            [...] factor t > 0 of the entry point t * direction; inf where the ray misses.
        """
        origin = np.broadcast_to(self.to_local(np.zeros(3)), directions.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            enter, leave = self._interval(origin, directions @ self.rotation)
            return np.where((enter <= leave) & (enter > 0), enter, np.inf)

    def _interval(self, o: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Local ray o + t d: the t at which it enters and leaves; enter > leave: it misses."""
        raise NotImplementedError

    def support(self, directions: np.ndarray) -> np.ndarray:
        """The largest direction . p over the solid, for directions [..., 3] -> [...]."""
        return directions @ self.position + self._support(directions @ self.rotation)

    def _support(self, d: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def closest(self, points: np.ndarray) -> np.ndarray:
        """The solid's point closest to each of ``points`` [..., 3] (itself, if inside)."""
        return self._closest(self.to_local(points)) @ self.rotation.T + self.position

    def _closest(self, p: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def normals(self, points: np.ndarray) -> np.ndarray:
        """Outward unit normals at surface points [N, 3]."""
        return self._normals(self.to_local(points)) @ self.rotation.T

    def _normals(self, p: np.ndarray) -> np.ndarray:
        raise NotImplementedError


def _slab(o: np.ndarray, d: np.ndarray, half: float) -> tuple[np.ndarray, np.ndarray]:
    """Interval of t in which |o + t d| <= half, for one coordinate."""
    a, b = (-half - o) / d, (half - o) / d
    return np.fmin(a, b), np.fmax(a, b)


def _ball(o: np.ndarray, d: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Interval of t in which |o + t d| <= radius, over the last axis (a disc in 2D)."""
    a, b = (d * d).sum(-1), (o * d).sum(-1)
    c = (o * o).sum(-1) - radius * radius
    root = np.sqrt(b * b - a * c)  # NaN: a miss
    always = (a == 0) & (c <= 0)  # along the axis of a cylinder, inside it
    return np.where(always, -np.inf, (-b - root) / a), np.where(always, np.inf, (-b + root) / a)


@dataclass(frozen=True, eq=False, kw_only=True)
class Box(Solid):
    sides: np.ndarray  # [3] m

    @property
    def size(self) -> np.ndarray:
        return np.asarray(self.sides, float)

    def _interval(self, o, d):
        pairs = [_slab(o[..., i], d[..., i], self.size[i] / 2) for i in range(3)]
        enter = np.maximum.reduce([p[0] for p in pairs])
        return enter, np.minimum.reduce([p[1] for p in pairs])

    def _support(self, d):
        return np.abs(d) @ (self.size / 2)

    def _closest(self, p):
        return np.clip(p, -self.size / 2, self.size / 2)

    def _normals(self, p):
        face = np.abs(np.abs(p) - self.size / 2).argmin(-1)
        return np.eye(3)[face] * np.sign(p)


@dataclass(frozen=True, eq=False, kw_only=True)
class Cylinder(Solid):
    """Its axis is the local z."""

    radius: float
    height: float

    @property
    def size(self) -> np.ndarray:
        return np.array([2 * self.radius, 2 * self.radius, self.height])

    def _interval(self, o, d):
        disc = _ball(o[..., :2], d[..., :2], self.radius)
        slab = _slab(o[..., 2], d[..., 2], self.height / 2)
        return np.maximum(disc[0], slab[0]), np.minimum(disc[1], slab[1])

    def _support(self, d):
        across = np.linalg.norm(d[..., :2], axis=-1)
        return across * self.radius + np.abs(d[..., 2]) * self.height / 2

    def _closest(self, p):
        across = np.linalg.norm(p[..., :2], axis=-1, keepdims=True)
        flat = p[..., :2] * np.minimum(1, self.radius / np.maximum(across, 1e-12))
        return np.concatenate([flat, p[..., 2:].clip(-self.height / 2, self.height / 2)], -1)

    def _normals(self, p):
        across = np.linalg.norm(p[..., :2], axis=-1)
        cap = np.abs(np.abs(p[..., 2]) - self.height / 2) < np.abs(across - self.radius)
        side = np.concatenate(
            [p[..., :2] / np.maximum(across, 1e-12)[..., None], 0 * p[..., 2:]], -1
        )
        top = np.zeros_like(p)
        top[..., 2] = np.sign(p[..., 2])
        return np.where(cap[..., None], top, side)


@dataclass(frozen=True, eq=False, kw_only=True)
class Cup(Cylinder):
    """A cylinder open at its local +z, hollow down to a floor of the wall's thickness.

    Distances are to its hull: only ray casting looks inside.
    """

    wall: float

    @property
    def hollow(self) -> Cylinder:
        return Cylinder(
            position=self.position + self.rotation[:, 2] * self.wall / 2,
            rotation=self.rotation,
            radius=self.radius - self.wall,
            height=self.height - self.wall,
        )

    def cast(self, directions):
        outer = super().cast(directions)
        inner = self.hollow
        hit = np.isfinite(outer)
        entry = self.to_local(np.where(hit, outer, 0)[..., None] * directions)
        opening = (entry[..., 2] > self.height / 2 - 1e-9) & (
            np.hypot(entry[..., 0], entry[..., 1]) < inner.radius
        )
        origin = np.broadcast_to(inner.to_local(np.zeros(3)), directions.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            _, leave = inner._interval(origin, directions @ inner.rotation)
        return np.where(hit & opening, leave, outer)

    def _normals(self, p):
        inside = (np.hypot(p[..., 0], p[..., 1]) < self.radius - self.wall / 2) & (
            p[..., 2] > self.wall / 2 - self.height / 2
        )
        inner = self.hollow
        shift = np.array([0, 0, self.wall / 2])
        return np.where(inside[..., None], -inner._normals(p - shift), super()._normals(p))


@dataclass(frozen=True, eq=False, kw_only=True)
class Sphere(Solid):
    radius: float

    @property
    def size(self) -> np.ndarray:
        return np.full(3, 2 * self.radius)

    def _interval(self, o, d):
        return _ball(o, d, self.radius)

    def _support(self, d):
        return np.linalg.norm(d, axis=-1) * self.radius

    def _closest(self, p):
        norm = np.linalg.norm(p, axis=-1, keepdims=True)
        return p * np.minimum(1, self.radius / np.maximum(norm, 1e-12))

    def _normals(self, p):
        return p / np.linalg.norm(p, axis=-1, keepdims=True)


def closest_between(a: Solid, b: Solid, iterations: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """The closest points of two convex solids.

    Minimises the distance from x in a to b by accelerated projected gradient with restart
    (Beck and Teboulle 2009; O'Donoghue and Candes 2015).

    Returns:
        One point of each, [3] and [3]; the same point where the solids intersect.
    """
    x = previous = a.closest(b.position)
    y, t = x, 1.0
    for _ in range(iterations):
        x = a.closest(b.closest(y))
        if np.dot(y - x, x - previous) > 0:
            t = 1.0
        t_next = (1 + np.sqrt(1 + 4 * t * t)) / 2
        y = x + (t - 1) / t_next * (x - previous)
        if np.abs(x - previous).max() < 1e-9 and np.abs(y - x).max() < 1e-9:
            break
        previous, t = x, t_next
    q = b.closest(x)
    return a.closest(q), q
