"""Checks of frames for `hispatial doctor`: the node's own intake takes what arrived."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from hispatial_ros.errors import SpatialError
from hispatial_ros.health.check import Check, Status
from hispatial_ros.intake import from_ros
from hispatial_ros.intake.frame_buffer import FrameBuffer
from hispatial_ros.settings.settings import Settings

check = partial(Check, "camera")
DEPTH_ENCODINGS = ("16UC1", "32FC1", "mono16")
INFO = "sensor_msgs/msg/CameraInfo"
IMAGES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage")
Messages = dict[str, list[Any]]  # topic -> what arrived, at least one


@dataclass(frozen=True)
class Arrived:
    """Messages of each topic, by what they carry."""

    color: Messages = field(default_factory=dict)
    depth: Messages = field(default_factory=dict)
    infos: Messages = field(default_factory=dict)
    regions: Messages = field(default_factory=dict)


def by_kind(kinds: Mapping[str, str], messages: Messages) -> Arrived:
    """What arrived, by what it carries.

    Args:
        kinds: topic -> type.
    """
    arrived = Arrived()
    for topic, msgs in messages.items():
        if kinds[topic] == INFO:
            arrived.infos[topic] = msgs
        elif kinds[topic] not in IMAGES:
            arrived.regions[topic] = msgs
        elif encoding(msgs[-1]).startswith(DEPTH_ENCODINGS):
            arrived.depth[topic] = msgs
        else:
            arrived.color[topic] = msgs
    return arrived


def check_frames(arrived: Arrived, now: int) -> Iterator[Check]:
    """Yields the checks of pairing, calibration, conversion and regions; ``now`` in ns."""
    frames = [
        _frame_id(msgs) for images in (arrived.color, arrived.depth) for msgs in _first(images)
    ]
    registered = len(set(frames)) < 2
    if not registered:
        color, depth = frames
        yield check(
            "depth frame",
            Status.WARN,
            f"depth is in {depth!r}, the image in {color!r}",
            "the node registers it if TF joins the two (not checked here); better subscribe to "
            "the driver's registered (aligned) depth",
        )
        infos = {topic: msgs for topic, msgs in arrived.infos.items() if _frame_id(msgs) != depth}
        arrived = replace(arrived, depth={}, infos=infos)
    buffer = _fill(arrived, now)
    for topic, msgs in arrived.color.items():
        stamp = msgs[-1].header.stamp
        yield _age(topic, now / 1e9 - stamp.sec - stamp.nanosec / 1e9)
    has_depth, has_regions = bool(arrived.depth), bool(arrived.regions)
    try:
        pair = buffer.newest(now, need_depth=has_depth, with_regions=has_regions)
        camera = pair.frame().camera
    except SpatialError as error:
        yield check("frames", Status.FAIL, f"{error.code.name}: {error}")
        return
    lens = f"distortion {camera.distortion_model}" if camera.is_distorted else "no distortion"
    found = f"fx {camera.fx:.1f}, fy {camera.fy:.1f}, {lens}, fits the image"
    yield check("calibration", Status.OK, found)
    if registered:
        yield _pairing(buffer, has_depth, now)
    if has_regions:
        labels = [region.label for region in buffer.regions_at(pair.stamp_ns) or []]
        found = ", ".join(labels) or "none for the newest image"
        yield check("regions", Status.OK, found)


def encoding(msg: Any) -> str:
    """Of an image, compressed or not."""
    return msg.format if hasattr(msg, "format") else msg.encoding


def _first(messages: Messages) -> Sequence[list[Any]]:
    return list(messages.values())[:1]


def _frame_id(messages: Sequence[Any]) -> str:
    return messages[-1].header.frame_id


def _fill(arrived: Arrived, now: int) -> FrameBuffer:
    """The node's buffer with all that arrived."""
    sources = (
        ("image", arrived.color, from_ros.picture),
        ("depth", arrived.depth, from_ros.picture),
        ("camera_info", arrived.infos, from_ros.calibration),
        ("regions", arrived.regions, from_ros.regions),
    )
    names = {name: next(iter(topics)) for name, topics, _ in sources if topics}
    buffer = FrameBuffer(Settings(max_frame_age=10.0), names)
    for name, topics, read in sources:
        for messages in topics.values():
            for msg in messages:
                buffer.add(name, read(msg), now)
    return buffer


def _pairing(buffer: FrameBuffer, has_depth: bool, now: int) -> Check:
    if not has_depth:
        return check(
            "pairing",
            Status.WARN,
            "no depth image, nothing can be measured",
            "publish registered depth, or set up a depth model (requirements/moge.txt)",
        )
    status = buffer.status(now)
    total = status.paired + status.unpaired
    return check(
        "pairing",
        Status.OK if status.paired >= 0.8 * total else Status.WARN,
        f"{status.paired} of {total} images have depth within {buffer.settings.sync.slop:g} s",
        "raise the parameter sync.slop, or synchronise the two streams",
    )


def _age(topic: str, age: float) -> Check:
    found = f"newest is {age * 1e3:.0f} ms old"
    if -0.1 < age < 1.0:
        return check(f"{topic} stamps", Status.OK, found)
    return check(
        f"{topic} stamps",
        Status.FAIL,
        found,
        "synchronise the clocks (chrony), or replay with --clock and use_sim_time",
    )
