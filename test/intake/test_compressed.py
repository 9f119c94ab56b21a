import io
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.convert import (
    check_depth,
    check_image,
    image_size,
    image_to_depth,
    image_to_rgb,
)
from hispatial_ros.intake.messages import CompressedMessage
from hispatial_ros.intake.paired import PairedFrame

from .rvl import encode_rvl

RGB = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
MM = np.random.default_rng(2).integers(0, 65536, (6, 8), np.uint16)


def encode(extension, pixels):
    return cv2.imencode(extension, pixels)[1].tobytes()


def quantise(metres, a, b):
    """Inverse depth in 16 bit, as compressed_depth_image_transport stores it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.rint(a / metres + b)
    return np.where(np.isfinite(metres), value, 0).astype(np.uint16)


def test_png_colour_is_exact(make):
    msg = make.compressed(encode(".png", RGB[..., ::-1]), "rgb8; png compressed bgr8")
    np.testing.assert_array_equal(image_to_rgb(msg), RGB)
    assert image_size(msg) == (8, 6)
    assert check_image(msg) == len(msg.data)


def test_jpeg_colour(make):
    smooth = np.zeros((32, 32, 3), np.uint8)
    smooth[:16], smooth[16:] = (200, 90, 20), (10, 60, 250)
    msg = make.compressed(encode(".jpg", smooth[..., ::-1]), "bgr8; jpeg compressed bgr8")
    error = np.abs(image_to_rgb(msg).astype(int) - smooth)
    assert np.median(error) <= 3


@pytest.mark.parametrize("pixels", [RGB[..., 0], RGB[..., 0].astype(np.uint16) * 257])
def test_grey(make, pixels):
    msg = make.compressed(encode(".png", pixels), "mono8; png compressed mono8")
    np.testing.assert_array_equal(image_to_rgb(msg), np.repeat(RGB[..., :1], 3, 2))


@pytest.mark.parametrize("header", [b"", struct.pack("<iff", 0, 0, 0)])
@pytest.mark.parametrize("form", ["16UC1; compressedDepth png", "16UC1; compressedDepth"])
def test_depth_in_millimetres(make, header, form):
    msg = make.compressed(header + encode(".png", MM), form)
    found = image_to_depth(msg)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, MM)
    assert check_depth(msg) == len(msg.data)


def test_depth_in_metres(make):
    # The transport's defaults: depth_quantization 100, depth_max 10 m.
    a = 100 * (100 + 1)
    b = 1 - a / 10
    metres = np.random.default_rng(3).uniform(0.3, 9, (40, 50)).astype(np.float32)
    metres[0, :2] = np.nan
    data = struct.pack("<iff", 0, a, b) + encode(".png", quantise(metres, a, b))
    found = image_to_depth(make.compressed(data, "32FC1; compressedDepth png"))
    assert found.dtype == np.float32
    assert np.isnan(found[0, :2]).all()
    step = metres**2 / a  # depth of one quantisation step
    assert np.nanmax(np.abs(found - metres) / step) < 0.6


@pytest.mark.parametrize(
    ("data", "form", "words"),
    [
        (b"", "16UC1; compressedDepth png", "no data|shorter"),
        (b"\0" * 5, "16UC1; compressedDepth png", "shorter"),
        (b"\0" * 500, "16UC1; compressedDepth png", "PNG"),
        (b"\0" * 500, "16UC1; compressedDepth rvl", "RVL.*empty"),
        (encode(".png", RGB), "16UC1; compressedDepth png", "16-bit grey"),
        (encode(".png", MM), "32FC1; compressedDepth png", "quantisation"),
        (struct.pack("<iff", 0, np.nan, 0) + encode(".png", MM), "32FC1;", "quantisation"),
        (encode(".png", MM), "64FC1; compressedDepth png", "64FC1"),
        (encode(".png", MM)[:60], "16UC1; compressedDepth png", "damaged"),
    ],
)
def test_malformed_depth_is_refused_with_the_reason(make, data, form, words):
    with pytest.raises(SpatialError, match=words) as caught:
        image_to_depth(make.compressed(data, form))
    assert caught.value.code == ErrorCode.BAD_IMAGE


@pytest.mark.parametrize("encoding", ["16UC1", "32FC1"])
def test_depth_as_rvl(make, encoding):
    """The same values as PNG carries, in millimetres and as inverse depth."""
    header = struct.pack("<iff", 0, 10100, -1009)
    as_png = make.compressed(header + encode(".png", MM), f"{encoding}; compressedDepth png")
    as_rvl = make.compressed(header + encode_rvl(MM), f"{encoding}; compressedDepth rvl")
    found = image_to_depth(as_rvl)
    assert found.dtype == (np.uint16 if encoding == "16UC1" else np.float32)
    np.testing.assert_array_equal(found, image_to_depth(as_png))


def test_rvl_that_is_cut_short_or_too_large_is_refused(make):
    data = struct.pack("<iff", 0, 0, 0) + encode_rvl(MM)
    form = "16UC1; compressedDepth rvl"
    for size in range(len(data)):
        with pytest.raises(SpatialError) as caught:
            image_to_depth(make.compressed(data[:size], form))
        assert caught.value.code == ErrorCode.BAD_IMAGE
    with pytest.raises(SpatialError, match="cut short"):
        image_to_depth(make.compressed(data[:40], form))
    with pytest.raises(SpatialError, match="limit"):
        image_to_depth(make.compressed(data, form), max_pixels=47)


def test_depth_as_tiff(make):
    metres = (MM / 1000).astype(np.float32)
    for pixels, encoding in ((MM, "16UC1"), (metres, "32FC1")):
        msg = make.compressed(encode(".tiff", pixels), f"{encoding}; tiff compressed {encoding}")
        np.testing.assert_array_equal(image_to_depth(msg), pixels)


@pytest.mark.parametrize(
    ("data", "form", "words"),
    [
        (b"\0\0\0\1\x67" + b"\x42" * 60, "h264", "'h264' is video.*jpeg or png"),
        (b"\0\0\0\1\x67" + b"\x42" * 60, "", "is video"),
        (b"\x42" * 60, "rgb8; hevc", "'rgb8; hevc' is video"),
        (b"\x80" * 72, "nv12", "'nv12' are pixels without their size.*sensor_msgs/Image"),
        (b"\x80" * 72, "yuv422; raw", "pixels without their size"),
        (b"\x80" * 72, "jpeg", "no kind that is read here"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_image_is_called_by_its_name(make, data, form, words):
    for convert in (image_to_rgb, image_size):
        with pytest.raises(SpatialError, match=words) as caught:
            convert(make.compressed(data, form))
        assert "object at 0x" not in str(caught.value)


@pytest.mark.parametrize("form", ["h264", "nv12"])
def test_video_and_bare_pixels_are_refused_on_arrival(make, form):
    for check in (check_image, check_depth):
        with pytest.raises(SpatialError, match=form):
            check(make.compressed(b"\x80" * 72, form))


def test_a_format_that_contradicts_the_data_does_not_matter(make):
    msg = make.compressed(encode(".png", RGB[..., ::-1]), "yuv422; png compressed bgr8")
    np.testing.assert_array_equal(image_to_rgb(msg), RGB)


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (encode(".png", MM), "16UC1; compressedDepth png"),
        (encode(".png", MM), ""),
        (encode_rvl(MM), "16UC1; compressedDepth rvl"),
    ],
    ids=["png", "png, no format", "rvl"],
)
def test_depth_in_place_of_colour_is_told(make, data, form):
    msg = make.compressed(struct.pack("<iff", 0, 0, 0) + data, form)
    for convert in (image_to_rgb, image_size):
        with pytest.raises(SpatialError, match="image and depth, or their remappings, swapped"):
            convert(msg)


def test_depth_as_jpeg_is_refused_with_the_remedy(make):
    data = encode(".jpg", RGB)
    with pytest.raises(SpatialError, match="JPEG: set the publisher's format to png"):
        image_to_depth(make.compressed(data, "16UC1; jpeg compressed "))


def test_an_image_that_exif_turns_is_refused(make):
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RGB).save(turned, "JPEG", exif=exif)
    for convert in (image_to_rgb, image_size):
        with pytest.raises(SpatialError, match="EXIF"):
            convert(make.compressed(turned.getvalue(), "jpeg"))


def test_pixel_limit_holds_before_decoding(make):
    msg = make.compressed(encode(".png", np.zeros((100, 100), np.uint8)), "png")
    with pytest.raises(SpatialError, match="limit"):
        image_to_rgb(msg, max_pixels=9999)


@settings(max_examples=300)
@given(
    form=st.sampled_from(["jpeg", "png", "16UC1; compressedDepth", "32FC1; compressedDepth rvl"])
    | st.text(max_size=20),
    base=st.sampled_from(
        [
            *(b"", encode(".png", MM), encode(".jpg", RGB), struct.pack("<iff", 0, 1, 0)),
            struct.pack("<iff", 0, 1, 0) + encode_rvl(MM),
        ]
    ),
    cut=st.integers(0, 400),
    noise=st.binary(max_size=60),
    at=st.integers(0, 400),
)
def test_any_data_converts_or_is_refused(make, form, base, cut, noise, at):
    data = base[:at] + noise + base[at + len(noise) : cut or None]
    msg = make.compressed(data, "".join(c for c in form if not "\ud800" <= c <= "\udfff"))
    for convert in (image_to_rgb, image_to_depth, image_size):
        found = make.outcome(convert, msg)
        assert found == ErrorCode.BAD_IMAGE if isinstance(found, ErrorCode) else len(found)


def test_depth_in_place_of_colour_is_called_so():
    data = struct.pack("<iff", 0, 0, 0) + b"\x89PNG\r\n\x1a\n" + b"..."
    for text in ("16UC1; compressedDepth png", ""):
        with pytest.raises(SpatialError, match=r"compressedDepth.*swapped"):
            image_size(CompressedMessage(1, "camera", text, data), 10_000)


def test_colour_that_is_cut_off_leaves_the_depth(make):
    whole = encode(".jpg", RGB[..., ::-1])
    broken = make.compressed(whole[: len(whole) - 40], "rgb8; jpeg compressed bgr8")
    depth = make.image(MM, "16UC1")
    pair = PairedFrame(broken, depth, make.camera_info(8, 6))
    frame = pair.frame(needs_rgb=False)
    assert frame.rgb is None
    np.testing.assert_array_equal(frame.depth, MM)
    assert frame.notes[-1].startswith("colour: not used to measure: ")
    assert pair.frame(needs_rgb=False) is frame
    with pytest.raises(SpatialError) as refused:
        pair.frame()
    assert refused.value.code == ErrorCode.BAD_IMAGE
