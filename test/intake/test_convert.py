import array
import sys
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.convert import (
    check_depth,
    check_image,
    image_size,
    image_to_depth,
    image_to_rgb,
)
from hispatial_ros.intake.messages import ImageMessage

RGB = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
ALPHA = np.random.default_rng(2).integers(0, 256, (6, 8, 1), np.uint8)
GREY = RGB[..., 0]

# What a publisher stores for the colours RGB (for grey: for GREY).
STORED = {
    "rgb8": RGB,
    "bgr8": RGB[..., ::-1],
    "rgba8": np.concatenate([RGB, ALPHA], 2),
    "bgra8": np.concatenate([RGB[..., ::-1], ALPHA], 2),
    "mono8": GREY,
    "8UC1": GREY,
    # 8 bit at full scale, plus or minus less than half a step of the result
    "rgb16": RGB.astype(np.uint16) * 257,
    "bgr16": RGB[..., ::-1].astype(np.uint16) * 257,
    "rgba16": np.concatenate([RGB, ALPHA], 2).astype(np.uint16) * 257,
    "bgra16": np.concatenate([RGB[..., ::-1], ALPHA], 2).astype(np.uint16) * 257,
    "mono16": GREY.astype(np.uint16) * 257,
}
BAYER = {  # channel at (row parity, column parity)
    "bayer_rggb8": [[0, 1], [1, 2]],
    "bayer_bggr8": [[2, 1], [1, 0]],
    "bayer_gbrg8": [[1, 2], [0, 1]],
    "bayer_grbg8": [[1, 0], [2, 1]],
}
# Bytes per pixel, and checksum of the RGB that 54 x 37 pixels of `pattern` convert to.
CHECKSUMS = {
    "rgb8": (3, 0x5DB5E7D1),
    "bgr8": (3, 0xFBCB13F7),
    "rgba8": (4, 0x15F50D9F),
    "bgra8": (4, 0x169C64AB),
    "mono8": (1, 0xAB9D7F18),
    "8UC1": (1, 0xAB9D7F18),
    "rgb16": (6, 0x81FCA700),
    "bgr16": (6, 0xB7C26104),
    "rgba16": (8, 0xFBF59A77),
    "bgra16": (8, 0x514B04D8),
    "mono16": (2, 0xB05DCC8A),
    "yuv422": (2, 0xF5B647D4),
    "uyvy": (2, 0xF5B647D4),
    "yuv422_yuy2": (2, 0x33D85789),
    "yuyv": (2, 0x33D85789),
    "bayer_rggb8": (1, 0x6015EB73),
    "bayer_rggb16": (2, 0x9FE5F20D),
    "bayer_bggr8": (1, 0x3AF39FB3),
    "bayer_bggr16": (2, 0x91833239),
    "bayer_gbrg8": (1, 0xC366DEC3),
    "bayer_gbrg16": (2, 0x90CA25A3),
    "bayer_grbg8": (1, 0xE8DD6624),
    "bayer_grbg16": (2, 0xFCA10CD0),
}
layouts = pytest.mark.parametrize(
    ("padding", "big_endian"), [(p, e) for p in (0, 1, 7, 16) for e in (False, True)]
)


def mosaic(rgb, pattern):
    rows, columns = np.indices(rgb.shape[:2])
    channel = np.array(pattern)[rows % 2, columns % 2]
    return np.take_along_axis(rgb, channel[..., None], 2)[..., 0]


@layouts
@pytest.mark.parametrize("encoding", STORED)
def test_colour(make, encoding, padding, big_endian):
    msg = make.image(STORED[encoding], encoding, padding=padding, big_endian=big_endian)
    rgb = image_to_rgb(msg)
    expected = RGB if STORED[encoding].ndim == 3 else np.repeat(GREY[..., None], 3, 2)
    assert rgb.dtype == np.uint8
    np.testing.assert_array_equal(rgb, expected)
    assert check_image(msg) == len(msg.data)


@given(st.integers(0, 65535))
def test_16_bit_samples_are_rounded(make, value):
    rgb = image_to_rgb(make.image(np.full((1, 1), value, np.uint16), "mono16"))
    assert rgb.tolist() == [[[round(value * 255 / 65535)] * 3]]


