"""Plain structs to messages and back. What is what is written in ``msg/*.msg``."""

import array
import math
from dataclasses import asdict

import numpy as np
from builtin_interfaces.msg import Duration as DurationMsg
from builtin_interfaces.msg import Time as TimeMsg
from geometry_msgs.msg import Point, Point32, Polygon, Pose, PoseStamped, Quaternion, Vector3
from sensor_msgs.msg import CameraInfo, RegionOfInterest
from std_msgs.msg import Header

from hispatial_ros.answer.types import Answer
from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.from_ros import stamp_ns
from hispatial_ros.intake.messages import CalibrationMessage
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.intake.stream import NS
from hispatial_ros.measure.objects import own_covariance
from hispatial_ros.measure.target import Target
from hispatial_ros.measure.types import Failure, MeasuredObject, Relation
from hispatial_ros.msg import Region as RegionMsg
from hispatial_ros.msg import (
    RegionFailure,
    SpatialAnswer,
    SpatialObject,
    SpatialRelation,
    StageTime,
    TrackedObject,
)
from hispatial_ros.service.result import judged_in

time_to_ns = stamp_ns  # the way back of `time_to_msg`
CALIBRATION_FIELDS = (
    *("width", "height", "distortion_model", "d", "k", "r", "p", "binning_x", "binning_y"),
)


