import json
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame import reading
from hispatial_ros.frame.files import load_frame, load_regions, load_rgb, parse_box

DESK = Path(__file__).parents[2] / "hispatial_ros" / "demo" / "desk"
CAMERA = {"width": 8, "height": 6, "fx": 10, "fy": 11, "cx": 3.5, "cy": 2.5}
RGB = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
MM = np.random.default_rng(2).integers(500, 5000, (6, 8), np.uint16)
METRES = (MM / 1000).astype(np.float32)


class Files:
    """A frame's files in a temporary folder."""

    def __init__(self, folder):
        self.folder = folder
        self.rgb(RGB)
        self.depth(MM)
        self.camera()

    def path(self, name):
        return self.folder / name

    def rgb(self, pixels, name="rgb.png"):
        cv2.imwrite(str(self.path(name)), pixels[..., ::-1] if pixels.ndim == 3 else pixels)

    def depth(self, pixels):
        cv2.imwrite(str(self.path("depth.png")), pixels)

    def camera(self, **fields):
        self.path("camera.json").write_text(json.dumps(CAMERA | fields))

    def load(self, rgb="rgb.png", depth="depth.png"):
        return load_frame(
            rgb and self.path(rgb), depth and self.path(depth), self.path("camera.json")
        )

    def refusal(self, **names):
        with pytest.raises(SpatialError) as caught:
            self.load(**names)
        assert len(str(caught.value)) < 600
        return caught.value


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def test_desk():
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    assert frame.rgb.shape == (480, 640, 3)
    assert frame.rgb.dtype == np.uint8
    assert frame.depth.dtype == np.uint16
    np.testing.assert_array_equal(
        frame.depth, cv2.imread(str(DESK / "depth.png"), cv2.IMREAD_UNCHANGED)
    )
    assert (frame.camera.fx, frame.camera.fy) == (535.4, 539.2)
    assert not frame.camera.is_distorted
    assert frame.frame_id == "camera_color_optical_frame"
    regions = load_regions(DESK / "regions.json")
    assert len(regions) == 11
    assert (regions[0].label, regions[0].box) == ("purple chair", (8, 258, 238, 478))


# Colour


@pytest.mark.parametrize("name", ["rgb.png", "rgb.bmp", "rgb.tif"])
def test_colour_formats(files, name):
    files.rgb(RGB, name)
    np.testing.assert_array_equal(files.load(rgb=name).rgb, RGB)


def test_grey_transparent_and_16_bit_images(files):
    files.rgb(RGB[..., 0])
    np.testing.assert_array_equal(files.load().rgb, np.repeat(RGB[..., :1], 3, 2))
    files.rgb(RGB[..., 0].astype(np.uint16) * 257)
    np.testing.assert_array_equal(files.load().rgb, np.repeat(RGB[..., :1], 3, 2))
    Image.fromarray(np.dstack([RGB, RGB[..., 0]])).save(files.path("rgb.png"))
    np.testing.assert_array_equal(files.load().rgb, RGB)


def test_either_image_may_be_missing(files):
    assert files.load(rgb=None).rgb is None
    assert files.load(depth=None).depth is None


# Depth


def test_millimetres_are_kept(files):
    assert files.load().depth.dtype == np.uint16
    np.testing.assert_array_equal(files.load().depth, MM)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_arrays_are_metres(files, dtype):
    np.save(files.path("depth.npy"), METRES.astype(dtype))
    np.savez(files.path("one.npz"), METRES)
    np.savez_compressed(files.path("named.npz"), other=MM, depth=METRES)
    for name in ("depth.npy", "one.npz", "named.npz"):
        depth = files.load(depth=name).depth
        assert depth.dtype == np.float32
        np.testing.assert_allclose(depth, METRES, rtol=1e-6)


def test_float_tiff(files):
    Image.fromarray(METRES).save(files.path("depth.tiff"))
    np.testing.assert_array_equal(files.load(depth="depth.tiff").depth, METRES)


def tiff(samples, order):
    """An uncompressed TIFF of any type of samples."""
    height, width = samples.shape
    kind = {"u": 1, "i": 2, "f": 3}[samples.dtype.kind]
    data = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    fields = {256: width, 257: height, 258: 8 * samples.itemsize, 259: 1, 262: 1, 273: 8}
    fields |= {277: 1, 278: height, 279: len(data), 339: kind}
    entries = b"".join(struct.pack(order + "HHII", tag, 4, 1, v) for tag, v in fields.items())
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8 + len(data))
    return head + data + struct.pack(order + "H", len(fields)) + entries + bytes(4)