@layouts
@pytest.mark.parametrize("encoding", BAYER)
def test_bayer_patterns_give_the_colours_they_were_made_of(make, encoding, padding, big_endian):
    rgb = np.empty((12, 16, 3), np.uint8)
    rgb[:, :8], rgb[:, 8:] = (200, 90, 20), (10, 60, 250)
    msg = make.image(mosaic(rgb, BAYER[encoding]), encoding, padding=padding, big_endian=big_endian)
    found = image_to_rgb(msg)
    # Interpolation mixes only the two columns at the seam.
    np.testing.assert_array_equal(found[:, :7], rgb[:, :7])
    np.testing.assert_array_equal(found[:, 9:], rgb[:, 9:])


@pytest.mark.parametrize("encoding", BAYER)
@pytest.mark.parametrize("big_endian", [False, True])
def test_16_bit_bayer(make, encoding, big_endian):
    rgb = np.empty((6, 8, 3), np.uint16)
    rgb[:] = np.array([200, 90, 20]) * 257
    name = encoding.replace("8", "16")
    found = image_to_rgb(make.image(mosaic(rgb, BAYER[encoding]), name, big_endian=big_endian))
    np.testing.assert_array_equal(found, np.broadcast_to(np.uint8([200, 90, 20]), found.shape))


@layouts
@pytest.mark.parametrize(
    ("encoding", "order"),
    [("yuv422", "UYVY"), ("uyvy", "UYVY"), ("yuv422_yuy2", "YUYV"), ("yuyv", "YUYV")],
)
def test_yuv422(make, encoding, order, padding, big_endian):
    rng = np.random.default_rng(3)
    # Chroma in the range where no channel is clipped; each pair of pixels shares it.
    y = rng.integers(90, 150, (6, 8))
    u, v = rng.integers(110, 147, (2, 6, 4)).repeat(2, axis=2)
    stored = np.empty((6, 8, 2), np.uint8)
    luma = order.index("Y")
    stored[..., luma] = y
    stored[:, 0::2, 1 - luma], stored[:, 1::2, 1 - luma] = u[:, ::2], v[:, ::2]
    # ITU-R BT.601, studio range
    r = 1.164 * (y - 16) + 1.596 * (v - 128)
    g = 1.164 * (y - 16) - 0.813 * (v - 128) - 0.391 * (u - 128)
    b = 1.164 * (y - 16) + 2.018 * (u - 128)
    found = image_to_rgb(make.image(stored, encoding, padding=padding, big_endian=big_endian))
    np.testing.assert_allclose(found.astype(float), np.stack([r, g, b], -1), atol=1.5)


def pattern(count):
    """Bytes that look random, the same everywhere."""
    return ((np.arange(count, dtype=np.uint64) * 2654435761) >> 16).astype(np.uint8).tobytes()


@pytest.mark.skipif(sys.byteorder == "big", reason="checksums of little-endian samples")
@pytest.mark.parametrize("encoding", CHECKSUMS)
def test_cv_bridge_and_rosbags_image_give_the_same_pixels(make, encoding):
    """The checksums come out of either, whichever is installed here."""
    samples, checksum = CHECKSUMS[encoding]
    data = array.array("B", pattern(37 * 54 * samples))
    msg = ImageMessage(make.T0, "camera", 37, 54, encoding, False, 54 * samples, data)
    assert zlib.crc32(image_to_rgb(msg).tobytes()) == checksum


@layouts
@pytest.mark.parametrize("encoding", ["16UC1", "mono16"])
def test_depth_in_millimetres(make, encoding, padding, big_endian):
    depth = np.random.default_rng(4).integers(0, 65536, (5, 7), np.uint16)
    msg = make.image(depth, encoding, padding=padding, big_endian=big_endian)
    found = image_to_depth(msg)
    assert found.dtype == np.uint16
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, depth)
    assert check_depth(msg) == len(msg.data)


@layouts
def test_depth_in_metres(make, padding, big_endian):
    depth = np.random.default_rng(5).normal(2, 1, (5, 7)).astype(np.float32)
    depth[0, :4] = np.nan, np.inf, -np.inf, 0
    found = image_to_depth(make.image(depth, "32FC1", padding=padding, big_endian=big_endian))
    assert found.dtype == np.float32
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, depth)


@pytest.mark.parametrize(
    ("convert", "encoding", "dtype", "shape"),
    [
        (image_to_rgb, "rgb8", np.uint8, (480, 640, 3)),
        (image_to_depth, "16UC1", np.uint16, (480, 640)),
        (image_to_depth, "32FC1", np.float32, (480, 640)),
    ],
)
def test_common_encodings_are_viewed_not_copied(make, convert, encoding, dtype, shape):
    msg = make.image(np.zeros(shape, dtype), encoding, big_endian=sys.byteorder == "big")
    assert np.shares_memory(convert(msg), np.frombuffer(msg.data, np.uint8))


