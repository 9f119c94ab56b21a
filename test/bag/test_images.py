"""Images come out of a recording as they went in, read by what others decode with."""

import struct
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from hispatial_ros.bag.images import compress
from hispatial_ros.intake.compressed import compressed_to_depth, compressed_to_rgb
from hispatial_ros.intake.messages import CompressedMessage

WIDTH, HEIGHT = 37, 23


def image(encoding, pixels, padding=0, big_endian=False, step=None):
    """As sensor_msgs/Image, with so many bytes behind each row."""
    rows = pixels.reshape(HEIGHT, -1).view(np.uint8)
    data = np.pad(rows, ((0, 0), (0, padding)), constant_values=77)
    return SimpleNamespace(
        encoding=encoding,
        height=HEIGHT,
        width=WIDTH,
        is_bigendian=big_endian,
        step=data.shape[1] if step is None else step,
        data=data.tobytes(),
    )


@pytest.fixture
def noise():
    return np.random.default_rng(0)


@pytest.fixture
def depth(noise):
    return noise.integers(0, 2**16, (HEIGHT, WIDTH), dtype=np.uint16)


def colours(noise, channels):
    return noise.integers(0, 256, (HEIGHT, WIDTH, channels), dtype=np.uint8)


def by_image_transport(kept):
    """What compressed_image_transport makes of it: OpenCV's BGR, turned by the name in front."""
    pixels = cv2.imdecode(np.frombuffer(kept.data, np.uint8), cv2.IMREAD_UNCHANGED)
    encoding, _, compressed = kept.format.partition(";")
    turned = "compressed bgr" in compressed and encoding == "rgb8"
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB) if turned else pixels


@pytest.mark.parametrize("padding", [0, 5])
@pytest.mark.parametrize("encoding", ["rgb8", "bgr8"])
def test_colour_is_exact(noise, encoding, padding):
    pixels = colours(noise, 3)
    kept = compress(image(encoding, pixels, padding), "png")
    assert (kept.transport, kept.format, kept.loss) == (
        "compressed",
        f"{encoding}; png compressed bgr8",
        "",
    )
    np.testing.assert_array_equal(by_image_transport(kept), pixels)
    message = CompressedMessage(0, "", kept.format, kept.data)
    rgb = pixels if encoding == "rgb8" else pixels[..., ::-1]
    np.testing.assert_array_equal(compressed_to_rgb(message, 2**20), rgb)


def test_grey_is_exact(noise):
    pixels = colours(noise, 1)
    kept = compress(image("mono8", pixels), "png")
    np.testing.assert_array_equal(by_image_transport(kept), pixels[..., 0])


@pytest.mark.parametrize("encoding", ["rgba8", "bgra8"])
def test_what_is_transparent_stays_as_it_came(noise, encoding):
    pixels = colours(noise, 4)
    assert compress(image(encoding, pixels), "png") is None
    pixels[..., 3] = 255
    decoded = by_image_transport(compress(image(encoding, pixels), "png"))
    bgr = pixels[..., :3] if encoding == "bgra8" else pixels[..., 2::-1]
    np.testing.assert_array_equal(decoded, bgr)


@pytest.mark.parametrize("kind", ["png", "jpeg"])
@pytest.mark.parametrize(("order", "padding"), [("<", 0), (">", 0), ("<", 6)])
def test_depth_is_exact_however_colour_is_kept(depth, kind, order, padding):
    sent = depth.astype(f"{order}u2")
    kept = compress(image("16UC1", sent, padding, big_endian=order == ">"), kind)
    assert (kept.transport, kept.format) == ("compressedDepth", "16UC1; compressedDepth png")
    assert kept.loss == ""
    # ConfigHeader of compressed_depth_image_transport, then the PNG.
    assert struct.unpack_from("<iff", kept.data) == (0, 0.0, 0.0)
    png = np.frombuffer(kept.data, np.uint8, offset=12)
    np.testing.assert_array_equal(cv2.imdecode(png, cv2.IMREAD_UNCHANGED), depth)
    message = CompressedMessage(0, "", kept.format, kept.data)
    np.testing.assert_array_equal(compressed_to_depth(message, 2**20), depth)


def test_jpeg_is_smaller_and_says_what_is_lost():
    ramp = np.linspace(0, 255, HEIGHT * WIDTH * 3).astype(np.uint8).reshape(HEIGHT, WIDTH, 3)
    kept = compress(image("rgb8", ramp), "jpeg")
    assert kept.format == "rgb8; jpeg compressed bgr8"
    assert "JPEG" in kept.loss
    np.testing.assert_allclose(by_image_transport(kept), ramp, atol=30)


@pytest.mark.parametrize("encoding", ["32FC1", "bayer_rggb8", "yuv422", "nonsense"])
def test_what_has_no_lossless_format_stays_as_it_came(noise, encoding):
    assert compress(image(encoding, colours(noise, 4)), "png") is None


def test_raw_changes_nothing(noise, depth):
    assert compress(image("rgb8", colours(noise, 3)), "raw") is None
    assert compress(image("16UC1", depth), "raw") is None


@pytest.mark.parametrize("step", [0, 5, 10_000])
def test_a_message_that_contradicts_itself_stays_as_it_came(noise, depth, step):
    assert compress(image("rgb8", colours(noise, 3), step=step), "png") is None
    assert compress(image("16UC1", depth, step=step), "png") is None
