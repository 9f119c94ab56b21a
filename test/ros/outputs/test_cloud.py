"""The cloud's bytes, and that sensor_msgs_py makes and reads the same."""

import struct

import numpy as np
import pytest
from std_msgs.msg import Header

from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.ros.outputs import cloud as clouds
from hispatial_ros.ros.outputs.cloud import cloud_to_msg, create_own_cloud

HEADER = Header(frame_id="camera")
NAN = float("nan")
RGB = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [1, 2, 3]], [[9, 9, 9], [255, 255, 255]]])
DEPTH = np.array([[1.0, NAN], [2.0, 4.0], [0.5, 1.5]], np.float32)


def frame(depth: np.ndarray = DEPTH) -> Frame:
    camera = Camera(width=2, height=3, fx=2.0, fy=2.0, cx=0.0, cy=1.0)
    return Frame(camera=camera, depth=depth, rgb=RGB.astype(np.uint8))


@pytest.fixture(params=["own", "sensor_msgs_py"])
def maker(request, monkeypatch):
    """Who makes the cloud."""
    create = create_own_cloud
    if request.param != "own":
        create = pytest.importorskip(
            "sensor_msgs_py.point_cloud2", reason="sensor_msgs_py is not installed (PyPI has none)"
        ).create_cloud
    monkeypatch.setattr(clouds, "create_cloud", create)


def packed(*points: tuple[float, float, float, int]) -> bytes:
    """By hand: three floats and 0x00RRGGBB, little endian."""
    return b"".join(struct.pack("<fffI", *point) for point in points)


def test_dense_cloud_byte_by_byte(maker):
    msg = cloud_to_msg(frame(), HEADER, False, 100.0)
    assert bytes(msg.data) == packed(
        *((0.0, -0.5, 1.0, 0xFF0000), (0.0, 0.0, 2.0, 0x0000FF), (2.0, 0.0, 4.0, 0x010203)),
        *((0.0, 0.25, 0.5, 0x090909), (0.75, 0.75, 1.5, 0xFFFFFF)),
    )
    assert (msg.height, msg.width, msg.point_step, msg.row_step) == (1, 5, 16, 80)
    assert (msg.is_dense, msg.is_bigendian, msg.header) == (True, False, HEADER)
    assert [(f.name, f.offset, f.datatype, f.count) for f in msg.fields] == [
        *(("x", 0, 7, 1), ("y", 4, 7, 1), ("z", 8, 7, 1), ("rgb", 12, 7, 1)),
    ]


def test_organized_cloud_keeps_rows_and_columns(maker):
    msg = cloud_to_msg(frame(), HEADER, True, 100.0)
    assert (msg.height, msg.width, msg.point_step, msg.row_step) == (3, 2, 16, 32)
    assert not msg.is_dense
    z = np.frombuffer(msg.data, "<f4").reshape(3, 2, 4)[..., 2]
    np.testing.assert_array_equal(z, DEPTH)
    assert bytes(msg.data[28:32]) == bytes([0, 255, 0, 0])  # the colour of what has no depth


def test_a_cloud_without_points(maker):
    msg = cloud_to_msg(frame(np.full((3, 2), NAN, np.float32)), HEADER, False, 100.0)
    assert (msg.height, msg.width, msg.row_step, bytes(msg.data)) == (1, 0, 0, b"")


def test_sensor_msgs_py_makes_the_same_message_and_reads_it():
    upstream = pytest.importorskip(
        "sensor_msgs_py.point_cloud2", reason="sensor_msgs_py is not installed (PyPI has none)"
    )
    points = np.random.default_rng(1).normal(size=(100, 4)).astype(np.float32)
    structured = points.view(clouds.LAYOUT)[:, 0]
    own = create_own_cloud(HEADER, clouds.FIELDS, structured)
    assert own == upstream.create_cloud(HEADER, clouds.FIELDS, structured)
    np.testing.assert_array_equal(upstream.read_points(own), structured)
    np.testing.assert_array_equal(
        upstream.read_points_numpy(own, field_names=["x", "y", "z"]), points[:, :3]
    )
