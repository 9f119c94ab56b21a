"""ROS messages to plain structs. Imports no ROS: of a message only the fields are looked at.

So the messages of rclpy, of rosbags and of mcap_ros2 will do alike.
"""

import math
from typing import Any

import numpy as np

from hispatial_ros.frame.region import Region
from hispatial_ros.intake.messages import (
    CalibrationMessage,
    CompressedMessage,
    ImageMessage,
    OrientationMessage,
    Picture,
    RegionsMessage,
    SensorArea,
)
from hispatial_ros.intake.stream import NS
from hispatial_ros.measure.types import MeasuredObject


def stamp_ns(time: Any) -> int:
    """``builtin_interfaces/Time`` to nanoseconds since the epoch."""
    return time.sec * NS + time.nanosec


def frame_id(header: Any) -> str:
    """TF frame of a ``std_msgs/Header``, without the slash that ROS 1 put before it."""
    return str(header.frame_id).removeprefix("/")


def vector(msg: Any) -> np.ndarray:
    """``geometry_msgs/Vector3`` or ``Point``, [3]."""
    return np.array([msg.x, msg.y, msg.z])


def rotation(msg: Any) -> np.ndarray:
    """``geometry_msgs/Quaternion`` of norm 1 to a rotation matrix [3, 3]."""
    x, y, z, w = msg.x, msg.y, msg.z, msg.w
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def picture(msg: Any) -> Picture:
    """``sensor_msgs/Image`` or ``CompressedImage``; the data is not copied."""
    header = msg.header
    ns = stamp_ns(header.stamp)
    if hasattr(msg, "format"):
        return CompressedMessage(ns, frame_id(header), msg.format, msg.data)
    return ImageMessage(
        ns,
        frame_id(header),
        msg.height,
        msg.width,
        msg.encoding,
        bool(msg.is_bigendian),
        msg.step,
        msg.data,
    )


def calibration(msg: Any) -> CalibrationMessage:
    """``sensor_msgs/CameraInfo``."""
    roi = msg.roi
    return CalibrationMessage(
        stamp_ns=stamp_ns(msg.header.stamp),
        frame_id=frame_id(msg.header),
        width=msg.width,
        height=msg.height,
        distortion_model=msg.distortion_model,
        d=tuple(map(float, msg.d)),
        k=tuple(map(float, msg.k)),
        r=tuple(map(float, msg.r)),
        p=tuple(map(float, msg.p)),
        binning_x=msg.binning_x,
        binning_y=msg.binning_y,
        roi=SensorArea(roi.x_offset, roi.y_offset, roi.width, roi.height, roi.do_rectify),
    )


def orientation(msg: Any) -> OrientationMessage:
    """``sensor_msgs/Imu``."""
    q, header = msg.orientation, msg.header
    return OrientationMessage(
        stamp_ns(header.stamp), frame_id(header), (q.x, q.y, q.z, q.w), msg.orientation_covariance
    )


def regions(msg: Any) -> RegionsMessage:
    """``hispatial_ros/RegionArray`` or ``vision_msgs/Detection2DArray``.

    vision_msgs need not be installed: a message with ``detections`` is taken as the latter.
    """
    stamp, frame = stamp_ns(msg.header.stamp), frame_id(msg.header)
    if hasattr(msg, "detections"):
        found = msg.detections
        return RegionsMessage(
            stamp, frame, len(found), 0, lambda: list(map(region_from_detection, found))
        )
    given = msg.regions
    vertices = sum(len(region.outline.points) for region in given)
    return RegionsMessage(
        stamp, frame, len(given), vertices, lambda: list(map(region_from_msg, given))
    )


def region_from_msg(msg: Any) -> Region:
    """``hispatial_ros/Region``."""
    points = msg.outline.points
    outline = np.array([(p.x, p.y) for p in points], float) if points else None
    score = _score(getattr(msg, "score", 0.0))  # recordings of before it have none
    return Region(msg.label, (msg.x0, msg.y0, msg.x1, msg.y1), outline, msg.id, score)


def object_from_msg(msg: Any) -> MeasuredObject:
    """``hispatial_ros/SpatialObject`` to MeasuredObject; its surface sample does not travel."""
    return MeasuredObject(
        id=msg.id,
        label=msg.label,
        region=region_from_msg(msg.region),
        center=vector(msg.pose.pose.position),
        rotation=rotation(msg.pose.pose.orientation),
        size=vector(msg.size),
        size_stddev=vector(msg.size_stddev),
        covariance=np.array(msg.pose.covariance).reshape(6, 6),
        extent=vector(msg.extent),
        extent_stddev=np.full(3, np.nan),
        nearest=vector(msg.nearest_point),
        distance=msg.distance,
        distance_stddev=msg.distance_stddev,
        num_points=msg.num_points,
        valid_fraction=msg.valid_fraction,
        surface=np.empty((0, 3), np.float32),
        age=msg.age,
        images=msg.images,
    )


def _score(value: float) -> float:
    """A detector's score; 0, as if none was given, where it is no number from 0 to 1."""
    return float(value) if 0 <= value <= 1 else 0.0


def region_from_detection(msg: Any) -> Region:
    """``vision_msgs/Detection2D``, labelled with its likeliest class.

    A rotated box becomes the box around it, with the rotated one as outline.
    """
    best = max((r.hypothesis for r in msg.results), key=lambda h: h.score, default=None)
    label, score = (best.class_id, _score(best.score)) if best else ("", 0.0)
    center, theta = msg.bbox.center, msg.bbox.center.theta
    x, y = center.position.x, center.position.y
    half_w, half_h = msg.bbox.size_x / 2, msg.bbox.size_y / 2
    if not all(map(math.isfinite, (x, y, half_w, half_h, theta))):
        return Region(label, (math.nan,) * 4, None, msg.id, score)  # refused where it is looked at
    if not theta:
        box = (x - half_w, y - half_h, x + half_w, y + half_h)
        return Region(label, box, None, msg.id, score)
    with np.errstate(over="ignore", invalid="ignore"):  # infinite boxes are refused later as well
        across = half_w * np.array([math.cos(theta), math.sin(theta)])
        down = half_h * np.array([-math.sin(theta), math.cos(theta)])
        corners = np.array([-across - down, across - down, across + down, down - across])
        outline = corners + np.array([x, y])
    (x0, y0), (x1, y1) = outline.min(0).tolist(), outline.max(0).tolist()
    return Region(label, (x0, y0, x1, y1), outline, msg.id, score)
