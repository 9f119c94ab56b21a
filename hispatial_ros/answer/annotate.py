"""Draws measured objects and relations into the image they were measured on."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, pairwise

import cv2
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from hispatial_ros.answer.colors import Color, Colors
from hispatial_ros.answer.phrasing import plus_minus
from hispatial_ros.camera.distortion import project
from hispatial_ros.camera.model import Camera
from hispatial_ros.measure.types import MeasuredObject, Relation

INK = (24, 24, 28)
PAPER = (255, 255, 255)
VEIL = 0.35  # share of an object's colour on its pixels
NEAR_PLANE = 0.05  # m; what is nearer or behind the camera cannot be projected

# Corners of the unit box as signs along its axes; an edge joins corners that differ in one sign.
CORNERS = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
EDGES = [(a, b) for a, b in combinations(range(8), 2) if np.abs(CORNERS[a] - CORNERS[b]).sum() == 2]


def box_corners(obj: MeasuredObject) -> np.ndarray:
    """Corners of the oriented box, [8, 3], in the object's frame."""
    return obj.center + (CORNERS * obj.size / 2) @ obj.rotation.T


def name_of(obj: MeasuredObject) -> str:
    """Label of an object in pictures: its name and how far it is."""
    return f"{obj.label} {plus_minus(obj.distance, obj.distance_stddev)} m"


def length_of(relation: Relation) -> str:
    """Label of a line in pictures: the distance between the centres."""
    return f"{plus_minus(relation.center_distance, relation.center_distance_stddev)} m"


def annotate(
    rgb: np.ndarray,
    camera: Camera,
    objects: Sequence[MeasuredObject],
    relations: Iterable[Relation] = (),
    text: str = "",
    scale: int = 1,
    colors: Mapping[str, Color] | None = None,
    masks: np.ndarray | None = None,
) -> np.ndarray:
    """The image with masks, boxes, names, distances, lines and a caption drawn into it.

    Args:
        rgb: [H, W, 3] uint8. Not modified.
        camera: Calibration at the image's size. Lens distortion is honoured.
        objects: Measured in the camera's optical frame.
        relations: Drawn as lines between the two centres, with the centre distance.
        text: Caption; every line is drawn below the image's content, over a dark band.
        scale: Enlarges the picture before drawing, so that names stay readable on small images.
        colors: By object id; None: as `Colors` gives them.
        masks: [h, w] index of the object that each pixel shows, -1 for none; see `object_masks`.

    Returns:
        [scale * H, scale * W, 3] uint8.
    """
    height, width = rgb.shape[:2]
    canvas = np.ascontiguousarray(rgb)
    if scale != 1:
        size = (width * scale, height * scale)
        canvas = cv2.resize(canvas, size, interpolation=cv2.INTER_CUBIC)
    else:
        canvas = canvas.copy()
    pen = max(1, round(canvas.shape[1] / 640))

    colors = colors or Colors().of(objects)
    if masks is not None:
        _draw_masks(canvas, masks, [colors[obj.id] for obj in objects], pen)
    for obj in objects:
        _draw_box3d(canvas, camera, obj, colors[obj.id], pen, scale)
        _draw_corners2d(canvas, obj, pen, scale)

    labels = _Labels(canvas.shape[:2], font_px=max(11, round(canvas.shape[1] / 70)))
    # Two objects may be related in many ways, and both ways round, but are one distance apart.
    pairs = {frozenset((id(r.subject), id(r.object))): r for r in relations}
    for relation in pairs.values():
        _draw_relation(canvas, camera, relation, labels, pen, scale)
    for obj in objects:
        x0, y0, x1, y1 = (scale * v for v in obj.region.box)
        labels.place(name_of(obj), (x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)), colors[obj.id])
    return labels.draw(canvas, text)


def _project(camera: Camera, points: np.ndarray, scale: int) -> np.ndarray:
    """Pixels [N, 2] of points [N, 3], on the enlarged picture; NaN where the lens shows nothing."""
    return (project(camera, points) + 0.5) * scale - 0.5


def _fixed(point: ArrayLike) -> tuple[int, int]:
    """A point in OpenCV's fixed-point form (``shift=4``), for lines with sub-pixel ends."""
    x, y = np.clip(np.round(np.asarray(point) * 16), -(2**30), 2**30)
    return int(x), int(y)


def _line(canvas: np.ndarray, a: ArrayLike, b: ArrayLike, color: tuple[int, ...], pen: int) -> None:
    if np.isfinite(a).all() and np.isfinite(b).all():
        cv2.line(canvas, _fixed(a), _fixed(b), color, pen, cv2.LINE_AA, shift=4)


