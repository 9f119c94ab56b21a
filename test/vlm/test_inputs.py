from importlib.resources import files

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hispatial_ros.camera.distortion import undistort
from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.files import load_frame
from hispatial_ros.frame.frame import Frame
from hispatial_ros.vlm.inputs import FAR, MOGE_INVALID, prepare

CAMERA = Camera(64, 48, 50.0, 52.0, 31.3, 23.9)
RGB = np.zeros((48, 64, 3), np.uint8)


def test_desk_equals_the_official_preprocessing(golden):
    desk = files("hispatial_ros") / "demo" / "desk"
    frame = load_frame(desk / "rgb.png", desk / "depth.png", desk / "camera.json")
    prepared = prepare(frame, 448)
    official = np.load(golden / "desk_input.npz")
    np.testing.assert_array_equal(prepared.rgb, official["resized_rgb"])
    np.testing.assert_array_equal(prepared.xyz, official["xyz_values"])
    assert prepared.xyz.dtype == np.float32


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(2, 200),
    height=st.integers(2, 200),
    size=st.sampled_from([28, 56, 224]),
    seed=st.integers(0, 2**32 - 1),
)
def test_sampling_equals_unprojecting_everything_then_resizing(width, height, size, seed):
    rng = np.random.default_rng(seed)
    depth = rng.integers(0, 65536, (height, width)).astype(np.uint16)
    depth[rng.random(depth.shape) < 0.3] = 0
    camera = Camera(width, height, 1.1 * width, 1.2 * width, width / 2, height / 2)
    prepared = prepare(Frame(np.zeros((height, width, 3), np.uint8), depth, camera), size)

    u, v = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    z = depth.astype(np.float32) / np.float32(1000)
    x = (u - np.float32(camera.cx)) * z / np.float32(camera.fx)
    y = (v - np.float32(camera.cy)) * z / np.float32(camera.fy)
    whole = np.stack([x, y, z, depth > 0], -1, dtype=np.float32, casting="unsafe").clip(max=FAR)
    resized = cv2.resize(whole, (size, size), interpolation=cv2.INTER_NEAREST)
    np.testing.assert_array_equal(prepared.xyz, resized.transpose(2, 0, 1))


@pytest.mark.parametrize(("invalid", "marker"), [(0.0, 0.0), (MOGE_INVALID, 250.0)])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, -1.0])
def test_invalid_pixels_follow_the_rule_of_their_source(value, invalid, marker):
    depth = np.full((48, 64), 2.0, np.float32)
    depth[:, :32] = value
    xyz = prepare(Frame(RGB, depth, CAMERA), 48, invalid).xyz
    assert (xyz[3, :, :24] == 0).all()
    assert (xyz[:3, :, :24] == marker).all()
    assert (xyz[3, :, 24:] == 1).all()
    np.testing.assert_array_equal(xyz[2, :, 24:], 2.0)


def test_valid_points_beyond_250_m_are_clipped_not_dropped():
    depth = np.full((48, 64), 400.0, np.float32)
    xyz = prepare(Frame(RGB, depth, CAMERA), 48).xyz
    assert (xyz[3] == 1).all()
    assert (xyz[2] == FAR).all()
    assert xyz[0].min() < -FAR  # the released preprocessing clips on one side only


def test_millimetres_and_metres_are_the_same():
    millimetres = np.random.default_rng(0).integers(1, 9000, (48, 64)).astype(np.uint16)
    metres = millimetres.astype(np.float32) / np.float32(1000)
    a, b = (prepare(Frame(RGB, d, CAMERA), 48).xyz for d in (millimetres, metres))
    np.testing.assert_array_equal(a, b)


def test_depth_of_another_size_shows_the_same_points():
    plane = np.full((24, 32), 3.0, np.float32)
    small = prepare(Frame(RGB, plane, CAMERA), 24).xyz
    large = prepare(Frame(RGB, np.full((48, 64), 3.0, np.float32), CAMERA), 24).xyz
    # One looks through the centre of a half-size pixel, the other through the first of four.
    assert np.abs(small - large).max() < 0.6 * 3.0 / CAMERA.fx


def test_lens_distortion_is_undone():
    lens = Camera(64, 48, 50.0, 52.0, 31.3, 23.9, "plumb_bob", (-0.2, 0.05, 0.001, -0.002, 0.0))
    depth = np.full((48, 64), 2.0, np.float32)
    xyz = prepare(Frame(RGB, depth, lens), 48).xyz
    column = np.floor(np.arange(48) * 64 / 48)
    uv = np.stack([*np.meshgrid(column, np.arange(48))], -1).reshape(-1, 2)
    rays = undistort(lens, uv).reshape(48, 48, 2)
    np.testing.assert_allclose(xyz[:2], 2.0 * rays.transpose(2, 0, 1), atol=1e-5)
    straight = prepare(Frame(RGB, depth, CAMERA), 48).xyz
    assert np.abs(xyz - straight).max() > 0.05


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (Frame(RGB, None, CAMERA), ErrorCode.NO_DEPTH),
        (Frame(None, np.ones((48, 64), np.float32), CAMERA), ErrorCode.BAD_IMAGE),
        (Frame(RGB[..., 0], np.ones((48, 64), np.float32), CAMERA), ErrorCode.BAD_IMAGE),
        (Frame(RGB, np.ones((48, 64), np.int32), CAMERA), ErrorCode.BAD_IMAGE),
        (Frame(RGB, np.ones((64, 48), np.float32), CAMERA), ErrorCode.BAD_CALIBRATION),
    ],
)
def test_unusable_frames_are_refused(frame, code):
    with pytest.raises(SpatialError) as error:
        prepare(frame, 48)
    assert error.value.code is code
