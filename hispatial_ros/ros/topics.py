"""Every topic, service and action of the node, in one table: what gets created and documented."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, Imu, PointCloud2
from visualization_msgs.msg import MarkerArray

from hispatial_ros.action import AskSpatial as AskSpatialAction
from hispatial_ros.msg import (
    RegionArray,
    RequestRecord,
    SpatialAnswer,
    SpatialObjectArray,
    SpatialRelationArray,
    WatchEvent,
)
from hispatial_ros.ros.node.polled import DEPTH
from hispatial_ros.ros.qos import as_offered, as_offered_latched, latched, reliable, sensor_data
from hispatial_ros.srv import AskSpatial, Measure, Watch

try:
    from vision_msgs.msg import Detection2DArray
except ImportError:  # not part of every installation, and not on PyPI
    Detection2DArray = None


@dataclass(frozen=True)
class Topic:
    """A name, relative or below the node's (``~``), with its type and meaning."""

    name: str
    type: Any  # None: its package is not installed
    description: str
    qos: Callable[[], QoSProfile] = reliable  # a new one each time: rclpy overrides it in place

    optional_type: str = ""  # name of a type that may not be installed
    for_records: bool = False  # published by RequestRecords

    @property
    def type_name(self) -> str:
        """As ROS writes it: ``package/msg/Type``."""
        if self.optional_type:
            return self.optional_type
        package, kind = self.type.__module__.split(".")[:2]
        return f"{package}/{kind}/{self.type.__name__}"


# What a transport of image_transport publishes, on the image's topic + / + its name.
TRANSPORTS = {"raw": Image, "compressed": CompressedImage, "compressedDepth": CompressedImage}

INPUTS: tuple[Topic, ...] = (
    Topic(
        "image",
        Image,
        "Colour image; raw or rectified. With `image_transport: compressed` a `CompressedImage` "
        "on `image/compressed` instead.",
        as_offered,
    ),
    Topic(
        "depth",
        Image,
        "Depth image, best registered to the colour image. With `depth_transport` a "
        "`CompressedImage` on `depth/compressedDepth` or `depth/compressed` instead.",
        as_offered,
    ),
    Topic(
        "camera_info",
        CameraInfo,
        "Calibration of the colour image. Unless remapped: `camera_info` beside the image topic.",
        as_offered_latched,
    ),
    Topic(
        "depth_camera_info",
        CameraInfo,
        "Calibration of the depth image, used where that is in another frame than the colour "
        "image. Unless remapped: `camera_info` beside the depth topic.",
        as_offered_latched,
    ),
    Topic("regions", RegionArray, "Labelled boxes from any detector.", as_offered),
    Topic(
        "detections",
        Detection2DArray,
        "The same from detectors that speak `vision_msgs`, where that is installed.",
        as_offered,
        optional_type="vision_msgs/msg/Detection2DArray",
    ),
    Topic(
        "imu",
        Imu,
        "Orientation with z up (REP 145), in a frame that TF relates to the camera; tells which "
        "way is up. Optional, see `gravity.sources`.",
        partial(sensor_data, DEPTH),
    ),
)

OUTPUTS: tuple[Topic, ...] = (
    Topic(
        "~/answers",
        SpatialAnswer,
        "Every answer given, those of watches as well.",
        partial(reliable, 100),
    ),
    Topic(
        "~/objects", SpatialObjectArray, "Objects of the last answer, in `output_frame`.", reliable
    ),
    Topic(
        "~/relations",
        SpatialRelationArray,
        "Relations of the last answer, or those of all watches that were due on an image; in "
        "`output_frame`.",
        reliable,
    ),
    Topic(
        "~/watch_events",
        WatchEvent,
        "What happened to watches: entered, left, changed, lost, recovered. Who subscribes late "
        "gets the last hundred, if it asks for transient local.",
        partial(latched, 100),
    ),
    Topic(
        "~/markers",
        MarkerArray,
        "The last answer for RViz, in `output_frame`: boxes, names, distance lines, target; "
        "deleted after `markers.lifetime`.",
        latched,
    ),
    Topic(
        "~/target",
        PoseStamped,
        'Where to stand on the floor to face the object of the last "go to" or "where is", x '
        "towards it, in `output_frame`; see `target.*`.",
        reliable,
    ),
    Topic(
        "~/points",
        PointCloud2,
        "Coloured points of the image answered, none once the markers are deleted; only when "
        "subscribed.",
        partial(reliable, 1),
    ),
    Topic(
        "~/annotated_image",
        Image,
        "The image answered with the objects drawn in; only when subscribed.",
        partial(reliable, 1),
    ),
    Topic(
        "~/depth",
        Image,
        "Depth as the answers use it, 32FC1 metres at the size of the image, NaN where invalid; at "
        "most at `depth_rate`, only when subscribed.",
        partial(reliable, 1),
    ),
    Topic(
        "~/camera_info",
        CameraInfo,
        "Calibration of `~/depth`, estimated where the camera has none.",
        partial(reliable, 1),
    ),
    Topic(
        "~/requests",
        RequestRecord,
        "Every request with its outcome and all that is needed to ask it again; only when "
        "subscribed, as `hispatial record` does.",
        partial(reliable, 100),
        for_records=True,
    ),
    Topic(
        "~/answered/image",
        Image,
        "Each image that a request or an event of a watch was about, once, and of others that "
        "watches look at `watch.record_rate` per second; only when subscribed. With "
        "`image_transport` as it came, on `~/answered/image/compressed`.",
        for_records=True,
    ),
    Topic(
        "~/answered/depth",
        Image,
        "Depth of these images as it came, or 32FC1 metres where it was estimated or registered; "
        "only when subscribed. With `depth_transport` as it came, below this name.",
        for_records=True,
    ),
    Topic(
        "~/answered/depth_stddev",
        Image,
        "Standard deviation of that depth, 32FC1 metres, where it is known per pixel.",
        for_records=True,
    ),
    Topic(
        "~/answered/camera_info",
        CameraInfo,
        "Calibration of these images, with their stamp; only when subscribed.",
        for_records=True,
    ),
    Topic("/diagnostics", DiagnosticArray, "State of inputs and requests, at 1 Hz.", reliable),
)

SERVICES: tuple[Topic, ...] = (
    Topic("~/ask", AskSpatial, "Ask one question about one image."),
    Topic("~/measure", Measure, "Measure objects and the relations between them."),
    Topic("~/watch", Watch, "Add, remove or list watches: standing questions."),
)

ACTIONS: tuple[Topic, ...] = (
    Topic("~/ask_spatial", AskSpatialAction, "As `~/ask`, with progress and cancel."),
)
