"""Publishes what was found out about an image."""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from hispatial_ros.answer.annotate import annotate
from hispatial_ros.answer.colors import Color, Colors
from hispatial_ros.answer.masks import object_masks
from hispatial_ros.errors import SpatialError
from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.target import Target
from hispatial_ros.msg import SpatialObjectArray, SpatialRelationArray
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.ros.health.qos_events import QosEvents
from hispatial_ros.ros.inputs.reference_frames import ReferenceFrames
from hispatial_ros.ros.inputs.subscriptions import ThrottledLog
from hispatial_ros.ros.outputs.cloud import cloud_to_msg, empty_cloud
from hispatial_ros.ros.outputs.conversions import (
    camera_to_msg,
    header_of,
    object_to_msg,
    relation_to_msg,
    target_to_msg,
)
from hispatial_ros.ros.outputs.images import depth_in_image, depth_to_msg, image_to_msg
from hispatial_ros.ros.outputs.marker_shapes import picture_of
from hispatial_ros.ros.outputs.markers import MarkerTracker
from hispatial_ros.ros.qos import overridable
from hispatial_ros.ros.topics import OUTPUTS
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.result import OPTICAL, Findings
from hispatial_ros.settings.live import LiveSettings

if TYPE_CHECKING:
    from rclpy.lifecycle import LifecycleNode


