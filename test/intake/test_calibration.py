from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake.calibration import (
    CALIBRATIONS_KEPT,
    CalibrationHistory,
    camera_from_info,
    is_rectified_topic,
)
from hispatial_ros.intake.messages import SensorArea

D = [0.1, -0.2, 0.001, 0.002, 0.05]


def intrinsics(camera):
    return camera.fx, camera.fy, camera.cx, camera.cy


def test_raw_images_use_k_and_d(make):
    p = [400.0, 0.0, 319.5, 0.0, 0.0, 500.0, 239.5, 0.0, 0.0, 0.0, 1.0, 0.0]
    info = make.camera_info(640, 480, 500.0, d=D, p=p, distortion_model="plumb_bob")
    camera = camera_from_info(info, 640, 480)
    assert intrinsics(camera) == (500, 500, 319.5, 239.5)
    assert camera.d == tuple(D)
    assert camera.is_distorted
    assert camera.frame_id == "camera"


def test_rectified_images_use_p_and_no_distortion(make):
    p = [400.0, 0.0, 310.0, -20.0, 0.0, 410.0, 230.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    info = make.camera_info(640, 480, 500.0, d=D, p=p)
    camera = camera_from_info(info, 640, 480, rectified=True)
    assert intrinsics(camera) == (400, 410, 310, 230)
    assert not camera.is_distorted


@pytest.mark.parametrize(
    ("topic", "rectified"),
    [
        ("/camera/color/image_rect_color", True),
        ("/camera/aligned/image_rect", True),
        ("/zed/zed_node/rgb/color/rect/image", True),
        ("/camera/image_raw", False),
        ("/direct/image", False),
        ("image", False),
    ],
)
def test_topic_names_tell_rectified_images(topic, rectified):
    assert is_rectified_topic(topic) == rectified


def pixel(camera, ray):
    return np.array([camera.fx * ray[0] + camera.cx, camera.fy * ray[1] + camera.cy])


RAY = (0.11, -0.07)


def test_region_of_interest_shifts_the_principal_point(make):
    info = make.camera_info(640, 480, 500.0)
    whole = camera_from_info(info, 640, 480)
    roi = SensorArea(x_offset=100, y_offset=40, width=320, height=200)
    part = camera_from_info(replace(info, roi=roi), 320, 200)
    assert (part.width, part.height) == (320, 200)
    np.testing.assert_allclose(pixel(part, RAY), pixel(whole, RAY) - (100, 40))


@pytest.mark.parametrize("bins", [(2, 2), (4, 2)])
def test_binning_scales_pixel_areas(make, bins):
    """A pixel of the binned image covers bins[0] x bins[1] pixels of the sensor."""
    roi = SensorArea(x_offset=80, y_offset=40, width=320, height=240)
    binning = {"binning_x": bins[0], "binning_y": bins[1]}
    info = make.camera_info(640, 480, 500.0, roi=roi, **binning)
    whole = camera_from_info(make.camera_info(640, 480, 500.0), 640, 480)
    binned = camera_from_info(info, 320 // bins[0], 240 // bins[1])
    # In coordinates whose origin is the corner of the first pixel, areas simply scale.
    corner = pixel(whole, RAY) + 0.5 - (80, 40)
    np.testing.assert_allclose(pixel(binned, RAY) + 0.5, corner / bins)


def test_images_of_another_size_scale(make):
    info = make.camera_info(640, 480, 500.0)
    half = camera_from_info(info, 320, 240)
    assert half.fx == 250
    whole = camera_from_info(info, 640, 480)
    np.testing.assert_allclose(2 * (pixel(half, RAY) + 0.5), pixel(whole, RAY) + 0.5)
    with pytest.raises(SpatialError, match="aspect") as caught:
        camera_from_info(info, 640, 360)
    assert caught.value.code == ErrorCode.BAD_CALIBRATION


def test_sizes_left_out_are_the_image_s(make):
    info = replace(make.camera_info(640, 480, 500.0), width=0, height=0)
    assert intrinsics(camera_from_info(info, 640, 480)) == (500, 500, 319.5, 239.5)


@pytest.mark.parametrize("rectified", [False, True])
def test_uncalibrated_drivers_send_zeros(make, rectified):
    info = make.camera_info(k=[0.0] * 9, p=[0.0] * 12)
    with pytest.raises(SpatialError, match=r"empty [KP]") as caught:
        camera_from_info(info, 64, 48, rectified=rectified)
    assert caught.value.code == ErrorCode.NO_CAMERA_INFO


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0, 0.0])
@pytest.mark.parametrize("index", [0, 4])
def test_nonsense_intrinsics_are_refused(make, index, value):
    k = list(make.camera_info().k)
    k[index] = value
    info = make.camera_info(k=k)
    with pytest.raises(SpatialError) as caught:
        camera_from_info(info, 64, 48)
    assert caught.value.code == ErrorCode.BAD_CALIBRATION


def test_nan_distortion_is_refused(make):
    with pytest.raises(SpatialError) as caught:
        camera_from_info(make.camera_info(d=[np.nan] * 5), 64, 48)
    assert caught.value.code == ErrorCode.BAD_CALIBRATION


def test_region_of_interest_outside_the_sensor_is_refused(make):
    info = make.camera_info(64, 48, roi=SensorArea(x_offset=60, width=10, height=10))
    with pytest.raises(SpatialError, match="region of interest"):
        camera_from_info(info, 10, 10)


UINT = st.integers(0, 100) | st.integers(0, 2**32 - 1)


@settings(max_examples=500)
@given(
    size=st.tuples(UINT, UINT),
    image=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    binning=st.tuples(UINT, UINT),
    roi=st.tuples(UINT, UINT, UINT, UINT),
    numbers=st.lists(st.floats(), min_size=12, max_size=12),
    d=st.lists(st.floats(), max_size=15),
    rectified=st.booleans(),
)
def test_any_calibration_is_taken_or_refused(
    make, size, image, binning, roi, numbers, d, rectified
):
    info = make.camera_info(*size, k=numbers[:9], p=numbers, d=d)
    info = replace(info, binning_x=binning[0], binning_y=binning[1], roi=SensorArea(*roi))
    camera = make.outcome(camera_from_info, info, *image, rectified=rectified)
    if camera not in (ErrorCode.BAD_CALIBRATION, ErrorCode.NO_CAMERA_INFO):
        assert (camera.width, camera.height) == image
        assert np.isfinite(intrinsics(camera)).all()


def test_each_image_gets_the_calibration_of_its_time(make):
    history = CalibrationHistory("camera_info")
    with pytest.raises(SpatialError) as caught:
        history.at(make.T0)
    assert caught.value.code == ErrorCode.NO_CAMERA_INFO
    for i in range(10):  # changes once
        history.add(make.camera_info(f=60.0 if i < 5 else 70.0, stamp=make.T0 + i), make.T0 + i)
    assert [history.at(make.T0 + i).k[0] for i in (-1, 0, 4, 5, 100)] == [60, 60, 60, 70, 70]
    assert history.status(make.T0 + 10).received == 10
    assert history.status(make.T0 + 10).buffered == 2
    history.forget_stamps()
    assert history.at(5).k[0] == 70


def test_calibrations_are_bounded(make):
    history = CalibrationHistory("camera_info")
    for i in range(100):
        history.add(make.camera_info(f=60.0 + i, stamp=make.T0 + i), make.T0 + i)
    assert history.status(make.T0).buffered == CALIBRATIONS_KEPT
