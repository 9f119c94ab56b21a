"""Builders of camera messages."""

import array
from types import SimpleNamespace

import numpy as np
import pytest
from geometry_msgs.msg import Point32, Polygon
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from hispatial_ros.errors import SpatialError
from hispatial_ros.msg import Region, RegionArray

NS = 1_000_000_000
T0 = 1_700_000_000 * NS  # stamps of the tests start here


def stamped(msg, stamp=T0, frame_id="camera"):
    msg.header.stamp.sec, msg.header.stamp.nanosec = divmod(int(stamp), NS)
    msg.header.frame_id = frame_id
    return msg


def image(pixels, encoding, *, stamp=T0, frame_id="camera", padding=0, big_endian=False):
    """[H, W] or [H, W, C] samples as a message with rows padded by some bytes of garbage."""
    pixels = np.asarray(pixels)
    samples = pixels.astype(pixels.dtype.newbyteorder(">" if big_endian else "<"))
    rows = np.frombuffer(samples.tobytes(), np.uint8).reshape(len(pixels), -1)
    rows = np.pad(rows, ((0, 0), (0, padding)), constant_values=0xA5)
    msg = Image(encoding=encoding, is_bigendian=int(big_endian))
    msg.height, msg.width, msg.step = pixels.shape[0], pixels.shape[1], rows.shape[1]
    msg.data = array.array("B", rows.tobytes())
    return stamped(msg, stamp, frame_id)


def camera_info(width=64, height=48, f=60.0, *, stamp=T0, frame_id="camera", **fields):
    msg = CameraInfo(width=width, height=height, distortion_model="plumb_bob")
    cx, cy = (width - 1) / 2, (height - 1) / 2
    msg.k = [f, 0.0, cx, 0.0, f, cy, 0.0, 0.0, 1.0]
    msg.p = [f, 0.0, cx, 0.0, 0.0, f, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    for name, value in fields.items():
        setattr(msg, name, value)
    return stamped(msg, stamp, frame_id)


def compressed(data, form, *, stamp=T0, frame_id="camera"):
    msg = CompressedImage(format=form)
    msg.data = array.array("B", bytes(data))
    return stamped(msg, stamp, frame_id)


def region(label="mug", box=(1, 2, 3, 4), outline=(), identity=""):
    x0, y0, x1, y1 = map(float, box)
    polygon = Polygon(points=[Point32(x=float(u), y=float(v)) for u, v in outline])
    return Region(label=label, id=identity, x0=x0, y0=y0, x1=x1, y1=y1, outline=polygon)


def regions(*entries, stamp=T0):
    return stamped(RegionArray(regions=list(entries)), stamp)


def outcome(function, *args, **kwargs):
    """The result of a call, or the code of the SpatialError it raises."""
    try:
        return function(*args, **kwargs)
    except SpatialError as error:
        return error.code


@pytest.fixture(scope="session")
def make():
    """The builders, by name."""
    return SimpleNamespace(
        image=image,
        camera_info=camera_info,
        compressed=compressed,
        region=region,
        regions=regions,
        stamped=stamped,
        outcome=outcome,
        T0=T0,
    )
