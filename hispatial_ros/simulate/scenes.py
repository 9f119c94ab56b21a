"""Simulated RGB-D scenes whose truth is exact.

``make_scene(seed, family)`` places objects (``layout``), casts one ray per pixel at their exact
shapes (``shapes``), and lets a depth sensor look at the result (``sensor``).
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.simulate.bodies import Body
from hispatial_ros.simulate.layout import FAMILIES, World, make_world
from hispatial_ros.simulate.shading import BACKGROUND, Look, random_look, shade
from hispatial_ros.simulate.shapes import closest_between

MOST_LAYOUTS = 60


@dataclass(eq=False)
class Truth:
    """One object as it really is; optical frame, metres.

    Box axes as in ``MeasuredObject``: right, down, away. "Visible" concerns the pixels that show
    the object; everything else is of the whole object, hidden sides included.
    """

    label: str
    shape: str  # "box", "cylinder", "sphere", "chair", "mug"
    upright: bool  # False: a lying cylinder
    body: Body
    center: np.ndarray  # [3] of the oriented box
    rotation: np.ndarray  # [3, 3] columns right, down, away
    size: np.ndarray  # [3] width, height, depth of the oriented box
    extent: np.ndarray  # [3] of the axis-aligned box
    aligned_center: np.ndarray  # [3] of the axis-aligned box
    nearest: np.ndarray  # [3] point nearest to the camera
    distance: float  # of nearest
    visible_nearest: np.ndarray  # [3] the same among the visible pixels
    visible_distance: float
    visible_fraction: float  # unoccluded share of its pixels
    pixels: int  # visible ones
    yaw: float  # rad, of the right axis about gravity up, from the camera's right

    def center_distance(self, other: "Truth") -> float:
        return float(np.linalg.norm(self.center - other.center))

    def closest_distance(self, other: "Truth") -> float:
        """Between the two surfaces; 0 where they touch. Hollows count as filled."""
        pairs = [closest_between(a, b) for a in self.body.parts for b in other.body.parts]
        return float(min(np.linalg.norm(p - q) for p, q in pairs))


@dataclass(eq=False)
class Scene:
    seed: int
    family: str
    camera: Camera  # the true one; the frame's is what calibration made of it
    frame: Frame
    regions: list[Region]
    truths: list[Truth]  # one per region
    up: np.ndarray  # [3] against gravity, optical frame
    planes: dict[str, tuple[np.ndarray, float]]  # "floor", "wall": normal . p = offset
    depth: np.ndarray  # [H, W] true depth z, m; inf: nothing
    segmentation: np.ndarray  # [H, W] index into truths; BACKGROUND: anything else


def make_scene(seed: int, family: str = "room", **options: Any) -> Scene:
    """A random scene; the same for the same arguments.

    Args:
        seed: any non-negative integer.
        family: key of ``layout.FAMILIES``.
        options: fields of ``layout.Family`` to override, e.g. ``sensor=PERFECT``.
    """
    settings = replace(FAMILIES[family], **options)
    layout_rng, sensor_rng, look_rng = np.random.default_rng(seed).spawn(3)
    for _ in range(MOST_LAYOUTS):
        world = make_world(layout_rng, settings)
        bodies = [b.moved(world.rotation, -world.rotation @ world.eye) for b in world.bodies]
        depth, segmentation, whole = render(world.camera, bodies, planes_of(world))
        kept = []
        for index, body in enumerate(bodies):
            visible = int((segmentation == index).sum())
            enough = visible >= max(settings.min_pixels, settings.min_visible * whole[index])
            if body.listed and enough:
                kept.append(index)
        if len(kept) >= settings.count[0]:
            break
    else:
        raise ValueError(f"no layout of {family!r} with {options} shows enough objects")
    kept = kept[: settings.count[1]]

    planes, up = planes_of(world), world.rotation[:, 2]
    if settings.bullet:
        from hispatial_ros.simulate import bullet  # prints a greeting when imported

        depth, segmentation, _ = bullet.render(world.camera, bodies, planes)
    look = random_look(look_rng) if settings.textured else Look()
    rgb = shade(look, rays(world.camera), bodies, planes, depth, segmentation)
    sensed = settings.sensor.sense(depth, sensor_rng, world.camera)
    camera = settings.sensor.calibrate(world.camera, sensor_rng)
    frame = Frame(rgb, sensed, camera, 0, camera.frame_id)

    index_of = np.full(len(bodies) + 1, BACKGROUND)  # the last one: background, index -1
    index_of[kept] = np.arange(len(kept))
    labels = _labels([bodies[i] for i in kept])
    truths, regions = [], []
    for index, label in zip(kept, labels, strict=True):
        mask = segmentation == index
        truths.append(_truth(bodies[index], label, up, world.camera, depth, mask, whole[index]))
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        left, top = float(columns[0]), float(rows[0])
        right, bottom = float(columns[-1] + 1), float(rows[-1] + 1)
        regions.append(Region(label, (left, top, right, bottom)))
    shown = index_of[segmentation]
    return Scene(seed, family, world.camera, frame, regions, truths, up, planes, depth, shown)


def save(scene: Scene, folder: str | Path) -> None:
    """Write rgb.png, depth.png (16-bit mm), camera.json, regions.json and truth.json."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rgb, depth = scene.frame.rgb, scene.frame.depth
    assert rgb is not None
    assert depth is not None
    cv2.imwrite(str(folder / "rgb.png"), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    cv2.imwrite(str(folder / "depth.png"), depth)
    c = scene.frame.camera
    camera = {key: getattr(c, key) for key in ("width", "height", "fx", "fy", "cx", "cy")}
    camera |= {"distortion_model": c.distortion_model, "d": list(c.d), "frame_id": c.frame_id}
    camera |= {"depth_encoding": "16UC1", "depth_unit": "mm", "invalid_depth": 0}
    regions = [{"label": r.label, "box_xyxy": [int(x) for x in r.box]} for r in scene.regions]
    objects = []
    for truth in scene.truths:
        fields = {k: v for k, v in vars(truth).items() if k != "body"}
        objects.append({k: v.tolist() if hasattr(v, "tolist") else v for k, v in fields.items()})
    pairs = [
        {
            "subject": a.label,
            "object": b.label,
            "center_distance": a.center_distance(b),
            "closest_distance": a.closest_distance(b),
        }
        for i, a in enumerate(scene.truths)
        for b in scene.truths[i + 1 :]
    ]
    planes = {k: {"normal": n.tolist(), "offset": o} for k, (n, o) in scene.planes.items()}
    facts = {"seed": scene.seed, "family": scene.family, "up": scene.up.tolist()}
    facts |= {"planes": planes, "objects": objects, "pairs": pairs}
    for name, data in (("camera", camera), ("regions", regions), ("truth", facts)):
        (folder / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n")


def rays(camera: Camera) -> np.ndarray:
    """Directions through the pixel centres with z = 1, [H, W, 3]."""
    u, v = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    x, y = (u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy
    return np.stack([x, y, np.ones_like(x)], -1)


def planes_of(world: World) -> dict[str, tuple[np.ndarray, float]]:
    """The world's planes in the optical frame."""
    return {
        name: (world.rotation @ normal, float(offset - normal @ world.eye))
        for name, (normal, offset) in world.planes.items()
    }


def render(
    camera: Camera, bodies: list[Body], planes: dict[str, tuple[np.ndarray, float]]
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Depth [H, W], index of the body [H, W], pixels of each body if it stood alone."""
    directions = rays(camera)
    depth = np.full(directions.shape[:2], np.inf)
    for normal, offset in planes.values():
        with np.errstate(divide="ignore"):
            t = offset / (directions @ normal)
        depth = np.where((t > 0) & (t < depth), t, depth)
    segmentation = np.full(depth.shape, BACKGROUND)
    whole = []
    for index, body in enumerate(bodies):
        window = _window(camera, body)
        t = np.minimum.reduce([p.cast(directions[window]) for p in body.parts])
        whole.append(int(np.isfinite(t).sum()))
        closer = t < depth[window]
        depth[window][closer] = t[closer]
        segmentation[window][closer] = index
    return depth, segmentation, whole


def _window(camera: Camera, body: Body) -> tuple[slice, slice]:
    """Rows and columns outside which the body cannot be seen."""
    p = body.corners()
    if p[:, 2].min() < 0.05:
        return slice(0, camera.height), slice(0, camera.width)
    uv = p[:, :2] / p[:, 2:] * [camera.fx, camera.fy] + [camera.cx, camera.cy]
    low = np.clip(np.floor(uv.min(0)), 0, [camera.width, camera.height]).astype(int)
    high = np.clip(np.ceil(uv.max(0)) + 1, 0, [camera.width, camera.height]).astype(int)
    return slice(low[1], high[1]), slice(low[0], high[0])


def _labels(bodies: list[Body]) -> list[str]:
    """Unique names: "red box", and where there are more of them "red box 2"."""
    seen: dict[str, int] = {}
    labels = []
    for body in bodies:
        name = f"{body.color} {body.shape}"
        seen[name] = seen.get(name, 0) + 1
        labels.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return labels


def _truth(body: Body, label, up, camera, depth, mask, whole: int) -> Truth:
    def span(axis: np.ndarray) -> tuple[float, float]:
        low = max(float(p.support(-axis)) for p in body.parts)
        return -low, max(float(p.support(axis)) for p in body.parts)

    down = -up
    first, second = body.axes[:, 0], body.axes[:, 1]
    right = first if abs(first[0]) >= abs(second[0]) else second
    right = right * np.sign(right[0])
    rotation = np.stack([right, down, np.cross(right, down)], 1)
    box = np.array([span(axis) for axis in rotation.T])
    aligned = np.array([span(axis) for axis in np.eye(3)])
    near = min((p.closest(np.zeros(3)) for p in body.parts), key=np.linalg.norm)
    seen = rays(camera)[mask] * depth[mask][:, None]
    seen_near = seen[np.linalg.norm(seen, axis=1).argmin()]
    level_right = np.array([1.0, 0, 0]) - up[0] * up
    return Truth(
        label=label,
        shape=body.shape,
        upright=body.upright,
        body=body,
        center=rotation @ box.mean(1),
        rotation=rotation,
        size=box[:, 1] - box[:, 0],
        extent=aligned[:, 1] - aligned[:, 0],
        aligned_center=aligned.mean(1),
        nearest=near,
        distance=float(np.linalg.norm(near)),
        visible_nearest=seen_near,
        visible_distance=float(np.linalg.norm(seen_near)),
        visible_fraction=float(mask.sum() / whole),
        pixels=int(mask.sum()),
        yaw=float(np.arctan2(np.cross(level_right, right) @ up, level_right @ right)),
    )
