"""Checks of frames for `hispatial doctor`: the node's own intake takes what arrived."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from hispatial_ros.detect.scale import judge_scale
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.health.check import Check, Status
from hispatial_ros.intake import from_ros
from hispatial_ros.intake.frame_buffer import FrameBuffer
from hispatial_ros.intake.orientations import Orientations
from hispatial_ros.intake.paired import PairedFrame
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.settings.settings import Settings

check = partial(Check, "camera")
DEPTH_ENCODINGS = ("16UC1", "32FC1", "64FC1", "mono16")
COLOUR = ("rgb", "bgr", "bayer", "yuv", "uyvy", "yuyv", "jpeg", "mono8", "8UC")
MIDDLE = "the middle of the image"
LONG_AGO = 10.0  # s; a frame that old can still be looked at
Arrived = Mapping[str, list[Any]]  # input -> its messages, at least one


def check_frames(
    arrived: Arrived, topics: Mapping[str, str], settings: Settings, needs_depth: bool, now: int
) -> Iterator[Check]:
    """Yields the checks of contents, pairing, calibration and of one answer.

    Args:
        topics: full name of each input's topic.
        settings: of the node.
        needs_depth: False where a depth model is ready.
        now: ns.
    """
    if (swapped := _swapped(arrived)) is not None:
        yield swapped
    if "imu" in arrived:
        yield from _imu(arrived["imu"], topics["imu"], settings, now)
    registered = _is_registered(arrived)
    used = dict(arrived)
    if not registered:
        color, depth = (arrived[name][-1].header.frame_id for name in ("image", "depth"))
        yield check(
            "depth frame",
            Status.WARN,
            f"depth is in {depth!r}, the image in {color!r}",
            "the node registers it if TF joins the two (not checked here); better subscribe to "
            "the driver's registered (aligned) depth",
        )
        del used["depth"]
    buffer = FrameBuffer(replace(settings, max_frame_age=LONG_AGO), topics)
    yield from _contents(buffer, used, topics, now)
    if "image" in arrived:
        stamp = arrived["image"][-1].header.stamp
        yield _age(topics["image"], now / 1e9 - stamp.sec - stamp.nanosec / 1e9)
    if not needs_depth and "camera_info" not in arrived:
        yield check("calibration", Status.INFO, "none", "the depth model estimates it")
        return
    needs_depth = needs_depth and registered
    try:
        pair = buffer.newest(now, need_depth=needs_depth, with_regions="regions" in arrived)
        camera = pair.frame().camera
    except SpatialError as error:
        yield check("frames", Status.FAIL, f"{error.code.name}: {error}")
        return
    lens = f"distortion {camera.distortion_model}" if camera.is_distorted else "no distortion"
    found = f"fx {camera.fx:.1f}, fy {camera.fy:.1f}, {lens}, fits the image"
    if camera.notes:
        advice = "correct what the driver publishes as camera_info"
        yield check("calibration", Status.WARN, "; ".join((found, *camera.notes)), advice)
    else:
        yield check("calibration", Status.OK, found)
    if pair.doubts:
        advice = "have the driver stamp its messages with the optical frame"
        yield check("frame", Status.WARN, "; ".join(pair.doubts), advice)
    if pair.depth is not None:
        yield _pairing(buffer, now)
        yield _answer(pair, settings)
        yield from _unit(pair, buffer, settings)
    if "regions" in arrived or "detections" in arrived:
        message = buffer.regions_at(pair.stamp_ns)
        labels = [region.label for region in message.regions] if message else []
        found = ", ".join(labels) or "none for the newest image"
        yield check("regions", Status.OK, found)


def encoding(msg: Any) -> str:
    """Of an image, compressed or not."""
    return msg.format if hasattr(msg, "format") else msg.encoding


def _swapped(arrived: Arrived) -> Check | None:
    """Depth on the image topic and colour on the depth topic."""
    if not {"image", "depth"} <= set(arrived):
        return None
    image, depth = (encoding(arrived[name][-1]) for name in ("image", "depth"))
    if not (image.startswith(DEPTH_ENCODINGS) and depth.startswith(COLOUR)):
        return None
    return check(
        "image and depth",
        Status.FAIL,
        f"swapped: {image} arrives as the image, {depth} as depth",
        "exchange the remappings of image and depth",
    )


def _is_registered(arrived: Arrived) -> bool:
    frames = {
        arrived[name][-1].header.frame_id.lstrip("/")
        for name in ("image", "depth")
        if name in arrived
    }
    return len(frames) < 2 or "" in frames


def _contents(
    buffer: FrameBuffer, arrived: Arrived, topics: Mapping[str, str], now: int
) -> Iterator[Check]:
    """Fills the node's buffer with all that arrived; yields a check for what it does not take."""
    sources = (
        ("image", "image", from_ros.picture),
        ("depth", "depth", from_ros.picture),
        ("camera_info", "camera_info", from_ros.calibration),
        ("depth_camera_info", "depth_camera_info", from_ros.calibration),
        ("regions", "regions", from_ros.regions),
        ("detections", "regions", from_ros.regions),
    )
    for name, stream, read in sources:
        messages = arrived.get(name, [])
        reasons = [why for msg in messages if (why := buffer.add(stream, read(msg), now))]
        if len(reasons) > len(messages) / 2:
            why = reasons[-1].partition(": ")[2]
            yield check(
                f"{topics[name]} contents",
                Status.FAIL,
                f"{len(reasons)} of {len(messages)} messages are of no use, the last since: {why}",
                f"have the publisher send what the input {name} needs, or remap it",
            )


