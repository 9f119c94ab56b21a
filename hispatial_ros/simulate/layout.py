"""Where things stand: families of scenes, and the random placement of objects and camera.

The world has z up and the camera above its origin, looking along y. Metres, radians.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.simulate.bodies import Body, solid, turn
from hispatial_ros.simulate.household import FURNITURE, MAKERS, TABLETOP
from hispatial_ros.simulate.sensor import PERFECT, Sensor
from hispatial_ros.simulate.shapes import Box, closest_between

Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Family:
    """What is random about a scene, and within which bounds (m, degrees, pixels)."""

    count: tuple[int, int] = (4, 8)
    shapes: Mapping[str, float] = field(
        default_factory=lambda: {"box": 0.4, "cylinder": 0.35, "sphere": 0.25}
    )
    size: Range = (0.05, 1.0)
    typical: Range = (0.08, 0.6)
    distance: Range = (0.8, 4.5)  # of the objects' base from the camera, along the floor
    camera_height: Range = (0.5, 1.6)
    pitch: Range = (5, 40)  # downwards
    roll: float = 3
    focal: Range = (400, 650)
    wall: Range | None = (0.2, 2.0)  # behind the farthest object; None: nothing
    floor: bool = True  # else the objects float
    table: bool = False  # everything stands on a table top above the floor
    stand: float = 0.35  # chance of a large box that carries small objects
    stacked: float = 0.0  # chance of a flat box without a region under one of the objects
    clutter: int = 0  # most small boxes and cylinders that get no region
    lying: float = 0.25  # share of the cylinders
    behind: float = 0.3  # chance to be placed in another's line of sight
    in_view: float = 1.0  # least share of an object's image box inside the image
    min_visible: float = 0.35  # least unoccluded share of an object that gets a region
    min_pixels: int = 120
    width: int = 640
    height: int = 480
    sensor: Sensor = field(default_factory=Sensor)
    textured: bool = False  # floor, walls and light differ from scene to scene
    bullet: bool = False  # depth from PyBullet's renderer: meshes instead of exact shapes


REALISTIC = Sensor(disparity_step=1 / 348, correlation=1.2, baseline=0.075, grazing=78)

FAMILIES: dict[str, Family] = {
    "room": Family(),
    "bullet": Family(bullet=True),
    "clean": Family(sensor=PERFECT),
    "kinect": Family(sensor=Sensor(disparity_step=1 / 348, correlation=1.2)),
    "clutter": Family(behind=0.8, distance=(0.8, 3.0), min_visible=0.2, count=(6, 8)),
    "truncated": Family(in_view=0.5, typical=(0.2, 0.8), distance=(0.6, 2.5)),
    "far": Family(distance=(3.0, 6.0), typical=(0.2, 0.8), pitch=(5, 20), focal=(480, 650)),
    "tabletop": Family(
        shapes={"box": 0.3, "cylinder": 0.3, "sphere": 0.2, "mug": 0.2},
        size=(0.03, 0.25),
        typical=(0.03, 0.15),
        distance=(0.25, 0.8),
        camera_height=(0.25, 0.6),
        pitch=(20, 50),
        table=True,
        stand=0.0,
    ),
    "floating": Family(
        floor=False, pitch=(-10, 10), typical=(0.08, 0.5), distance=(0.8, 3.0), stand=0.0
    ),
    "chairs": Family(
        shapes={"chair": 0.5, "box": 0.2, "cylinder": 0.2, "sphere": 0.1},
        typical=(0.1, 0.5),
        camera_height=(0.8, 1.6),
        pitch=(10, 35),
        distance=(1.2, 4.0),
    ),
    "everyday tabletop": Family(
        shapes={name: 1 / len(TABLETOP) for name in TABLETOP},
        count=(3, 6),
        distance=(0.35, 1.1),
        camera_height=(0.25, 0.6),
        pitch=(20, 45),
        focal=(520, 580),
        table=True,
        stand=0.0,
        stacked=0.4,
        clutter=4,
        min_visible=0.5,
        sensor=REALISTIC,
    ),
    "everyday furniture": Family(
        shapes={name: 1 / len(FURNITURE) for name in FURNITURE},
        count=(1, 4),
        distance=(1.3, 5.0),
        camera_height=(0.9, 1.5),
        pitch=(8, 25),
        focal=(520, 580),
        wall=(0.05, 1.5),
        stand=0.0,
        clutter=4,
        in_view=0.99,
        min_visible=0.6,
        min_pixels=800,
        sensor=REALISTIC,
    ),
}


@dataclass(eq=False)
class World:
    camera: Camera
    rotation: np.ndarray  # world to optical: p_optical = rotation (p - eye)
    eye: np.ndarray
    bodies: list[Body]
    planes: dict[str, tuple[np.ndarray, float]]  # name -> normal, offset: normal . p = offset


def make_world(rng: np.random.Generator, family: Family) -> World:
    """A random camera before random objects; they neither intersect nor float unless asked to."""
    camera, rotation, eye = _camera(rng, family)
    world = World(camera, rotation, eye, [], {})
    if family.floor:
        world.planes["floor"] = (np.array([0, 0, 1.0]), -0.75 if family.table else 0.0)
    if family.table:
        far = family.distance[1]
        top = np.array([rng.uniform(1.2, 2.0), far + rng.uniform(0, 0.4), 0.03])
        place = np.array([rng.uniform(-0.2, 0.2), top[1] / 2 + 0.1, -top[2] / 2])
        table = Box(position=place, rotation=turn(rng.uniform(-0.1, 0.1)), sides=top)
        world.bodies.append(Body("table", [table], table.rotation, "brown", listed=False))
    wanted = int(rng.integers(family.count[0], family.count[1] + 1))
    if rng.random() < family.stand:
        sides = rng.uniform([0.5, 0.4, 0.3], [1.0, 0.8, 0.75])
        stand = _place(rng, family, world, lambda: solid(rng, "box", sides, 0))
        if stand is not None:
            for _ in range(int(rng.integers(1, 4))):
                _place(rng, family, world, lambda: _small(rng, family), on=stand)
    if family.stacked and rng.random() < family.stacked:
        sides = rng.uniform([0.22, 0.18, 0.03], [0.32, 0.28, 0.12])
        stand = _place(rng, family, world, lambda: solid(rng, "box", sides, 0))
        if stand is not None:
            stand.listed = False
            _place(rng, family, world, lambda: _random_body(rng, family), on=stand)
    for _ in range(40):
        if sum(b.listed for b in world.bodies) >= wanted:
            break
        _place(rng, family, world, lambda: _random_body(rng, family))
    for _ in range(int(rng.integers(0, family.clutter + 1)) if family.clutter else 0):
        stuff = _place(rng, family, world, lambda: _small(rng, family))
        if stuff is not None:
            stuff.listed = False
    if family.wall is not None and world.bodies:
        normal = turn(rng.uniform(-0.4, 0.4)) @ np.array([0, -1.0, 0])
        nearest = min(-p.support(-normal) for b in world.bodies for p in b.parts)
        world.planes["wall"] = (normal, float(nearest - rng.uniform(*family.wall)))
    return world


def _camera(rng: np.random.Generator, family: Family) -> tuple[Camera, np.ndarray, np.ndarray]:
    fx = rng.uniform(*family.focal) * family.width / 640
    cx, cy = np.array([family.width - 1, family.height - 1]) / 2 + rng.uniform(-12, 12, 2)
    camera = Camera(
        width=family.width,
        height=family.height,
        fx=round(fx, 2),
        fy=round(fx * rng.uniform(0.98, 1.02), 2),
        cx=round(float(cx), 2),
        cy=round(float(cy), 2),
        d=(0.0,) * 5,
        frame_id="camera_color_optical_frame",
    )
    pitch = np.radians(rng.uniform(*family.pitch))
    roll = np.radians(rng.uniform(-family.roll, family.roll))
    forward = np.array([0, np.cos(pitch), -np.sin(pitch)])
    right = np.array([1.0, 0, 0])
    down = np.cross(forward, right)
    right, down = (
        np.cos(roll) * right + np.sin(roll) * down,
        np.cos(roll) * down - np.sin(roll) * right,
    )
    return (
        camera,
        np.stack([right, down, forward]),
        np.array([0, 0, rng.uniform(*family.camera_height)]),
    )


def _place(rng, family, world: World, make, on: Body | None = None, tries: int = 60) -> Body | None:
    """Put a body on the floor (or on another), clear of the others and inside the image."""
    body = make()
    corners = body.corners()
    body = body.moved(np.eye(3), np.array([0, 0, -corners[:, 2].min()]))  # base at z = 0
    reach = np.linalg.norm(body.corners()[:, :2], axis=1).max()
    for _ in range(tries):
        spot = _spot(rng, family, world, on)
        if spot is None or np.hypot(spot[0], spot[1]) < reach + 0.15:
            continue
        candidate = body.moved(np.eye(3), spot)
        if (
            in_view(candidate, world) >= family.in_view
            and (on is None or _carried(candidate, on))
            and (not family.table or _carried(candidate, world.bodies[0]))
            and _clear(candidate, world, on)
        ):
            world.bodies.append(candidate)
            return candidate
    return None


def _spot(rng, family: Family, world: World, on: Body | None) -> np.ndarray | None:
    """A random point in view to stand on."""
    if on is not None:
        box = on.parts[0]
        u = rng.uniform(-0.4, 0.4, 2)
        return box.position + box.rotation @ (np.array([*u, 0.5]) * box.size)
    camera = world.camera
    pixel = rng.uniform([0, 0], [camera.width, camera.height])
    others = [b for b in world.bodies if b.listed]
    if others and rng.random() < family.behind:
        other = others[rng.integers(len(others))].corners().mean(0)
        p = world.rotation @ (other - world.eye)
        pixel[0] = camera.fx * p[0] / p[2] + camera.cx + rng.normal(0, 25)
    ray = world.rotation.T @ [
        (pixel[0] - camera.cx) / camera.fx,
        (pixel[1] - camera.cy) / camera.fy,
        1.0,
    ]
    low, high = family.distance
    if not family.floor:
        return world.eye + ray * rng.uniform(low, high)
    # Uniform in distance, not in image rows: those would crowd the foreground.
    distance = rng.uniform(low, high)
    return np.array([*(ray[:2] / np.hypot(*ray[:2]) * distance), 0.0])


def in_view(body: Body, world: World) -> float:
    """Share of the image box around the body's corners that lies inside the image."""
    p = (body.corners() - world.eye) @ world.rotation.T
    if p[:, 2].min() < 0.2:
        return 0.0
    camera = world.camera
    uv = p[:, :2] / p[:, 2:] * [camera.fx, camera.fy] + [camera.cx, camera.cy]
    low, high = uv.min(0), uv.max(0)
    inside = np.clip([low, high], 0, [camera.width - 1, camera.height - 1])
    return float(np.prod(inside[1] - inside[0]) / np.prod(high - low))


