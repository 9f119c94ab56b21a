"""Everyday things as unions of convex solids: bulged, rimmed, rounded, with handles and thin legs.

Every maker takes a random generator and gives a body with its third axis up, yaw random.
"""

from collections.abc import Callable, Sequence

import numpy as np

from hispatial_ros.simulate.bodies import COLORS, Body, chair, mug, turn
from hispatial_ros.simulate.shapes import Box, Cup, Cylinder, Solid, Sphere

SLICES = 14  # of what is turned on a lathe


def _body(rng: np.random.Generator, shape: str, parts: Sequence[Solid]) -> Body:
    axes = turn(rng.uniform(-np.pi, np.pi))
    color = list(COLORS)[rng.integers(len(COLORS))]
    return Body(shape, [p.moved(axes, np.zeros(3)) for p in parts], axes, color)


def _box(center, sides, rotation=None) -> Box:
    rotation = np.eye(3) if rotation is None else rotation
    return Box(position=np.array(center, float), rotation=rotation, sides=np.array(sides, float))


def _post(x, y, low, high, radius) -> Cylinder:
    """An upright cylinder."""
    return Cylinder(position=np.array([x, y, (low + high) / 2]), radius=radius, height=high - low)


def _bar(start, end, radius) -> Cylinder:
    """A cylinder from one point to another."""
    start, end = np.array(start, float), np.array(end, float)
    along = end - start
    length = float(np.linalg.norm(along))
    along /= length
    side = np.cross(along, [0, 0, 1.0] if abs(along[2]) < 0.9 else [1.0, 0, 0])
    side /= np.linalg.norm(side)
    rotation = np.stack([side, np.cross(along, side), along], 1)
    return Cylinder(position=(start + end) / 2, rotation=rotation, radius=radius, height=length)


def _turned(radius: Callable[[float], float], height: float) -> list[Solid]:
    """A stack of discs, radius [m] as a function of 0 .. 1 from bottom to top."""
    step = height / SLICES
    return [
        _post(0, 0, i * step, (i + 1) * step, radius((i + 0.5) / SLICES)) for i in range(SLICES)
    ]


def _rounded(sides, edge, center=(0, 0, 0)) -> list[Solid]:
    """A box whose upright edges are round."""
    (w, d, h), (x, y, z) = sides, center
    low, high = z - h / 2, z + h / 2
    posts = [
        _post(x + a * (w / 2 - edge), y + b * (d / 2 - edge), low, high, edge)
        for a in (-1, 1)
        for b in (-1, 1)
    ]
    return [_box(center, (w - 2 * edge, d, h)), _box(center, (w, d - 2 * edge, h)), *posts]


def bottle(rng) -> Body:
    height, wide = rng.uniform(0.15, 0.32), rng.uniform(0.03, 0.045)
    shoulder, bulge, neck = rng.uniform(0.55, 0.75), rng.uniform(0, 0.12), rng.uniform(0.3, 0.45)

    def radius(t: float) -> float:
        if t < shoulder:
            return wide * (1 - bulge * np.sin(np.pi * t / shoulder) ** 2)
        fall = min((t - shoulder) / 0.2, 1)
        return wide * (1 + (neck - 1) * fall)

    return _body(rng, "bottle", _turned(radius, height))


def flat_bottle(rng) -> Body:
    """Detergent: a rounded box with a shoulder and a cap beside the middle."""
    w, d, h = rng.uniform([0.08, 0.05, 0.16], [0.11, 0.07, 0.22])
    parts = _rounded((w, d, h), d * 0.35, (0, 0, h / 2))
    parts += _rounded((w * 0.6, d * 0.8, 0.03), d * 0.3, (w * 0.15, 0, h + 0.015))
    parts.append(_post(w * 0.2, 0, h + 0.03, h + rng.uniform(0.05, 0.07), 0.016))
    return _body(rng, "flat bottle", parts)


def can(rng) -> Body:
    radius, height = rng.uniform(0.03, 0.05), rng.uniform(0.03, 0.15)
    parts: list[Solid] = [
        _post(0, 0, 0.004, height - 0.004, radius - 0.0015),
        _post(0, 0, 0, 0.004, radius),
    ]
    parts.append(
        Cup(position=np.array([0, 0, height - 0.004]), radius=radius, height=0.008, wall=0.0015)
    )
    return _body(rng, "can", parts)


