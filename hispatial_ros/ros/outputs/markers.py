"""Objects and relations as RViz markers that neither blink nor linger.

A marker keeps its id as long as its object is known. It is updated whenever the object is measured
again, and deleted when the object has left the regions, or was not measured for a lifetime. Every
message holds the full state, so that a late subscriber needs no other.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point, Vector3
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from hispatial_ros.answer.annotate import EDGES as BOX_EDGES
from hispatial_ros.answer.annotate import box_corners, color_of
from hispatial_ros.measure.types import MeasuredObject, Relation
from hispatial_ros.ros.outputs.conversions import (
    duration_to_msg,
    point_to_msg,
    pose_to_msg,
    vector_to_msg,
)

BOXES, NAMES, LINES, LENGTHS = "boxes", "names", "distances", "lengths"
EDGES = "edges"
BOX_ALPHA = 0.2
MIN_SIZE = 0.001  # m; RViz refuses boxes without extent
TEXT_HEIGHT = 0.05  # m
# RViz takes scale.x as the width of a space; left at 0 it takes that of a font 1 m high.
TEXT_SCALE = Vector3(x=0.5 * TEXT_HEIGHT, z=TEXT_HEIGHT)
TEXT_COLOR = (245, 245, 245)  # a label in its box's own colour cannot be read on it
EDGE_WIDTH = 0.004  # m
LINE_WIDTH = 0.005  # m
# RViz forgets a marker by itself if the node dies; the node deletes it before that.
RVIZ_GRACE = 2.0  # s


@dataclass
class _Shown:
    """The markers of one object or pair, by namespace, all with the same id."""

    id: int
    seen: float  # s, monotonic
    from_topic: bool
    markers: list[Marker] = field(default_factory=list)


class MarkerTracker:
    """What is shown. ``now`` is any monotonic clock in seconds. Not thread-safe."""

    def __init__(self) -> None:
        self._objects: dict[str, _Shown] = {}
        self._pairs: dict[tuple[str, str], _Shown] = {}
        self._deleted: list[Marker] = []
        self._next_id = 0

    def update(
        self,
        header: Header,
        objects: Sequence[MeasuredObject],
        relations: Iterable[Relation],
        known: Collection[str] | None,
        lifetime: float,
        now: float,
    ) -> MarkerArray:
        """The message that shows the objects and the lines between related ones.

        Args:
            header: Stamp of the image, frame of the objects.
            known: Ids of all regions of the image when they come from the regions topic; objects
                shown from there that are not among them have disappeared. None: the request
                brought the regions, which says nothing about others.
            lifetime: s until what is not measured again is deleted; 0: never.
        """
        self._header = header
        if known is not None:
            self._remove(lambda shown, ids: shown.from_topic and not ids <= set(known))
        self._expire(lifetime, now)
        rviz_lifetime = duration_to_msg(lifetime + RVIZ_GRACE if lifetime > 0 else 0.0)
        for obj in objects:
            shown = self._show(self._objects, obj.id, now, known is not None)
            shown.markers = self._object_markers(obj, shown.id, header, rviz_lifetime)
        drawn = set()
        for relation in relations:
            pair = (relation.subject.id, relation.object.id)
            if pair[::-1] in drawn or pair in drawn:
                continue
            drawn.add(pair)
            shown = self._show(self._pairs, min(pair, pair[::-1]), now, known is not None)
            shown.markers = self._line_markers(relation, shown.id, header, rviz_lifetime)
        return self._message()

    def expire(self, lifetime: float, now: float) -> MarkerArray | None:
        """The message that deletes what has outlived its time; None if nothing has."""
        self._expire(lifetime, now)
        return self._message() if self._deleted else None

    def clear(self) -> MarkerArray:
        """The message that deletes everything."""
        self._remove(lambda shown, ids: True)
        return self._message()

    def _show(self, table: dict, key: object, now: float, from_topic: bool) -> _Shown:
        shown = table.get(key)
        if shown is None:
            shown = table[key] = _Shown(self._next_id, now, from_topic)
            self._next_id = (self._next_id + 1) % 2**31
        shown.seen, shown.from_topic = now, from_topic
        return shown

    def _expire(self, lifetime: float, now: float) -> None:
        if lifetime > 0:
            self._remove(lambda shown, ids: now - shown.seen > lifetime)

    def _remove(self, gone) -> None:
        for key in [k for k, shown in self._objects.items() if gone(shown, {k})]:
            self._delete(self._objects.pop(key))
        # A line needs both its ends.
        for pair in [
            k
            for k, shown in self._pairs.items()
            if gone(shown, set(k)) or not set(k) <= self._objects.keys()
        ]:
            self._delete(self._pairs.pop(pair))

    def _delete(self, shown: _Shown) -> None:
        for marker in shown.markers:
            self._deleted.append(
                Marker(header=marker.header, ns=marker.ns, id=marker.id, action=Marker.DELETE)
            )

    def _message(self) -> MarkerArray:
        alive = [
            m for table in (self._objects, self._pairs) for s in table.values() for m in s.markers
        ]
        message = MarkerArray(markers=self._deleted + alive)
        self._deleted = []
        return message

    @staticmethod
    def _object_markers(
        obj: MeasuredObject, id: int, header: Header, lifetime: Duration
    ) -> list[Marker]:
        color = color_of(id)
        box = Marker(
            header=header,
            ns=BOXES,
            id=id,
            type=Marker.CUBE,
            pose=pose_to_msg(obj.center, obj.rotation),
            scale=vector_to_msg(np.maximum(obj.size, MIN_SIZE)),
            color=_rgba(color, BOX_ALPHA),
            lifetime=lifetime,
        )
        above = obj.center - obj.rotation[:, 1] * (obj.size[1] / 2 + TEXT_HEIGHT)
        name = Marker(
            header=header,
            ns=NAMES,
            id=id,
            type=Marker.TEXT_VIEW_FACING,
            text=f"{obj.label} {obj.distance:.2f} ± {obj.distance_stddev:.2f} m",
            scale=TEXT_SCALE,
            color=_rgba(TEXT_COLOR, 1.0),
            lifetime=lifetime,
        )
        name.pose.position = point_to_msg(above)
        corners = box_corners(obj)
        edges = Marker(
            header=header,
            ns=EDGES,
            id=id,
            type=Marker.LINE_LIST,
            points=[point_to_msg(corners[i]) for edge in BOX_EDGES for i in edge],
            scale=Vector3(x=EDGE_WIDTH),
            color=_rgba(color, 1.0),
            lifetime=lifetime,
        )
        edges.pose.orientation.w = 1.0
        return [box, edges, name]

    @staticmethod
    def _line_markers(
        relation: Relation, id: int, header: Header, lifetime: Duration
    ) -> list[Marker]:
        ends: list[Point] = [
            point_to_msg(p) for p in (relation.subject.center, relation.object.center)
        ]
        white = _rgba((255, 255, 255), 1.0)
        line = Marker(
            header=header,
            ns=LINES,
            id=id,
            type=Marker.LINE_LIST,
            points=ends,
            scale=Vector3(x=LINE_WIDTH),
            color=white,
            lifetime=lifetime,
        )
        length = Marker(
            header=header,
            ns=LENGTHS,
            id=id,
            type=Marker.TEXT_VIEW_FACING,
            text=f"{relation.center_distance:.2f} m",
            scale=TEXT_SCALE,
            color=white,
            lifetime=lifetime,
        )
        length.pose.position = point_to_msg((relation.subject.center + relation.object.center) / 2)
        return [line, length]


def _rgba(color: tuple[int, int, int], alpha: float) -> ColorRGBA:
    r, g, b = (c / 255 for c in color)
    return ColorRGBA(r=r, g=g, b=b, a=alpha)