def _draw_masks(canvas: np.ndarray, masks: np.ndarray, colors: Sequence[Color], pen: int) -> None:
    """Lays a veil over the pixels of each object, with an outline."""
    size = (canvas.shape[1], canvas.shape[0])
    for i, color in enumerate(colors):
        mask = cv2.resize((masks == i).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        mask = (cv2.GaussianBlur(mask, (0, 0), 1.5 * pen) > 0.5).astype(np.uint8)
        inside = mask.astype(bool)
        canvas[inside] = (1 - VEIL) * canvas[inside] + VEIL * np.array(color)
        outline, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(canvas, outline, -1, color, pen, cv2.LINE_AA)


def _draw_box3d(
    canvas: np.ndarray,
    camera: Camera,
    obj: MeasuredObject,
    color: Color,
    pen: int,
    scale: int,
) -> None:
    """The wireframe; edges of the face turned away from the camera are drawn thinner."""
    corners = box_corners(obj)
    for a, b in EDGES:
        ends = _clip(corners[a], corners[b])
        if ends is None:
            continue
        behind = CORNERS[a][2] > 0 or CORNERS[b][2] > 0
        shade = tuple(int(0.75 * c) for c in color) if behind else color
        for p, q in pairwise(_project(camera, _along(ends, camera), scale)):
            _line(canvas, p, q, shade, pen if behind else pen + 1)


def _clip(a: np.ndarray, b: np.ndarray) -> np.ndarray | None:
    """The part of the segment a-b before the near plane, [2, 3]."""
    if a[2] > b[2]:
        a, b = b, a
    if b[2] <= NEAR_PLANE:
        return None
    if a[2] < NEAR_PLANE:
        a = a + (b - a) * (NEAR_PLANE - a[2]) / (b[2] - a[2])
    return np.stack([a, b])


def _along(ends: np.ndarray, camera: Camera) -> np.ndarray:
    """Points on the segment between two ends [2, 3], as many as its bent image needs."""
    t = np.linspace(0, 1, 9 if camera.is_distorted else 2)[:, None]
    return ends[0] + t * (ends[1] - ends[0])


def _draw_corners2d(canvas: np.ndarray, obj: MeasuredObject, pen: int, scale: int) -> None:
    """Corner ticks of the region: where the object was looked for."""
    x0, y0, x1, y1 = (scale * v for v in obj.region.box)
    tick = max(3.0, min(x1 - x0, y1 - y0) * 0.18)
    for x, dx in ((x0, tick), (x1 - 1, -tick)):
        for y, dy in ((y0, tick), (y1 - 1, -tick)):
            _line(canvas, (x, y), (x + dx, y), PAPER, pen)
            _line(canvas, (x, y), (x, y + dy), PAPER, pen)


def _draw_relation(
    canvas: np.ndarray,
    camera: Camera,
    relation: Relation,
    labels: "_Labels",
    pen: int,
    scale: int,
) -> None:
    ends = _clip(relation.subject.center, relation.object.center)
    if ends is None:
        return
    path = _project(camera, _along(ends, camera), scale)
    if not np.isfinite(path).all():
        return
    for color, width in ((INK, pen + 3), (PAPER, pen + 1)):
        for p, q in pairwise(path):
            _line(canvas, p, q, color, width)
    for end in (path[0], path[-1]):
        cv2.circle(canvas, _fixed(end), int((pen + 3) * 16), INK, -1, cv2.LINE_AA, shift=4)
        cv2.circle(canvas, _fixed(end), int((pen + 2) * 16), PAPER, -1, cv2.LINE_AA, shift=4)
    x, y = (path[0] + path[-1]) / 2
    labels.place(length_of(relation), (x, y, x + 1, y + 1), PAPER)


@lru_cache(maxsize=8)
def _font(px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(px)


class _Labels:
    """Collects labels and finds each a place that hides neither another label nor the border."""

    def __init__(self, shape: tuple[int, int], font_px: int):
        self.height, self.width = shape
        self.font = _font(font_px)
        self.pad = max(2, font_px // 4)
        self.line = font_px + 2 * self.pad
        self.placed: list[tuple[tuple[float, float, float, float], str, Color]] = []

    def place(self, text: str, box: tuple[float, float, float, float], color: Color) -> None:
        x0, y0, x1, y1 = box
        w, h = self.font.getlength(text) + 2 * self.pad, self.line
        middle = (x0 + x1 - w) / 2
        candidates = [
            (x0, y0 - h),
            (middle, y0 - h),
            (x0, y1),
            (middle, y1),
            (x1, (y0 + y1 - h) / 2),
            (x0 - w, (y0 + y1 - h) / 2),
            (x1 - w, y0 - h),
            (middle, y0 - 2 * h),
            (middle, y1 + h),
            (x0, y0),
        ]
        rects = []
        for x, y in candidates:
            x = min(max(x, 0), max(0, self.width - w))
            y = min(max(y, 0), max(0, self.height - h))
            rects.append((x, y, x + w, y + h))
        best = min(rects, key=lambda r: sum(_overlap(r, other) for other, _, _ in self.placed))
        self.placed.append((best, text, color))

    def draw(self, canvas: np.ndarray, caption: str) -> np.ndarray:
        picture = Image.fromarray(canvas)
        pen = ImageDraw.Draw(picture, "RGBA")
        for (x0, y0, x1, y1), text, color in self.placed:
            pen.rounded_rectangle((x0, y0, x1, y1), self.pad, fill=(*color, 225))
            pen.text(((x0 + x1) / 2, (y0 + y1) / 2), text, INK, self.font, anchor="mm")
        if caption:
            lines = _wrap(caption, self.font, self.width - 4 * self.pad)
            top = self.height - len(lines) * self.line - self.pad
            pen.rectangle((0, top, self.width, self.height), fill=(*INK, 200))
            for i, line in enumerate(lines):
                y = top + self.pad / 2 + (i + 0.5) * self.line
                pen.text((2 * self.pad, y), line, PAPER, self.font, anchor="lm")
        return np.asarray(picture).copy()


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, w) * max(0.0, h)


def _wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> list[str]:
    """Breaks the text into lines no wider than ``width`` pixels, at spaces."""
    lines = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines
