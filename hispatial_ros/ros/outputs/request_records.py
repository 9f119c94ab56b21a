"""Publishes each request with its outcome and the frame it was answered on, for recordings.

Only what somebody listens to is published, a frame once however many ask about it. What is
published is what the answer was computed from; a recorder that picked the frames out of the
camera's topics by itself would miss those that the middleware dropped on the way to it.
"""

import threading
import traceback
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from geometry_msgs.msg import Quaternion, Transform
from rclpy.event_handler import PublisherEventCallbacks
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from hispatial_ros.measure.reference_frame import ReferenceFrame
from hispatial_ros.measure.types import Gravity
from hispatial_ros.msg import RequestRecord
from hispatial_ros.ros.outputs.conversions import (
    calibration_to_msg,
    camera_to_msg,
    header_of,
    quaternion,
    region_to_msg,
    time_to_msg,
    tracked_to_msg,
    vector_to_msg,
)
from hispatial_ros.ros.outputs.images import depth_to_msg, picture_to_msg
from hispatial_ros.ros.qos import overridable
from hispatial_ros.ros.topics import OUTPUTS, TRANSPORTS
from hispatial_ros.service.depth_sources import DepthFrame
from hispatial_ros.service.request import AskRequest
from hispatial_ros.service.result import Result
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.structured_log import line

if TYPE_CHECKING:
    from rclpy.node import Node

FRAMES_REMEMBERED = 64  # newer ones than that a request hardly asks about


class RequestRecords:
    """Thread-safe. ``publish`` is called on the thread that completes the request, after that."""

    def __init__(self, node: "Node", settings: LiveSettings):
        self._logger = node.get_logger()
        self._settings = settings
        self._lock = threading.Lock()
        self._shown: dict[tuple[int, str], None] = {}
        now = settings.current
        transports = {"image": now.image_transport, "depth": now.depth_transport}
        self._publishers: dict[tuple[str, Any], Any] = {}
        for topic in (topic for topic in OUTPUTS if topic.for_records):
            name = topic.name.removeprefix("~/").removeprefix("answered/")
            kinds = {topic.type: topic.name}
            transport = transports.get(name, "raw")
            if transport != "raw":
                kinds[TRANSPORTS[transport]] = f"{topic.name}/{transport}"
            for kind, full in kinds.items():
                self._publishers[name, kind] = node.create_publisher(
                    kind,
                    full,
                    topic.qos(),
                    qos_overriding_options=overridable(),
                    event_callbacks=self._on_match(name),
                )
        self._listeners = 0
        self._record = self._publishers["requests", RequestRecord]
        self._frame_publishers = [p for p in self._publishers.values() if p is not self._record]

    def _on_match(self, name: str) -> PublisherEventCallbacks:
        """One that comes to listen gets frames again that others have got before."""
        forget = (lambda _: self._forget()) if name == "image" else None
        return PublisherEventCallbacks(matched=forget, use_default_callbacks=False)

    def _forget(self) -> None:
        with self._lock:
            self._shown.clear()

    def publish(self, result: Result, response: Any) -> None:
        """Publish frame and record; what goes wrong with it is logged and no more."""
        try:
            if result.context.frame is not None:
                self.publish_frame(result.context.frame)
            if self._record.get_subscription_count():
                self._record.publish(self._record_of(result, response))
        except Exception:  # noqa: BLE001 - a recording that fails must not harm what is recorded
            text = line("not_recorded", request=result.id)
            self._logger.error(f"{text}\n{traceback.format_exc()}")

    def publish_frame(self, depth_frame: DepthFrame) -> None:
        """Publish image, depth and calibration of a frame, unless that was done before."""
        pair, computed = depth_frame.pair, _is_computed(depth_frame)
        listeners = sum(p.get_subscription_count() for p in self._frame_publishers)
        if not listeners:
            return
        key = (pair.stamp_ns, _depth_source(depth_frame))
        with self._lock:
            if listeners != self._listeners:  # the event about that may still be on its way
                self._listeners = listeners
                self._shown.clear()
            if key in self._shown:
                return
            self._shown[key] = None
            if len(self._shown) > FRAMES_REMEMBERED:
                del self._shown[next(iter(self._shown))]
        header = header_of(pair)
        depth = None if pair.depth is None else picture_to_msg(pair.depth)
        info = None if pair.info is None else calibration_to_msg(pair.info)
        if computed:
            frame = depth_frame.geometry
            depth, info = _image(frame.depth, header), camera_to_msg(frame.camera)
            self._show("depth_stddev", _image(frame.depth_sigma, header))
        self._show("image", picture_to_msg(pair.image))
        self._show("depth", depth)
        if info is not None:
            info.header = header  # viewers pair the two by stamp
            self._show("camera_info", info)

    def _show(self, name: str, message: Image | CompressedImage | CameraInfo | None) -> None:
        publisher = self._publishers.get((name, type(message)))
        if publisher is not None and publisher.get_subscription_count():
            publisher.publish(message)

    def _record_of(self, result: Result, response: Any) -> RequestRecord:
        """Request and response, and what the one was made of the other from."""
        request, context, settings = result.request, result.context, self._settings.current
        view = context.view
        record = RequestRecord(
            request_id=result.id,
            kind="ask" if isinstance(request, AskRequest) else "measure",
            question=result.question,
            elapsed=result.elapsed,
            reference_frame=request.reference_frame,
            error_code=response.error_code,
            error_msg=response.error_msg,
            regions=[region_to_msg(region) for region in context.regions],
            regions_from_topic=context.regions_from_topic,
            together=view is not None and view.whole,
            tracked=[
                tracked_to_msg(obj, header_of(context.pair))
                for obj in (() if view is None else view.tracked())
            ],
            max_range=float(settings.max_range),
            stand_off=float(settings.target.stand_off),
        )
        if isinstance(request, AskRequest):
            record.backend, record.raw = request.backend, request.raw
            record.context = request.context
            record.answer = response.answer
        else:
            record.skip_relations = request.skip_relations
            record.objects, record.relations = response.objects, response.relations
            record.failures = response.failures
        if context.frame is not None:
            _fill_frame(record, context.frame)
        record.floor = float("nan")
        if context.gravity is not None:
            _fill_gravity(record, context.gravity)
        _fill_reference(record, context.reference_frame)
        return record