def jug(rng) -> Body:
    """Slightly conical, with a thick handle and a lip."""
    wide, height, taper = rng.uniform(0.045, 0.07), rng.uniform(0.17, 0.25), rng.uniform(-0.1, 0.15)
    parts = _turned(lambda t: wide * (1 - taper * t), height)
    reach, bar = rng.uniform(0.03, 0.05), 0.011
    low, high = 0.2 * height, 0.85 * height
    out = wide + reach
    parts += [_bar((wide * 0.8, 0, z), (out, 0, z), bar) for z in (low, high)]
    parts.append(_bar((out, 0, low), (out, 0, high), bar))
    parts.append(_box((-wide * (1 - taper), 0, height - 0.015), (0.03, 0.03, 0.03)))
    return _body(rng, "jug", parts)


def bowl(rng) -> Body:
    radius, height = rng.uniform(0.06, 0.09), rng.uniform(0.05, 0.075)
    cup = Cup(
        position=np.array([0, 0, height / 2 + 0.01]), radius=radius, height=height, wall=0.004
    )
    return _body(rng, "bowl", [cup, _post(0, 0, 0, 0.012, radius * 0.6)])


def pack(rng) -> Body:
    """A carton or a brick of foam, edges more or less round, sides bulging."""
    sides = np.sort(rng.uniform([0.03, 0.05, 0.07], [0.07, 0.16, 0.22]))[rng.permutation(3)]
    parts = _rounded(sides, min(sides[:2]) * rng.uniform(0.02, 0.3), (0, 0, sides[2] / 2))
    bulge = rng.uniform(0, 0.004)
    inner = (sides[0] * 0.6, sides[1] + 2 * bulge, sides[2] * 0.6)
    parts.append(_box((0, 0, sides[2] / 2), inner))
    return _body(rng, "pack", parts)


def clamp(rng) -> Body:
    """Lies flat: two jaws, two handles that spread."""
    scale, thick = rng.uniform(0.7, 1.2), rng.uniform(0.008, 0.013)
    z, spread = rng.uniform(0.012, 0.018), rng.uniform(0.02, 0.045)
    joint = (0, 0, z)
    parts: list[Solid] = [_post(0, 0, 0, 2 * z, 0.014)]
    for side in (-1, 1):
        parts.append(_bar(joint, (side * spread * scale, -0.1 * scale, z), thick))
        elbow = (side * 0.04 * scale, 0.03 * scale, z)
        parts += [_bar(joint, elbow, thick), _bar(elbow, (side * 0.01, 0.08 * scale, z), thick)]
    return _body(rng, "clamp", parts)


def drill(rng) -> Body:
    """Lies on its side: motor with chuck, handle, battery."""
    radius, length = rng.uniform(0.024, 0.03), rng.uniform(0.13, 0.17)
    parts: list[Solid] = [
        _bar((-length / 2, 0, radius), (length * 0.3, 0, radius), radius),
        _bar((length * 0.3, 0, radius), (length * 0.62, 0, radius), radius * 0.55),
        _box((-0.03, -0.07, radius), (0.04, 0.13, 0.036)),
        _box((-0.02, -0.145, radius), (0.085, 0.05, 2 * radius)),
    ]
    return _body(rng, "drill", parts)


def marker(rng) -> Body:
    radius, half = rng.uniform(0.008, 0.012), rng.uniform(0.055, 0.075)
    return _body(rng, "marker", [_bar((-half, 0, radius), (half, 0, radius), radius)])


def banana(rng) -> Body:
    bend, length, thick = rng.uniform(0.6, 1.3), rng.uniform(0.14, 0.2), rng.uniform(0.015, 0.019)
    arc = length / bend
    turns = np.linspace(-bend / 2, bend / 2, 9)
    at = [np.array([arc * np.sin(a), arc * (1 - np.cos(a)), thick]) for a in turns]
    taper = thick * (1 - 0.55 * np.abs(np.linspace(-1, 1, 9)) ** 3)
    parts: list[Solid] = [
        Sphere(position=p, radius=float(r)) for p, r in zip(at, taper, strict=True)
    ]
    parts += [_bar(at[i], at[i + 1], float(min(taper[i : i + 2]))) for i in range(8)]
    return _body(rng, "banana", parts)