def time_to_msg(ns: int) -> TimeMsg:
    """Nanoseconds since the epoch to ``builtin_interfaces/Time``."""
    return TimeMsg(sec=ns // NS, nanosec=ns % NS)


def header_to_msg(stamp_ns: int, frame_id: str) -> Header:
    """``std_msgs/Header``."""
    return Header(stamp=time_to_msg(stamp_ns), frame_id=frame_id)


def header_of(pair: PairedFrame | None, frame: str = "camera") -> Header:
    """Stamp of an image, and the frame that something about it is expressed in.

    Args:
        pair: the image; None: none is known.
        frame: "camera" is the image's own.
    """
    if pair is None:
        return Header()
    return header_to_msg(pair.stamp_ns, pair.frame_id if frame == "camera" else frame)


def duration_to_msg(seconds: float) -> DurationMsg:
    """Seconds to ``builtin_interfaces/Duration``."""
    ns = round(seconds * NS)
    return DurationMsg(sec=ns // NS, nanosec=ns % NS)


def duration_to_seconds(msg: DurationMsg) -> float:
    """``builtin_interfaces/Duration`` to seconds."""
    return msg.sec + msg.nanosec / NS


def region_to_msg(region: Region) -> RegionMsg:
    """Region to ``hispatial_ros/Region``."""
    x0, y0, x1, y1 = map(float, region.box)
    outline = [] if region.outline is None else np.asarray(region.outline, float).tolist()
    return RegionMsg(
        label=region.label,
        id=region.id,
        x0=x0,
        y0=y0,
        x1=x1,
        y1=y1,
        score=float(region.score),
        outline=Polygon(points=[Point32(x=x, y=y) for x, y in outline]),
    )


def camera_to_msg(camera: Camera) -> CameraInfo:
    """A calibration to ``sensor_msgs/CameraInfo`` of a monocular camera."""
    fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
    return CameraInfo(
        width=camera.width,
        height=camera.height,
        distortion_model=camera.distortion_model,
        d=array.array("d", camera.d),
        k=[fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
        r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
    )


def calibration_to_msg(info: CalibrationMessage) -> CameraInfo:
    """A calibration as it arrived."""
    return CameraInfo(
        header=header_to_msg(info.stamp_ns, info.frame_id),
        roi=RegionOfInterest(**asdict(info.roi)),
        **{name: getattr(info, name) for name in CALIBRATION_FIELDS},
    )


def point_to_msg(p: np.ndarray) -> Point:
    """[3] metres to ``geometry_msgs/Point``."""
    x, y, z = np.asarray(p, float).tolist()
    return Point(x=x, y=y, z=z)


def vector_to_msg(v: np.ndarray) -> Vector3:
    """[3] to ``geometry_msgs/Vector3``."""
    x, y, z = np.asarray(v, float).tolist()
    return Vector3(x=x, y=y, z=z)


def quaternion(rotation: np.ndarray) -> np.ndarray:
    """Unit quaternion (x, y, z, w), w >= 0, of a rotation matrix [3, 3].

    Shepperd's method: of the four squared components, divide by the largest.
    """
    # In plain numbers: arrays of four take ten times as long.
    (r00, r01, r02), (r10, r11, r12), (r20, r21, r22) = np.asarray(rotation, float).tolist()
    # 4 times the square of each component
    xx, yy, zz = 1 + r00 - r11 - r22, 1 + r11 - r00 - r22, 1 + r22 - r00 - r11
    ww = 1 + r00 + r11 + r22
    xy, xz, yz = r01 + r10, r02 + r20, r12 + r21
    wx, wy, wz = r21 - r12, r02 - r20, r10 - r01
    products = ((xx, xy, xz, wx), (xy, yy, yz, wy), (xz, yz, zz, wz), (wx, wy, wz, ww))
    q = products[max(range(4), key=(xx, yy, zz, ww).__getitem__)]
    return np.array(q) * math.copysign(1 / math.hypot(*q), q[3])


def pose_to_msg(center: np.ndarray, rotation: np.ndarray) -> Pose:
    """Position [3] in metres and rotation matrix [3, 3] to ``geometry_msgs/Pose``."""
    x, y, z, w = quaternion(rotation).tolist()
    return Pose(position=point_to_msg(center), orientation=Quaternion(x=x, y=y, z=z, w=w))


def object_to_msg(obj: MeasuredObject, header: Header) -> SpatialObject:
    """A measured object to ``hispatial_ros/SpatialObject``."""
    msg = SpatialObject(
        header=header,
        id=obj.id,
        label=obj.label,
        region=region_to_msg(obj.region),
        size=vector_to_msg(obj.size),
        size_stddev=vector_to_msg(obj.size_stddev),
        extent=vector_to_msg(obj.extent),
        nearest_point=point_to_msg(obj.nearest),
        distance=float(obj.distance),
        distance_stddev=float(obj.distance_stddev),
        num_points=int(obj.num_points),
        valid_fraction=float(obj.valid_fraction),
        score=float(obj.region.score),
        age=float(obj.age),
        images=int(obj.images),
    )
    msg.pose.pose = pose_to_msg(obj.center, obj.rotation)
    msg.pose.covariance = np.asarray(obj.covariance, float).ravel()
    return msg


def tracked_to_msg(obj: MeasuredObject, header: Header) -> TrackedObject:
    """What a track tells of an object, to ``hispatial_ros/TrackedObject``."""
    return TrackedObject(
        object=object_to_msg(obj, header),
        shape=obj.shape,
        axis=int(obj.axis),
        own_covariance=own_covariance(obj).ravel(),
        surface=[Point32(x=x, y=y, z=z) for x, y, z in obj.surface.tolist()],
    )


def relation_to_msg(
    relation: Relation,
    header: Header,
    reference_frame: str = "camera",
    source: int = SpatialRelation.SOURCE_REQUEST,
) -> SpatialRelation:
    """A relation to ``hispatial_ros/SpatialRelation``; see there for the other arguments."""
    return SpatialRelation(
        header=header,
        reference_frame=reference_frame,
        subject_id=relation.subject.id,
        subject_label=relation.subject.label,
        object_id=relation.object.id,
        object_label=relation.object.label,
        predicate=relation.predicate,
        center_distance=float(relation.center_distance),
        center_distance_stddev=float(relation.center_distance_stddev),
        closest_distance=float(relation.closest_distance),
        closest_distance_stddev=float(relation.closest_distance_stddev),
        subject_point=point_to_msg(relation.subject_point),
        object_point=point_to_msg(relation.object_point),
        displacement=vector_to_msg(relation.displacement),
        confidence=float(relation.confidence),
        source=source,
    )


def failure_to_msg(failure: Failure) -> RegionFailure:
    """Why a region could not be measured, to ``hispatial_ros/RegionFailure``."""
    return RegionFailure(
        label=failure.region.label,
        id=failure.region.id,
        error_code=int(failure.code),
        error_msg=failure.message,
    )


def timing_to_msgs(timing: dict[str, float]) -> list[StageTime]:
    """Stage -> seconds to ``hispatial_ros/StageTime``."""
    return [StageTime(stage=stage, seconds=float(s)) for stage, s in timing.items()]


def target_to_msg(target: Target, header: Header) -> PoseStamped:
    """Where to stand, to ``geometry_msgs/PoseStamped``."""
    return PoseStamped(header=header, pose=pose_to_msg(target.position, target.rotation))


def answer_to_msg(
    answer: Answer,
    header: Header,
    request_id: str,
    source: int = SpatialRelation.SOURCE_REQUEST,
) -> SpatialAnswer:
    """An answer to ``hispatial_ros/SpatialAnswer``; ``source`` is of its relations."""
    return SpatialAnswer(
        header=header,
        request_id=request_id,
        question=answer.question,
        text=answer.text,
        level=int(answer.level),
        source=int(answer.source),
        values=array.array("d", answer.values),
        values_stddev=array.array("d", answer.values_stddev),
        unit=answer.unit,
        choice=answer.choice,
        objects=[object_to_msg(obj, header) for obj in answer.objects],
        relations=[
            relation_to_msg(relation, header, judged_in(answer), source)
            for relation in answer.relations
        ],
        agreement=int(answer.agreement),
        measured_text=answer.measured_text,
        model_text=answer.model_text,
        notes=list(answer.notes),
        timing=timing_to_msgs(answer.timing),
    )
