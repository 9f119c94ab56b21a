"""What was found about one image as RViz markers."""

import unicodedata
from collections.abc import Mapping

import numpy as np
from geometry_msgs.msg import Vector3
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker

from hispatial_ros.answer.annotate import EDGES as BOX_EDGES
from hispatial_ros.answer.annotate import box_corners, length_of, name_of
from hispatial_ros.answer.colors import Color
from hispatial_ros.measure.target import Target
from hispatial_ros.measure.types import MeasuredObject
from hispatial_ros.ros.outputs.conversions import (
    duration_to_msg,
    point_to_msg,
    pose_to_msg,
    vector_to_msg,
)
from hispatial_ros.ros.outputs.labels import Label, Layout
from hispatial_ros.service.result import OPTICAL, Findings

Picture = dict[str, list[Marker]]  # markers by what they show: an object's id, a pair, the target

BOXES, EDGES, UNCERTAINTY, NAMES = "boxes", "edges", "uncertainty", "names"
PLATES, LEADERS = "plates of ", "leaders of "  # names or lengths
LINES, LENGTHS, TARGET = "distances", "lengths", "target"
FACE_ALPHA, UNCERTAINTY_ALPHA, PLATE_ALPHA = 0.15, 0.6, 0.75
MIN_SIZE = 0.001  # m; RViz refuses shapes without extent
EDGE_WIDTH, LEADER_WIDTH, LINE_WIDTH = 0.004, 0.002, 0.005  # m
STDDEVS = 2  # half axes of the ellipsoid of a centre
ARROW_LENGTH, ARROW_WIDTH = 0.3, 0.03  # m
WHITE = (255, 255, 255)
# On a plate, since points behind a label may have any colour, and its box has its own.
TEXT_COLOR, PLATE_COLOR = (245, 245, 245), (24, 24, 28)
PLATE_DEPTH = 0.001  # m
# RViz forgets a marker by itself if the node dies; the node deletes it before that.
RVIZ_GRACE = 2.0  # s
PLAIN = {"±": "+-"}  # RViz's text markers know ASCII alone


def picture_of(
    findings: Findings,
    target: Target | None,
    colors: Mapping[str, Color],
    header: Header,
    lifetime: float,
) -> Picture:
    """Markers of objects, lines between them, and the target.

    Args:
        findings: in the frame of the header.
        target: as it is published, in the same frame; None: there is none.
        colors: by object id.
        header: stamp of the image, frame of the markers.
        lifetime: s until RViz may forget them if the node does not delete them; 0: never.
    """
    build = _Markers(header, lifetime, findings.reference_frame.rotation)
    seen, layout, place = findings.expressed(OPTICAL), Layout(), findings.reference_frame.points
    picture: Picture = {obj.id: [] for obj in findings.objects}
    # The nearest takes its place first.
    for i in sorted(range(len(seen.objects)), key=lambda i: seen.objects[i].distance):
        obj = findings.objects[i]
        label = layout.above(seen.objects[i], name_of(obj)).moved(place)
        picture[obj.id] = build.object(obj, label, colors[obj.id])
    for relation, at in zip(findings.lines, seen.lines, strict=True):
        a, b = relation.subject, relation.object
        key = " - ".join(sorted((a.id, b.id)))
        if key not in picture:  # two objects may be related in many ways
            label = layout.between(at, length_of(relation)).moved(place)
            picture[key] = build.line(a.center, b.center, label)
    if target is not None:
        picture[TARGET] = [build.arrow(target, colors.get(target.object.id, WHITE))]
    return picture


class _Markers:
    def __init__(self, header: Header, lifetime: float, camera: np.ndarray):
        self._header = header
        self._camera = camera  # [3, 3], columns are its right, down and forward
        self._lifetime = duration_to_msg(lifetime + RVIZ_GRACE if lifetime > 0 else 0.0)

    def object(self, obj: MeasuredObject, label: Label, color: Color) -> list[Marker]:
        box = self._marker(BOXES, Marker.CUBE, color, FACE_ALPHA)
        box.pose = pose_to_msg(obj.center, obj.rotation)
        box.scale = vector_to_msg(np.maximum(obj.size, MIN_SIZE))
        corners = box_corners(obj)
        ends = [corners[i] for edge in BOX_EDGES for i in edge]
        return [
            box,
            self._lines(EDGES, ends, EDGE_WIDTH, color),
            self._ellipsoid(obj, color),
            *self._text(NAMES, label, color),
        ]

    def line(self, a: np.ndarray, b: np.ndarray, label: Label) -> list[Marker]:
        line = self._lines(LINES, [a, b], LINE_WIDTH, WHITE)
        return [line, *self._text(LENGTHS, label, WHITE)]

    def arrow(self, target: Target, color: Color) -> Marker:
        arrow = self._marker(TARGET, Marker.ARROW, color)
        arrow.pose = pose_to_msg(target.position, target.rotation)
        arrow.scale = Vector3(x=ARROW_LENGTH, y=ARROW_WIDTH, z=ARROW_WIDTH)
        return arrow

    def _ellipsoid(self, obj: MeasuredObject, color: Color) -> Marker:
        """Where the centre is, within STDDEVS standard deviations along each axis."""
        variances, axes = np.linalg.eigh(obj.covariance[:3, :3])
        axes = axes * np.sign(np.linalg.det(axes))  # no mirror image
        ellipsoid = self._marker(UNCERTAINTY, Marker.SPHERE, color, UNCERTAINTY_ALPHA)
        ellipsoid.pose = pose_to_msg(obj.center, axes)
        diameters = 2 * STDDEVS * np.sqrt(np.maximum(variances, 0))
        ellipsoid.scale = vector_to_msg(np.maximum(diameters, MIN_SIZE))
        return ellipsoid

    def _text(self, ns: str, label: Label, color: Color) -> list[Marker]:
        """The text on its plate, and a thin line to where it belongs if it had to make room."""
        text = self._marker(ns, Marker.TEXT_VIEW_FACING, TEXT_COLOR)
        text.text = _ascii(label.text)
        text.pose.position = point_to_msg(label.position)
        # RViz takes scale.x as the width of a space; left at 0 it takes that of a font 1 m high.
        text.scale = Vector3(x=0.5 * label.height, z=label.height)
        plate = self._marker(PLATES + ns, Marker.CUBE, PLATE_COLOR, PLATE_ALPHA)
        plate.pose = pose_to_msg(label.plate, self._camera)
        width, height = label.size
        plate.scale = Vector3(x=width, y=height, z=PLATE_DEPTH)
        if np.array_equal(label.position, label.wanted):
            return [plate, text]
        ends = [label.plate, label.wanted]
        return [plate, text, self._lines(LEADERS + ns, ends, LEADER_WIDTH, color)]

    def _lines(self, ns: str, ends: list[np.ndarray], width: float, color: Color) -> Marker:
        lines = self._marker(ns, Marker.LINE_LIST, color)
        lines.points = [point_to_msg(end) for end in ends]
        lines.scale = Vector3(x=width)
        return lines

    def _marker(self, ns: str, type: int, color: Color, alpha: float = 1.0) -> Marker:
        r, g, b = (c / 255 for c in color)
        marker = Marker(header=self._header, ns=ns, type=type, lifetime=self._lifetime)
        marker.color = ColorRGBA(r=r, g=g, b=b, a=alpha)
        marker.pose.orientation.w = 1.0
        return marker


def _ascii(text: str) -> str:
    """Without what RViz leaves blank: accents go, other letters become question marks."""
    for letter, plain in PLAIN.items():
        text = text.replace(letter, plain)
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return kept.encode("ascii", "replace").decode()
