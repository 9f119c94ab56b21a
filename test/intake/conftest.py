"""Builders of camera messages, as plain structs."""

import array
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.messages import (
    CalibrationMessage,
    CompressedMessage,
    ImageMessage,
    RegionsMessage,
)

NS = 1_000_000_000
T0 = 1_700_000_000 * NS  # stamps of the tests start here


def image(pixels, encoding, *, stamp=T0, frame_id="camera", padding=0, big_endian=False, **fields):
    """[H, W] or [H, W, C] samples as a message with rows padded by some bytes of garbage."""
    pixels = np.asarray(pixels)
    samples = pixels.astype(pixels.dtype.newbyteorder(">" if big_endian else "<"))
    rows = np.frombuffer(samples.tobytes(), np.uint8).reshape(len(pixels), -1)
    rows = np.pad(rows, ((0, 0), (0, padding)), constant_values=0xA5)
    height, width = pixels.shape[:2]
    data = array.array("B", rows.tobytes())
    msg = ImageMessage(stamp, frame_id, height, width, encoding, big_endian, rows.shape[1], data)
    return replace(msg, **fields)


def camera_info(width=64, height=48, f=60.0, *, stamp=T0, frame_id="camera", **fields):
    cx, cy = (width - 1) / 2, (height - 1) / 2
    numbers = {
        "d": (),
        "k": (f, 0.0, cx, 0.0, f, cy, 0.0, 0.0, 1.0),
        "r": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
        "p": (f, 0.0, cx, 0.0, 0.0, f, cy, 0.0, 0.0, 0.0, 1.0, 0.0),
    }
    numbers = {name: tuple(fields.pop(name, value)) for name, value in numbers.items()}
    return CalibrationMessage(
        stamp_ns=stamp,
        frame_id=frame_id,
        width=width,
        height=height,
        distortion_model=fields.pop("distortion_model", "plumb_bob"),
        **numbers,
        **fields,
    )


def compressed(data, form, *, stamp=T0, frame_id="camera"):
    return CompressedMessage(stamp, frame_id, form, array.array("B", bytes(data)))


def region(label="mug", box=(1, 2, 3, 4), outline=None, identity=""):
    return Region(label, tuple(map(float, box)), outline, identity)


def regions(*entries, stamp=T0):
    vertices = sum(0 if r.outline is None else len(r.outline) for r in entries)
    return RegionsMessage(stamp, "camera", len(entries), vertices, lambda: list(entries))


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
        outcome=outcome,
        T0=T0,
    )