@pytest.mark.parametrize("suffix", ["npy", "npz", "tif"])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("dtype", ["u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"])
def test_every_type_of_depth(files, dtype, order, suffix):
    """Integers are millimetres, floats metres, whatever their size and byte order."""
    if suffix == "tif" and dtype in ("u8", "i8"):
        pytest.skip("no library here reads TIFF of 64-bit integers")
    stored = (METRES if dtype[0] == "f" else MM).astype(order + dtype)
    path = files.path(f"depth.{suffix}")
    if suffix == "tif":
        path.write_bytes(tiff(stored, order))
    else:
        {"npy": np.save, "npz": np.savez}[suffix](path, stored)
    depth = files.load(depth=path.name).depth
    assert depth.dtype == (np.float32 if dtype[0] == "f" else np.uint16)
    assert depth.dtype.isnative
    np.testing.assert_array_equal(depth, stored.astype(depth.dtype))


def test_integers_that_16_bit_do_not_hold(files):
    np.save(files.path("depth.npy"), MM.astype(np.int32) * 100)
    files.camera(depth_unit=1e-5)
    np.testing.assert_allclose(files.load(depth="depth.npy").depth, METRES, rtol=1e-6)
    files.camera()
    assert files.load(depth="depth.npy").depth.dtype == np.float32
    np.save(files.path("depth.npy"), MM.astype(np.int64) * 2**40)
    assert "no depth" in str(files.refusal(depth="depth.npy"))


def test_negative_integers_are_invalid(files):
    np.save(files.path("depth.npy"), np.where(MM > 3000, -1, MM).astype(np.int16))
    np.testing.assert_array_equal(
        files.load(depth="depth.npy").depth, np.where(MM > 3000, 0, MM).astype(np.uint16)
    )


@pytest.mark.parametrize("shape", [(1, 6, 8), (6, 8, 1), (1, 1, 6, 8)])
def test_axes_of_one(files, shape):
    np.save(files.path("depth.npy"), MM.reshape(shape))
    np.testing.assert_array_equal(files.load(depth="depth.npy").depth, MM)


def test_arrays_under_other_names(files):
    np.save(files.path("depth.npy"), MM)
    files.path("depth.npy").rename(files.path("depth.raw"))
    np.testing.assert_array_equal(files.load(depth="depth.raw").depth, MM)


@pytest.mark.parametrize(("unit", "metres"), [("m", 1), ("cm", 0.01), (0.0002, 0.0002)])
def test_other_units(files, unit, metres):
    files.camera(depth_unit=unit)
    files.depth(np.where(MM < 600, 0, MM).astype(np.uint16))
    depth = files.load().depth
    assert depth.dtype == np.float32
    np.testing.assert_allclose(depth, np.where(MM < 600, np.nan, MM * metres), rtol=1e-6)


def test_floats_in_millimetres(files):
    files.camera(depth_unit="mm")
    np.save(files.path("depth.npy"), MM.astype(np.float32))
    np.testing.assert_allclose(files.load(depth="depth.npy").depth, METRES, rtol=1e-6)


def test_invalid_depth(files):
    files.camera(invalid_depth=65535)
    marked = MM.copy()
    marked[0, 0] = 65535
    files.depth(marked)
    assert files.load().depth[0, 0] == 0
    np.testing.assert_array_equal(files.load().depth[1:], MM[1:])
    files.camera(invalid_depth=-1, depth_unit="m")
    np.save(files.path("depth.npy"), np.where(MM > 4000, -1, METRES).astype(np.float32))
    assert np.isnan(files.load(depth="depth.npy").depth[MM > 4000]).all()


def test_depth_encoding_must_agree_with_the_file(files):
    files.camera(depth_encoding="16UC1", depth_unit="mm")
    files.load()
    np.save(files.path("depth.npy"), METRES)
    error = files.refusal(depth="depth.npy")
    assert error.code == ErrorCode.BAD_CALIBRATION
    assert "depth_encoding" in str(error)


def test_depth_of_another_size_fits_if_the_aspect_does(files):
    files.depth(np.full((12, 16), 900, np.uint16))
    assert files.load().depth.shape == (12, 16)
    files.depth(np.full((12, 12), 900, np.uint16))
    assert files.refusal().code == ErrorCode.BAD_CALIBRATION


def test_calibration_of_another_size_scales(files):
    files.camera(width=16, height=12, cx=7.5, cy=5.5)
    assert files.load().camera.fx == 5
    files.camera(width=16, height=9, cx=7.5, cy=4)
    assert "aspect" in str(files.refusal())


