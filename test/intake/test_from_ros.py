"""Messages of every library that brings them become the same structs."""

import math
from array import array
from dataclasses import asdict, fields
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import check_region
from hispatial_ros.intake import from_ros
from hispatial_ros.intake.convert import image_to_rgb
from hispatial_ros.intake.messages import CompressedMessage, ImageMessage

NS = SimpleNamespace
STAMP = 1_700_000_000_123_456_789
HEADER = NS(stamp=NS(sec=STAMP // 10**9, nanosec=STAMP % 10**9), frame_id="camera")
PIXELS = bytes(range(6 * 8 * 3))
K = [500.0, 0.0, 4.0, 0.0, 510.0, 3.0, 0.0, 0.0, 1.0]
R = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
P = [400.0, 0.0, 4.0, 0.0, 0.0, 410.0, 3.0, 0.0, 0.0, 0.0, 1.0, 0.0]
D = [0.1, -0.2, 0.001, 0.002, 0.05]


def detection(classes, center, size, theta=0.0, identity=""):
    """A vision_msgs/Detection2D (the fields that exist since Humble)."""
    return NS(
        id=identity,
        results=[NS(hypothesis=NS(class_id=c, score=s)) for c, s in classes],
        bbox=NS(
            center=NS(position=NS(x=center[0], y=center[1]), theta=theta),
            size_x=size[0],
            size_y=size[1],
        ),
    )


def assert_refused(detection):
    with pytest.raises(SpatialError) as caught:
        check_region(only(NS(header=HEADER, detections=[detection])), 640, 480)
    assert caught.value.code is ErrorCode.BAD_REGION


def only(message):
    (region,) = from_ros.regions(message).regions
    return region


def region(label, box, outline=(), identity=""):
    """A hispatial_ros/Region."""
    x0, y0, x1, y1 = box
    points = [NS(x=u, y=v) for u, v in outline]
    return NS(label=label, id=identity, x0=x0, y0=y0, x1=x1, y1=y1, outline=NS(points=points))


def test_region_array():
    outline = [(1, 1), (5, 1), (3, 4)]
    given = [region("blue mug", (1, 1, 5, 4), outline, "7"), region("box", (1, 2, 3, 4))]
    found = from_ros.regions(NS(header=HEADER, regions=given))
    assert (found.stamp_ns, found.frame_id, found.count, found.vertices) == (STAMP, "camera", 2, 3)
    first, second = found.regions
    assert (first.label, first.box, first.id) == ("blue mug", (1, 1, 5, 4), "7")
    np.testing.assert_array_equal(first.outline, outline)
    assert second.outline is None


def test_detections():
    message = NS(
        header=HEADER,
        detections=[detection([("cup", 0.2), ("mug", 0.7)], (20.0, 30.0), (8.0, 4.0), 0.0, "3")],
    )
    region = only(message)
    assert (region.label, region.box, region.id) == ("mug", (16, 28, 24, 32), "3")
    assert region.outline is None


def test_detection_without_class():
    assert only(NS(header=HEADER, detections=[detection([], (1.0, 1.0), (2.0, 2.0))])).label == ""


@pytest.mark.parametrize("theta", [math.pi / 2, -math.pi / 2])
def test_quarter_turn_swaps_the_sides(theta):
    region = only(NS(header=HEADER, detections=[detection([], (20.0, 30.0), (8.0, 4.0), theta)]))
    np.testing.assert_allclose(region.box, (18, 26, 22, 34), atol=1e-9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [[0], [1], [2], [3], [4], [0, 2, 3]])
def test_a_box_of_no_numbers_is_one_that_is_refused(place, bad):
    numbers = np.array([20.0, 30.0, 8.0, 4.0, 0.5])
    numbers[place] = bad
    x, y, width, height, theta = numbers.tolist()
    turned = detection([], (x, y), (width, height), theta)
    assert_refused(turned)


@pytest.mark.filterwarnings("error")
def test_a_box_too_large_for_numbers_is_refused():
    turned = detection([], (1e308, 1e308), (1.7e308, 1.7e308), 0.7)
    assert_refused(turned)


def test_rotated_box_has_its_outline():
    turned = detection([], (20.0, 30.0), (8.0, 4.0), math.pi / 6)
    outline = only(NS(header=HEADER, detections=[turned])).outline
    sides = np.linalg.norm(np.roll(outline, -1, 0) - outline, axis=1)
    np.testing.assert_allclose(sides, [8, 4, 8, 4])
    # Image axes are x right and y down, so a positive angle turns clockwise as seen.
    along = outline[1] - outline[0]
    assert math.atan2(along[1], along[0]) == pytest.approx(math.pi / 6)


# Each library's own message classes


def of_rclpy():
    """Classes and the array types that their messages have after they were received."""
    sensors = pytest.importorskip("sensor_msgs.msg", reason="ROS message packages are missing")
    from builtin_interfaces.msg import Time
    from geometry_msgs.msg import Quaternion
    from std_msgs.msg import Header

    header = Header(stamp=Time(sec=STAMP // 10**9, nanosec=STAMP % 10**9), frame_id="camera")
    return sensors, header, Quaternion(x=0.0, y=0.6, z=0.0, w=0.8), lambda data: array("B", data)


def of_rosbags():
    pytest.importorskip("rosbags", reason="rosbags is not installed")
    from rosbags.typesys import Stores, get_typestore

    types = get_typestore(Stores.ROS2_HUMBLE).types
    sensors = NS(
        **{
            name.rpartition("/")[2]: partial(_rosbags_message, types[name])
            for name in types
            if name.startswith("sensor_msgs/msg/")
        }
    )
    time = types["builtin_interfaces/msg/Time"](sec=STAMP // 10**9, nanosec=STAMP % 10**9)
    header = types["std_msgs/msg/Header"](stamp=time, frame_id="camera")
    quaternion = types["geometry_msgs/msg/Quaternion"](x=0.0, y=0.6, z=0.0, w=0.8)
    return sensors, header, quaternion, lambda data: np.frombuffer(data, np.uint8)


def _rosbags_message(message_type, **given):
    """rosbags asks for every field, and gives numbers as arrays."""
    numbers = {k: np.array(v) for k, v in given.items() if isinstance(v, list)}
    return message_type(**{f.name: None for f in fields(message_type)} | given | numbers)


libraries = pytest.mark.parametrize("library", [of_rclpy, of_rosbags])


@libraries
def test_images(library):
    sensors, header, _, buffer = library()
    layout = {"height": 6, "width": 8, "encoding": "rgb8", "is_bigendian": 0, "step": 24}
    msg = sensors.Image(header=header, data=buffer(PIXELS), **layout)
    found = from_ros.picture(msg)
    assert isinstance(found, ImageMessage)
    assert (found.stamp_ns, found.frame_id) == (STAMP, "camera")
    assert {name: getattr(found, name) for name in layout} == layout
    assert found.data is msg.data
    assert image_to_rgb(found).tobytes() == PIXELS


@libraries
def test_compressed_images(library):
    sensors, header, _, buffer = library()
    msg = sensors.CompressedImage(header=header, format="png", data=buffer(PIXELS))
    found = from_ros.picture(msg)
    assert isinstance(found, CompressedMessage)
    assert (found.stamp_ns, found.frame_id, found.format) == (STAMP, "camera", "png")
    assert found.data is msg.data


@libraries
def test_calibrations(library):
    sensors, header, _, _ = library()
    area = {"x_offset": 1, "y_offset": 2, "height": 3, "width": 4, "do_rectify": True}
    msg = sensors.CameraInfo(
        header=header,
        **{"height": 6, "width": 8, "distortion_model": "plumb_bob", "d": D, "k": K, "r": R},
        **{"p": P, "binning_x": 2, "binning_y": 3, "roi": sensors.RegionOfInterest(**area)},
    )
    assert asdict(from_ros.calibration(msg)) == {
        **{"stamp_ns": STAMP, "frame_id": "camera", "width": 8, "height": 6},
        **{"distortion_model": "plumb_bob", "d": tuple(D), "k": tuple(K), "r": tuple(R)},
        **{"p": tuple(P), "binning_x": 2, "binning_y": 3, "roi": area},
    }


@libraries
def test_orientations(library):
    sensors, header, quaternion, _ = library()
    msg = sensors.Imu(
        header=header, orientation=quaternion, orientation_covariance=[1e-4] + [0.0] * 8
    )
    found = from_ros.orientation(msg)
    assert (found.stamp_ns, found.frame_id) == (STAMP, "camera")
    assert found.quaternion == (0, 0.6, 0, 0.8)
    assert list(found.covariance) == [1e-4] + [0] * 8