def _carried(body: Body, support: Body) -> bool:
    """Whether the body's footprint lies within the top of a supporting box."""
    box = support.parts[0]
    local = box.to_local(body.corners())
    return bool((np.abs(local[:, :2]) <= box.size[:2] / 2).all())


def _clear(body: Body, world: World, on: Body | None) -> bool:
    """Whether at least 1 cm of air is between the body and the others."""
    for other in world.bodies:
        if other is on or (other.shape == "table" and not other.listed):
            continue
        for a in body.parts:
            for b in other.parts:
                gap = np.linalg.norm(a.position - b.position)
                if gap > (np.linalg.norm(a.size) + np.linalg.norm(b.size)) / 2 + 0.01:
                    continue
                p, q = closest_between(a, b)
                if np.linalg.norm(p - q) < 0.01:
                    return False
    return True


def _random_body(rng, family: Family) -> Body:
    names = list(family.shapes)
    shape = names[rng.choice(len(names), p=np.array(list(family.shapes.values())))]
    if shape in MAKERS:
        return MAKERS[shape](rng)
    sides = np.exp(rng.uniform(*np.log(family.typical))) * 2.0 ** rng.uniform(-1, 1, 3)
    return solid(rng, shape, sides.clip(*family.size), family.lying)


def _small(rng, family: Family) -> Body:
    sides = np.exp(rng.uniform(np.log(0.06), np.log(0.3), 3))
    return solid(rng, ("box", "cylinder", "sphere")[rng.integers(3)], sides, family.lying)