# What may be wrong


@pytest.mark.parametrize("name", ["rgb.png", "depth.png", "camera.json"])
def test_missing_files_are_named(files, name):
    files.path(name).unlink()
    error = files.refusal()
    assert error.code == ErrorCode.BAD_REQUEST
    assert name in str(error)
    assert "No such file" in str(error)


def test_folders_are_no_files(files):
    files.path("rgb.png").unlink()
    files.path("rgb.png").mkdir()
    assert files.refusal().code == ErrorCode.BAD_REQUEST


@pytest.mark.parametrize("name", ["rgb.png", "depth.png", "depth.npy", "depth.npz", "depth.tif"])
@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_damaged_images(files, name, content):
    files.path(name).write_bytes(content)
    error = files.refusal(**{"rgb" if "rgb" in name else "depth": name})
    assert error.code == ErrorCode.BAD_IMAGE
    assert name in str(error)


@pytest.mark.parametrize("name", ["rgb.png", "depth.png", "depth.npy", "depth.npz"])
def test_truncated_images(files, name):
    np.save(files.path("depth.npy"), METRES)
    np.savez(files.path("depth.npz"), METRES)
    data = files.path(name).read_bytes()
    files.path(name).write_bytes(data[: len(data) * 2 // 3])
    assert files.refusal(**{"rgb" if "rgb" in name else "depth": name}).code == ErrorCode.BAD_IMAGE


@pytest.mark.parametrize("role", ["rgb", "depth"])
@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"\x76\x2f\x31\x01\2\0\0\0", "is OpenEXR"),
        (b"\0\0\0\x18ftypheic", "is HEIC"),
        (b"\0\0\0\x18ftypmif1", "is HEIC"),
        (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n", "is Radiance HDR"),
        (b"1.51,1.52,1.53\n1.50,1.51,1.52\n", "is text (CSV?)"),
        ("größe\n".encode() * 99, "is text"),
        (b"\0\0\0\x18ftypisom", "is a video"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is PostScript"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"", "is empty (0 bytes)"),
        (b"\x89PNG\r\n\x1a\n", "is damaged or cut short"),
        (bytes(range(1, 200)), "is of no kind that is read here"),
    ],
)
def test_what_is_no_image_is_called_by_its_name(files, role, start, said):
    files.path("x.dat").write_bytes(start + b"\0" * 100 if start and b"\n" not in start else start)
    error = files.refusal(**{role: "x.dat"})
    assert error.code == ErrorCode.BAD_IMAGE
    assert said in str(error)
    assert "object at 0x" not in str(error)


@pytest.mark.parametrize("name", ["rgb.png", "depth.png", "camera.json"])
def test_files_without_an_end(files, name, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 10_000)
    files.path(name).unlink()
    files.path(name).symlink_to("/dev/zero")
    error = files.refusal()
    assert error.code == ErrorCode.BAD_REQUEST
    assert "is it the right file" in str(error)


def turned(path, orientation, pixels=RGB):
    """An image that is to be shown turned, as telephones store them."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(path, exif=exif)


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [(1, RGB), (3, RGB[::-1, ::-1]), (6, np.rot90(RGB, -1)), (8, np.rot90(RGB))],
)
@pytest.mark.parametrize("name", ["turned.png", "turned.tiff"])
def test_without_a_calibration_images_are_turned_upright(files, orientation, upright, name):
    turned(files.path(name), orientation)
    np.testing.assert_array_equal(load_rgb(files.path(name)), upright)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_calibration_of_the_stored_pixels_refuses_a_turned_image(files, orientation):
    """Boxes and depth may be about either: 3.01 m for 1.51 m is what came of guessing."""
    turned(files.path("rgb.png"), orientation)
    error = files.refusal()
    assert error.code == ErrorCode.BAD_IMAGE
    assert "exiftool" in str(error)


def test_a_calibration_of_the_upright_image_takes_a_turned_one(files):
    turned(files.path("rgb.png"), 6)
    files.camera(width=6, height=8, cx=2.5, cy=3.5)
    files.depth(np.rot90(MM, -1))
    np.testing.assert_array_equal(files.load().rgb, np.rot90(RGB, -1))
    files.depth(MM)  # as stored: does not belong to it
    assert files.refusal().code == ErrorCode.BAD_CALIBRATION


def test_depth_is_not_turned(files):
    turned(files.path("depth.png"), 3, MM)
    assert "EXIF" in str(files.refusal())


def test_pickles_are_not_loaded(files):
    np.save(files.path("depth.npy"), np.array([{"a": 1}], object), allow_pickle=True)
    assert files.refusal(depth="depth.npy").code == ErrorCode.BAD_IMAGE


@pytest.mark.parametrize(
    "depth", [MM.astype(np.uint8), np.dstack([MM, MM, MM]), RGB], ids=["8 bit", "3 channels", "RGB"]
)
def test_depth_must_be_one_channel_of_16_bit(files, depth):
    np.save(files.path("depth.npy"), depth)
    error = files.refusal(depth="depth.npy")
    assert error.code == ErrorCode.BAD_IMAGE
    assert "16-bit" in str(error)


def test_exchanged_images(files):
    error = files.refusal(rgb="depth.png", depth="rgb.png")
    assert error.code == ErrorCode.BAD_IMAGE
    assert "are --rgb and --depth exchanged?" in str(error)
    Image.fromarray(METRES).save(files.path("depth.tiff"))
    assert "no colour" in str(files.refusal(rgb="depth.tiff"))


@pytest.mark.parametrize(
    "fields",
    [
        {"width": "640"},
        {"width": 8.5},
        {"width": True},
        {"height": 0},
        {"fx": 0},
        {"fx": None},
        {"fx": float("nan")},
        {"fx": float("inf")},
        {"fy": -1},
        {"cx": 10**400},
        {"d": 3},
        {"d": ["a"]},
        {"d": [float("nan")]},
        {"depth_unit": "feet"},
        {"depth_unit": -1},
        {"depth_unit": None},
        {"depth_unit": True},
        {"depth_encoding": "32FC1"},
        {"depth_encoding": []},
        {"invalid_depth": "zero"},
    ],
    ids=str,
)
def test_malformed_calibration(files, fields):
    files.camera(**fields)
    assert files.refusal().code == ErrorCode.BAD_CALIBRATION


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '{"width": 8}', "[" * 100_000])
def test_calibration_that_is_none(files, text):
    files.path("camera.json").write_text(text)
    error = files.refusal()
    assert error.code == ErrorCode.BAD_CALIBRATION
    assert "camera.json" in str(error)


def test_text_that_is_none(files):
    files.path("camera.json").write_bytes(b"\xff\xfe\x00")
    assert files.refusal().code == ErrorCode.BAD_CALIBRATION


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=3), children, max_size=3)
    ),
    max_leaves=8,
)
shared_files = settings(
    max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@shared_files
@example({"fy": 2.2e-313})
@given(st.dictionaries(st.sampled_from([*CAMERA, "d", "depth_unit", "invalid_depth"]), JSON))
def test_any_calibration_is_taken_or_refused(files, fields):
    files.camera(**fields)
    try:
        frame = files.load()
    except SpatialError:
        return
    assert frame.camera.width == 8


@shared_files
@given(
    JSON
    | st.lists(
        st.fixed_dictionaries({"label": JSON, "box_xyxy": JSON}, optional={"outline": JSON}),
        max_size=2,
    )
)
def test_any_regions_are_taken_or_refused(files, content):
    files.path("regions.json").write_text(json.dumps(content))
    try:
        regions = load_regions(files.path("regions.json"))
    except SpatialError:
        return
    assert len(regions) == len(content)


# Regions


def test_regions_with_outline_and_id(files):
    entry = {
        "label": "mug",
        "box_xyxy": [1, 2, 3, 4.5],
        "id": "7",
        "outline": [[1, 2], [3, 2], [3, 4]],
    }
    files.path("regions.json").write_text(json.dumps([entry]))
    (region,) = load_regions(files.path("regions.json"))
    assert (region.label, region.box, region.id) == ("mug", (1, 2, 3, 4.5), "7")
    assert region.outline.tolist() == entry["outline"]


@pytest.mark.parametrize(
    "content",
    [
        {},
        [3],
        [{}],
        [{"label": "mug"}],
        [{"label": 3, "box_xyxy": [1, 2, 3, 4]}],
        [{"label": "mug", "box_xyxy": [1, 2, 3]}],
        [{"label": "mug", "box_xyxy": [1, 2, 3, "4"]}],
        [{"label": "mug", "box_xyxy": [1, 2, 3, 4], "outline": 5}],
        [{"label": "mug", "box_xyxy": [1, 2, 3, 4], "outline": [[1, 2, 3]]}],
        [{"label": "mug", "box_xyxy": [1, 2, 3, 4], "id": 5}],
    ],
    ids=str,
)
def test_malformed_regions(files, content):
    files.path("regions.json").write_text(json.dumps(content))
    with pytest.raises(SpatialError, match=r"regions\.json") as caught:
        load_regions(files.path("regions.json"))
    assert caught.value.code == ErrorCode.BAD_REGION


@pytest.mark.parametrize(
    ("text", "label", "box"),
    [
        ("mug:1,2,3,4", "mug", (1, 2, 3, 4)),
        ("blue mug: 1.5, 2, 3, 4", "blue mug", (1.5, 2, 3, 4)),
        ("a:b:1,2,3,4", "a:b", (1, 2, 3, 4)),
        ("corner:10,20", "corner", (10, 20, 10, 20)),
    ],
)
def test_boxes_of_the_command_line(text, label, box):
    region = parse_box(text)
    assert (region.label, region.box) == (label, box)


@pytest.mark.parametrize(
    "text", ["", "mug", "1,2,3,4", ":1,2,3,4", " :1,2,3,4", "mug:1,2,3", "mug:1,2,3,x", "mug:"]
)
def test_malformed_boxes_of_the_command_line(text):
    with pytest.raises(SpatialError, match="LABEL:x0,y0,x1,y1") as caught:
        parse_box(text)
    assert caught.value.code == ErrorCode.BAD_REGION


# What calibrations and units may be


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"width": 640, "height": 480, "fx": 1, "fy": 1, "cx": 0, "cy": 0}, "identity"),
        ({"width": 640, "height": 480, "fx": 0.8, "fy": 1.1, "cx": 0.5, "cy": 0.5}, "shares"),
        ({"width": 640, "height": 480, "fx": 4, "fy": 4, "cx": 319, "cy": 239}, "millimetres"),
        ({"cx": 7.5, "cy": 5.5}, "image of about 16x12"),
        ({"d": [-40, 0, 0, 0]}, "without rays"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_intrinsics_that_no_camera_has(files, fields, words):
    files.camera(**fields)
    error = files.refusal()
    assert error.code == ErrorCode.BAD_CALIBRATION
    assert words in str(error)


@pytest.mark.parametrize(
    ("scale", "unit"), [(5000, 1 / 5000), (1000, 0.001), (0.1, 0.0001), (1, 0.001), (0.001, 0.001)]
)
def test_the_depth_scale_of_other_formats(files, scale, unit):
    files.camera(depth_scale=scale)
    frame = files.load()
    metres = frame.depth * (0.001 if frame.depth.dtype == np.uint16 else 1)
    np.testing.assert_allclose(metres, MM * unit, rtol=1e-5)
    assert f"depth_scale {scale:g} of camera.json" in frame.notes[0]


@pytest.mark.parametrize("fields", [{"depth_scale": 0.01}, {"depth_scale": 1, "depth_unit": "mm"}])
def test_an_ambiguous_depth_scale_is_refused(files, fields):
    files.camera(**fields)
    assert "depth_unit" in str(files.refusal())


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("depht_unit", "is depth_unit meant"),
        ("k1", "known are"),
        ("png_depth_scale", "is depth_scale meant"),
        ("camera_model", "known are"),
    ],
)
def test_unknown_keys_that_would_change_the_answer_are_refused(files, key, words):
    files.camera(**{key: 0.1})
    error = files.refusal()
    assert error.code == ErrorCode.BAD_CALIBRATION
    assert key in str(error)
    assert words in str(error)


def test_other_unknown_keys_are_named_in_a_note(files):
    files.camera(serial="1234", comment="on the left")
    assert files.load().notes == ("calibration: camera.json has 'serial', 'comment', ignored",)


@pytest.mark.parametrize(
    ("depth", "words"),
    [
        (np.full((6, 8), 3, np.uint16), "whole metres"),
        (np.full((6, 8), 1500, np.float32), "millimetres in a 32FC1 image"),
        (np.full((6, 8), 0.0015, np.float32), "kilometres"),
    ],
)
def test_depth_in_an_impossible_unit_is_refused_unless_the_unit_is_said(files, depth, words):
    np.save(files.path("depth.npy"), depth)
    error = files.refusal(depth="depth.npy")
    assert error.code == ErrorCode.BAD_IMAGE
    assert words in str(error)
    files.camera(depth_unit=1000.0 if depth[0, 0] < 1 else 0.001 if depth[0, 0] > 99 else "m")
    np.testing.assert_allclose(files.load(depth="depth.npy").depth, 3 if "whole" in words else 1.5)