def test_one_pixel_and_8k(make):
    assert image_to_rgb(make.image(np.full((1, 1, 3), 7, np.uint8), "bgr8")).tolist() == [[[7] * 3]]
    assert image_to_depth(make.image(np.full((1, 1), 7, np.uint16), "16UC1")).tolist() == [[7]]
    large = np.zeros((4320, 7680), np.uint8)
    large[-1, -1] = 255
    rgb = image_to_rgb(make.image(large, "mono8"))
    assert rgb.shape == (4320, 7680, 3)
    assert rgb[-1, -1].tolist() == [255] * 3


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"encoding": "jpeg"}, "encoding 'jpeg'"),
        ({"encoding": "16UC1"}, "encoding '16UC1'"),
        ({"encoding": "\x00" * 10_000}, "encoding"),
        ({"width": 0}, "empty"),
        ({"height": 0}, "empty"),
        ({"width": 9}, "rows have 24 bytes"),
        ({"step": 23}, "rows have 23 bytes"),
        ({"step": 0}, "rows have 0 bytes"),
        ({"height": 7}, "truncated"),
        ({"height": 5}, "truncated"),
        ({"width": 2**32 - 1, "height": 2**32 - 1}, "limit"),
    ],
)
def test_malformed_images_are_refused_with_the_reason(make, fields, words):
    msg = replace(make.image(RGB, "rgb8"), **fields)
    for function in (image_to_rgb, check_image):
        with pytest.raises(SpatialError) as caught:
            function(msg)
        assert caught.value.code == ErrorCode.BAD_IMAGE
        assert words in str(caught.value)
        assert len(str(caught.value)) < 600


def test_pixel_limit_is_a_parameter(make):
    msg = make.image(RGB, "rgb8")
    assert image_to_rgb(msg, max_pixels=48).shape == RGB.shape
    with pytest.raises(SpatialError, match="max_image_pixels"):
        image_to_rgb(msg, max_pixels=47)


@pytest.mark.parametrize("encoding", [*STORED, *BAYER, "bayer_rggb16", "yuv422", "yuv422_yuy2"])
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (1, 5), (5, 1), (4, 3)])
def test_small_images_convert_or_are_refused(make, encoding, size):
    stored = STORED.get(encoding)
    if stored is not None:
        pixels = np.zeros(size + stored.shape[2:], stored.dtype)
    else:
        dtype = np.uint16 if encoding.endswith("16") else np.uint8
        pixels = np.zeros(size + ((2,) if encoding.startswith("yuv") else ()), dtype)
    msg = make.image(pixels, encoding)
    if make.outcome(check_image, msg) == ErrorCode.BAD_IMAGE:
        assert make.outcome(image_to_rgb, msg) == ErrorCode.BAD_IMAGE
    else:
        assert image_to_rgb(msg).shape == (*size, 3)


SIZES = st.integers(0, 12) | st.integers(0, 2**32 - 1)
ENCODINGS = st.sampled_from(
    [*STORED, *BAYER, "16UC1", "32FC1", "yuv422", "yuyv", "bayer_rggb16", "64FC1", ""]
) | st.text(max_size=8)


@settings(max_examples=500)
@given(
    width=SIZES,
    height=SIZES,
    step=SIZES,
    encoding=ENCODINGS,
    big_endian=st.booleans(),
    data=st.binary(max_size=600),
    exact=st.booleans(),
)
def test_any_message_converts_or_is_refused(
    make, width, height, step, encoding, big_endian, data, exact
):
    if exact and width * height * 8 <= 2000:  # make well-formed ones likely
        step = width * 8
        data = (data * (step * height // max(len(data), 1) + 1))[: step * height]
    msg = ImageMessage(0, "camera", height, width, encoding, big_endian, step, data)
    for check, convert, shape in [
        (check_image, image_to_rgb, (height, width, 3)),
        (check_depth, image_to_depth, (height, width)),
    ]:
        if make.outcome(check, msg) == ErrorCode.BAD_IMAGE:
            assert make.outcome(convert, msg) == ErrorCode.BAD_IMAGE
        else:
            assert convert(msg).shape == shape
            assert image_size(msg) == (width, height)