def figure(rng) -> Body:
    """A toy: balls on one another, with arms."""
    r = rng.uniform(0.02, 0.04)
    parts: list[Solid] = [
        Sphere(position=np.array([0, 0, r]), radius=r),
        Sphere(position=np.array([0, 0, 2.3 * r]), radius=0.8 * r),
        Sphere(position=np.array([0, 0, 3.6 * r]), radius=0.6 * r),
        _bar((-1.6 * r, 0, 2.6 * r), (1.6 * r, 0, 2.6 * r), 0.25 * r),
    ]
    return _body(rng, "figure", parts)


def _legs(width, depth, height, inset, radius) -> list[Solid]:
    return [
        _post(x * (width / 2 - inset), y * (depth / 2 - inset), 0, height, radius)
        for x in (-1, 1)
        for y in (-1, 1)
    ]


def table(rng) -> Body:
    w, d, h = rng.uniform([0.6, 0.5, 0.4], [1.8, 0.9, 0.78])
    leg = rng.uniform(0.015, 0.035)
    parts = [_box((0, 0, h - 0.0175), (w, d, 0.035)), *_legs(w, d, h - 0.03, 0.08, leg)]
    return _body(rng, "table", parts)


def refrigerator(rng) -> Body:
    w, d, h = rng.uniform([0.55, 0.55, 1.4], [0.9, 0.85, 1.9])
    parts: list[Solid] = [
        _box((0, 0, h / 2), (w, d, h)),
        _box((0, -d / 2 - 0.02, h * 0.35), (w, 0.04, h * 0.66)),
        _box((0, -d / 2 - 0.02, h * 0.85), (w, 0.04, h * 0.28)),
        _bar((w * 0.4, -d / 2 - 0.06, h * 0.4), (w * 0.4, -d / 2 - 0.06, h * 0.62), 0.012),
    ]
    return _body(rng, "refrigerator", parts)


def bed(rng) -> Body:
    w, d, h = rng.uniform([0.9, 1.9, 0.4], [1.7, 2.1, 0.6])
    parts: list[Solid] = [
        *_rounded((w, d, h - 0.12), 0.06, (0, 0, (h - 0.12) / 2 + 0.12)),
        _box((0, d / 2, 0.5), (w + 0.06, 0.06, 1.0)),
        *_legs(w, d, 0.13, 0.1, 0.03),
    ]
    parts += _rounded((w * 0.4, 0.4, 0.12), 0.08, (w * 0.22, d / 2 - 0.27, h + 0.05))
    return _body(rng, "bed", parts)


def night_stand(rng) -> Body:
    w, d, h = rng.uniform([0.4, 0.35, 0.45], [0.55, 0.45, 0.65])
    parts: list[Solid] = [
        _box((0, 0, h / 2 + 0.05), (w, d, h - 0.1)),
        _box((0, 0, h - 0.012), (w + 0.04, d + 0.04, 0.024)),
        *_legs(w, d, 0.1, 0.04, 0.02),
        Sphere(position=np.array([0, -d / 2 - 0.01, h * 0.65]), radius=0.02),
    ]
    return _body(rng, "night stand", parts)


def armchair(rng) -> Body:
    w, d, seat = rng.uniform([0.7, 0.7, 0.38], [0.95, 0.9, 0.46])
    back, arm = rng.uniform(0.75, 0.95), rng.uniform(0.1, 0.18)
    parts = _rounded((w, d, seat - 0.08), 0.05, (0, 0, (seat - 0.08) / 2 + 0.08))
    parts += _rounded((w, 0.18, back - 0.1), 0.06, (0, d / 2 - 0.09, (back - 0.1) / 2 + 0.1))
    for side in (-1, 1):
        at = (side * (w - arm) / 2, -0.03, 0.35)
        parts += _rounded((arm, d - 0.1, 0.5), 0.04, at)
    parts += _legs(w, d, 0.1, 0.08, 0.025)
    return _body(rng, "armchair", parts)


def sofa(rng) -> Body:
    """L-shaped."""
    w, d, long = rng.uniform([1.8, 0.8, 1.4], [2.4, 0.95, 1.8])
    parts: list[Solid] = [
        _box((0, 0, 0.22), (w, d, 0.42)),
        _box((w / 2 - d / 2, -(long - d) / 2 - d / 2 + 0.01, 0.22), (d, long - d + 0.02, 0.42)),
        *_rounded((w, 0.22, 0.78), 0.08, (0, d / 2 - 0.11, 0.41)),
        *_rounded((0.18, d, 0.55), 0.06, (-w / 2 + 0.09, 0, 0.3)),
    ]
    return _body(rng, "sofa", parts)


def monitor(rng) -> Body:
    w, h = rng.uniform([0.45, 0.28], [0.65, 0.4])
    parts: list[Solid] = [
        _box((0, 0, 0.1 + h / 2), (w, 0.04, h)),
        _post(0, 0.03, 0.01, 0.2, 0.02),
        _box((0, 0.02, 0.008), (0.24, 0.18, 0.016)),
    ]
    return _body(rng, "monitor", parts)


def bin_(rng) -> Body:
    """Open, wider at the top."""
    radius, height = rng.uniform(0.13, 0.22), rng.uniform(0.3, 0.7)
    parts: list[Solid] = [
        Cup(
            position=np.array([0, 0, (i + 0.5) * height / 3]),
            radius=radius * (0.88 + 0.06 * i),
            height=height / 3,
            wall=0.008,
        )
        for i in (2,)
    ]
    parts += [
        _post(0, 0, i * height / 3, (i + 1) * height / 3, radius * (0.88 + 0.06 * i))
        for i in (0, 1)
    ]
    return _body(rng, "bin", parts)


def shelf(rng) -> Body:
    """Open in front."""
    w, d, h = rng.uniform([0.5, 0.28, 0.6], [1.1, 0.42, 1.5])
    thick, boards = 0.02, int(rng.integers(2, 5))
    parts: list[Solid] = [_box((0, d / 2 - thick / 2, h / 2), (w, thick, h))]
    parts += [_box((s * (w - thick) / 2, 0, h / 2), (thick, d, h)) for s in (-1, 1)]
    parts += [
        _box((0, 0, thick / 2 + i * (h - thick) / boards), (w, d, thick)) for i in range(boards + 1)
    ]
    return _body(rng, "shelf", parts)


def tote(rng) -> Body:
    w, d, h = rng.uniform([0.45, 0.3, 0.2], [0.65, 0.45, 0.35])
    parts: list[Solid] = [_box((0, 0, 0.01), (w - 0.04, d - 0.04, 0.02))]
    parts += [_box((s * (w / 2 - 0.02), 0, h / 2), (0.02, d - 0.03, h)) for s in (-1, 1)]
    parts += [_box((0, s * (d / 2 - 0.02), h / 2), (w - 0.03, 0.02, h)) for s in (-1, 1)]
    parts += [_box((s * (w / 2 - 0.01), 0, h - 0.02), (0.02, 0.1, 0.03)) for s in (-1, 1)]
    return _body(rng, "tote", parts)


def vase(rng) -> Body:
    height, wide = rng.uniform(0.25, 0.6), rng.uniform(0.08, 0.16)
    phase = rng.uniform(0.5, 1.2)
    return _body(
        rng, "vase", _turned(lambda t: wide * (0.65 + 0.35 * np.sin(4 * t + phase)), height)
    )


def mailbox(rng) -> Body:
    height = rng.uniform(0.9, 1.2)
    parts: list[Solid] = [
        _box((0, 0, height / 2), (0.09, 0.09, height)),
        _box((0, 0, height + 0.07), (0.17, 0.45, 0.14)),
        _bar((0, -0.225, height + 0.14), (0, 0.225, height + 0.14), 0.085),
    ]
    return _body(rng, "mailbox", parts)


def block(rng) -> Body:
    w, d, h = rng.uniform([0.15, 0.15, 0.15], [0.45, 0.3, 0.3])
    return _body(rng, "block", [_box((0, 0, h / 2), (w, d, h))])


def ball(rng) -> Body:
    r = rng.uniform(0.09, 0.16)
    return _body(rng, "ball", [Sphere(position=np.array([0, 0, r]), radius=r)])


TABLETOP: dict[str, Callable[[np.random.Generator], Body]] = {
    f.__name__: f
    for f in (bottle, flat_bottle, can, jug, bowl, pack, clamp, drill, marker, banana, figure, mug)
}
FURNITURE: dict[str, Callable[[np.random.Generator], Body]] = {
    f.__name__: f
    for f in (
        table, refrigerator, bed, night_stand, armchair, sofa, monitor, bin_, shelf, tote, vase,
        mailbox, block, ball, chair,
    )
}  # fmt: skip
MAKERS = TABLETOP | FURNITURE