def _is_computed(frame: DepthFrame) -> bool:
    """Whether the depth is not the sensor's message: estimated, registered, of another unit."""
    pair = frame.pair
    return frame.estimated is not None or not pair.is_registered or bool(pair.depth_unit)


def _depth_source(frame: DepthFrame) -> str:
    return "sensor" if frame.estimated is None else frame.estimated.depth_source


def _fill_frame(record: RequestRecord, frame: DepthFrame) -> None:
    pair, noise = frame.pair, asdict(frame.noise)
    record.header = header_of(pair)
    record.depth_noise_names = list(noise)
    record.depth_noise = [float(value) for value in noise.values()]
    record.depth_source = _depth_source(frame)
    if _is_computed(frame):
        record.depth_stamp = record.header.stamp
    else:
        record.rectified = pair.rectified
        record.depth_stamp = time_to_msg(0 if pair.depth is None else pair.depth.stamp_ns)


def _image(values: np.ndarray | None, header: Header) -> Image | None:
    """Depth or its standard deviation."""
    if values is None:
        return None
    message = depth_to_msg(values)
    message.header = header
    return message


def _fill_gravity(record: RequestRecord, gravity: Gravity) -> None:
    record.gravity_up = vector_to_msg(gravity.up)
    record.gravity_source = gravity.source
    record.gravity_stddev = float(gravity.stddev or 0.0)
    if gravity.floor is not None:
        record.floor, record.floor_source = float(gravity.floor), gravity.floor_source


def _fill_reference(record: RequestRecord, reference: "str | ReferenceFrame") -> None:
    if isinstance(reference, str):
        record.reference = reference
        return
    x, y, z, w = (float(c) for c in quaternion(reference.rotation))
    record.reference = reference.name
    record.reference_transform = Transform(
        translation=vector_to_msg(reference.translation), rotation=Quaternion(x=x, y=y, z=z, w=w)
    )
    record.reference_right = vector_to_msg(reference.right)
    record.reference_up = vector_to_msg(reference.up)
    record.reference_forward = vector_to_msg(reference.forward)