class Outputs:
    """Lifecycle publishers; silent while the node is not active. Thread-safe."""

    def __init__(
        self,
        node: "LifecycleNode",
        settings: LiveSettings,
        references: ReferenceFrames,
        qos_events: QosEvents,
    ):
        self._node = node
        self._settings = settings
        self._references = references
        self._log = ThrottledLog(node.get_logger().error)
        self._lock = threading.Lock()
        self._tracker = MarkerTracker()
        self._colors = Colors()
        self._cloud: Header | None = None  # of the cloud that is shown
        self._publishers: dict[str, Any] = {
            topic.name.removeprefix("~/"): node.create_lifecycle_publisher(
                topic.type,
                topic.name,
                topic.qos(),
                qos_overriding_options=overridable(),
                event_callbacks=qos_events.of_publisher(node.resolve_topic_name(topic.name)),
            )
            for topic in OUTPUTS
            if topic.name.startswith("~/") and not topic.for_records
        }

    def publish(self, findings: Findings) -> None:
        """Publish what was found, as far as somebody listens."""
        with self._lock:
            colors = self._colors.of(findings.objects)
        frame = self._output_frame(findings)
        if frame is not None:
            least = self._settings.current.relations.confidence
            sure = [r for r in findings.relations if r.confidence >= least]
            findings = replace(findings, relations=sure if self.wanted("relations") else ())
            self._publish_geometry(findings.expressed(frame), colors)
        if self.wanted("points"):
            self._publish_points(findings)
        if self.wanted("annotated_image"):
            self._publish_annotated(findings, colors)

    def _output_frame(self, findings: Findings) -> ReferenceFrame | None:
        """What the parameter says, for this image; None, with a line in the log, if TF does not
        know it."""
        pair = findings.frame.pair
        name = self._settings.current.output_frame
        if name == "reference":
            name = findings.reference_frame.name
            if name == "gravity":  # no TF tree has it: nothing could display it
                name = "camera"
        try:
            return self._references.in_tf(name, pair.frame_id, pair.stamp_ns)
        except SpatialError as error:
            self._log(f"objects, relations, markers and target are not published: {error}")
            return None

    def _publish_geometry(self, findings: Findings, colors: Mapping[str, Color]) -> None:
        header = header_of(findings.frame.pair, findings.reference_frame.name)
        if self.wanted("objects"):
            self._send_objects(findings)
        if self.wanted("relations"):
            self._send_relations(findings)
        target = None
        if findings.target is not None and self._asked_for(findings.target):
            target = findings.target.flattened(findings.reference_frame.up)
            self._publishers["target"].publish(target_to_msg(target, header))
        with self._lock:
            lifetime = self._settings.current.markers.lifetime
            picture = picture_of(findings, target, colors, header, lifetime)
            self._publishers["markers"].publish(self._tracker.show(picture, time.monotonic()))

    def publish_live(self, findings: Findings) -> None:
        """Publish objects and relations that nobody has asked for."""
        frame = self._output_frame(findings)
        if frame is not None:
            findings = findings.expressed(frame)
            if self.wanted("objects"):
                self._send_objects(findings)
            if self.wanted("relations"):
                self._send_relations(findings)

    def publish_relations(self, findings: Findings) -> None:
        """Publish the relations alone."""
        frame = self._output_frame(findings)
        if frame is not None:
            self._send_relations(findings.expressed(frame))

    def _send_objects(self, findings: Findings) -> None:
        header = header_of(findings.frame.pair, findings.reference_frame.name)
        objects = [object_to_msg(obj, header) for obj in findings.objects]
        self._publishers["objects"].publish(SpatialObjectArray(header=header, objects=objects))

    def _send_relations(self, findings: Findings) -> None:
        header = header_of(findings.frame.pair, findings.reference_frame.name)
        relations = [
            relation_to_msg(relation, header, findings.judged_in, findings.source)
            for relation in findings.relations
        ]
        self._publishers["relations"].publish(
            SpatialRelationArray(header=header, relations=relations)
        )

    def _asked_for(self, target: Target) -> bool:
        asked = "go_to" if target.requested else "where_is"
        return asked in self._settings.current.target.questions.split(",")

    def send(self, name: str, message: Any) -> None:
        """Publish one message on ``~/name``."""
        self._publishers[name].publish(message)

    def publish_depth(self, depth_frame: DepthFrame) -> None:
        """Publish the depth image with its calibration."""
        header, frame = header_of(depth_frame.pair), depth_frame.geometry
        depth = depth_to_msg(depth_in_image(frame, self._settings.current.max_range))
        depth.header = header
        info = camera_to_msg(frame.camera)
        info.header = header
        self._publishers["camera_info"].publish(info)
        self._publishers["depth"].publish(depth)

    def expire_markers(self) -> None:
        """Take back what is shown of an answer after its lifetime; to be called regularly."""
        with self._lock:
            lifetime = self._settings.current.markers.lifetime
            markers = self._tracker.expire(lifetime, time.monotonic())
            if markers is not None:
                self._take_back(markers)

    def clear(self) -> None:
        """Take back all that is shown, before the publishers fall silent."""
        with self._lock:
            self._take_back(self._tracker.clear())

    def _take_back(self, markers: MarkerArray) -> None:
        self._publishers["markers"].publish(markers)
        if self._cloud is not None:
            self._publishers["points"].publish(empty_cloud(self._cloud))
            self._cloud = None

    def wanted(self, name: str) -> bool:
        """Whether anybody listens to the topic ``~/name``."""
        return self._publishers[name].get_subscription_count() > 0

    def _publish_points(self, findings: Findings) -> None:
        frame, header = findings.frame.frame(), header_of(findings.frame.pair)
        if frame.depth is not None:
            settings = self._settings.current
            cloud = cloud_to_msg(frame, header, settings.points.organized, settings.max_range)
            with self._lock:
                self._publishers["points"].publish(cloud)
                self._cloud = header

    def _publish_annotated(self, findings: Findings, colors: Mapping[str, Color]) -> None:
        frame = findings.frame.frame()
        if frame.rgb is not None:
            caption = findings.answer.text if findings.answer else ""
            seen = replace(findings, relations=()).expressed(OPTICAL)
            masks = None
            if frame.depth is not None:
                point_map = PointMap(frame, max_range=self._settings.current.max_range)
                masks = object_masks(point_map, seen.objects)
            shown = frame.rgb, frame.camera, seen.objects, seen.lines, caption
            msg = image_to_msg(annotate(*shown, colors=colors, masks=masks), "rgb8")
            msg.header = header_of(findings.frame.pair)
            self._publishers["annotated_image"].publish(msg)