def _imu(messages: list[Any], topic: str, settings: Settings, now: int) -> Iterator[Check]:
    orientations = Orientations(topic)
    for msg in messages:
        why = orientations.add(from_ros.orientation(msg), now, settings.max_future)
    frame = messages[-1].header.frame_id
    if why:
        yield check(f"{topic} orientation", Status.WARN, why, "up comes from the view meanwhile")
    else:
        yield check(f"{topic} orientation", Status.OK, f"of frame {frame!r}")


def _pairing(buffer: FrameBuffer, now: int) -> Check:
    status = buffer.status(now)
    total = status.paired + status.unpaired
    return check(
        "pairing",
        Status.OK if status.paired >= 0.8 * total else Status.WARN,
        f"{status.paired} of {total} images have depth within {buffer.settings.sync.slop:g} s",
        "raise the parameter sync.slop, or synchronise the two streams",
    )


def _answer(pair: PairedFrame, settings: Settings) -> Check:
    """How far the middle of the newest image is, by the way that answers go."""
    frame = pair.frame()
    width, height = frame.camera.width, frame.camera.height
    region = Region(MIDDLE, (width / 4, height / 4, 3 * width / 4, 3 * height / 4))
    options = MeasureOptions(settings.depth_noise.noise, max_range=settings.max_range)
    advice = "point the camera at something within its range; see also the depth's unit"
    try:
        measured = measure(frame, [region], options)
    except SpatialError as error:
        return check("answer", Status.FAIL, f"{error.code.name}: {error}", advice)
    if not measured.objects:
        failure = measured.failures[0]
        found = f"{failure.code.name}: {failure.message}"
        return check("answer", Status.WARN, found, advice)
    middle = measured.objects[0]
    text = f"{MIDDLE} is {middle.distance:.2f} ± {2 * middle.distance_stddev:.2f} m away"
    return check("answer", Status.OK, text)


def _unit(pair: PairedFrame, buffer: FrameBuffer, settings: Settings) -> Iterator[Check]:
    """Whether the labelled things have the size that their names tell, if that is not settled."""
    message = buffer.regions_at(pair.stamp_ns)
    if settings.depth_unit or message is None or not message.regions:
        return
    points = PointMap(pair.frame(), settings.depth_noise.noise, settings.max_range)
    if doubt := judge_scale(points, message.regions).doubt:
        yield check("depth unit", Status.FAIL, doubt, "set the parameter depth_unit")


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
