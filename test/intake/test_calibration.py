from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hispatial_ros.camera.distortion import undistort
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


# What no camera has, and what may be used all the same


def k_of(fx, fy, cx, cy):
    return [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("k", "words"),
    [
        ((1.0, 1.0, 0.0, 0.0), "identity matrix"),
        ((0.837, 1.116, 0.499, 0.499), "shares of the image's size"),
        ((3.67, 3.67, 319.5, 239.5), "millimetres"),
        ((3.67, 3.67, 2.4, 1.8), "millimetres"),
        ((500.0, 500.0, 0.0, 0.0), "no principal point"),
        ((1000.0, 1000.0, 639.5, 479.5), "image of about 1280x960"),
        ((1000.0, 1000.0, 959.5, 539.5), "image of about 1920x1080"),
        ((250.0, 250.0, 159.5, 119.5), "image of about 320x240"),
        ((5.0, 500.0, 319.5, 239.5), "one of the two is wrong"),
        ((1000.0, 500.0, 319.5, 239.5), "one of the two is wrong"),
        ((5e6, 5e6, 319.5, 239.5), "field of view of 0.007 degrees"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("rectified", [False, True])
def test_intrinsics_that_no_camera_has_are_refused_with_the_likely_mistake(
    make, k, words, rectified
):
    fx, fy, cx, cy = k
    p = [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    info = make.camera_info(640, 480, k=k_of(*k), p=[*p[:5], fy, *p[6:]])
    with pytest.raises(SpatialError, match=words) as caught:
        camera_from_info(info, 640, 480, rectified=rectified)
    placeholder = "identity" in words
    code = ErrorCode.NO_CAMERA_INFO if placeholder else ErrorCode.BAD_CALIBRATION
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("size", "k", "model"),
    [
        ((640, 480), (535.4, 539.2, 320.1, 247.6), "plumb_bob"),
        ((1280, 720), (174.0, 174.0, 639.5, 359.5), "plumb_bob"),  # 150 degrees
        ((640, 480), (125.0, 125.0, 319.5, 239.5), "equidistant"),  # 220 degrees
        ((640, 480), (6400.0, 6400.0, 319.5, 239.5), "plumb_bob"),  # 6 degrees
        ((640, 480), (500.0, 500.0, 480.0, 239.5), "plumb_bob"),  # a rectified pair's shift
        ((640, 480), (500.0, 500.0, 280.0, 200.0), "plumb_bob"),
        ((480, 640), (535.4, 539.2, 239.5, 319.5), "plumb_bob"),  # upright
        ((640, 240), (500.0, 250.0, 319.5, 119.5), "plumb_bob"),  # every other line
        ((320, 480), (250.0, 500.0, 159.5, 239.5), "plumb_bob"),  # every other column
    ],
)
def test_unusual_cameras_are_taken(make, size, k, model):
    camera = camera_from_info(make.camera_info(*size, k=k_of(*k), distortion_model=model), *size)
    assert intrinsics(camera) == k
    assert camera.notes == ()


def test_a_matrix_that_is_not_row_by_row_is_refused(make):
    columns = [500.0, 0.0, 0.0, 0.0, 500.0, 0.0, 319.5, 239.5, 1.0]
    with pytest.raises(SpatialError, match="written row by row"):
        camera_from_info(make.camera_info(640, 480, k=columns), 640, 480)
    p = [500.0, 0.0, 319.5, 0.0, 500.0, 239.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]  # 3x3 in 12 places
    with pytest.raises(SpatialError, match="3x4 matrix, written row by row"):
        camera_from_info(make.camera_info(640, 480, p=p), 640, 480, rectified=True)


def test_binning_is_not_applied_to_a_matrix_that_is_binned_already(make):
    info = make.camera_info(640, 480, k=k_of(250.0, 250.0, 159.5, 119.5))
    camera = camera_from_info(replace(info, binning_x=2, binning_y=2), 320, 240)
    assert intrinsics(camera) == (250, 250, 159.5, 119.5)
    (note,) = camera.notes
    assert "binning_x 2" in note
    sensor = make.camera_info(640, 480, k=k_of(500.0, 500.0, 319.5, 239.5))
    proper = camera_from_info(replace(sensor, binning_x=2, binning_y=2), 320, 240)
    assert intrinsics(proper) == (250, 250, 159.5, 119.5)
    assert proper.notes == ()


@pytest.mark.parametrize("image", [(640, 480), (320, 240)])
def test_a_region_of_interest_that_the_image_is_not_cropped_to_is_refused(make, image):
    roi = SensorArea(x_offset=160, y_offset=120, width=160, height=120)
    info = make.camera_info(640, 480, 500.0, roi=roi)
    with pytest.raises(SpatialError, match="not cropped to it") as caught:
        camera_from_info(info, *image)
    assert caught.value.code == ErrorCode.BAD_CALIBRATION
    assert intrinsics(camera_from_info(info, 160, 120))[2:] == (159.5, 119.5)


def test_an_image_that_is_turned_is_named(make):
    with pytest.raises(SpatialError, match="turned by 90 degrees"):
        camera_from_info(make.camera_info(640, 480, 500.0), 480, 640)


def test_a_distortion_without_rays_in_the_middle_is_refused(make):
    info = make.camera_info(640, 480, 300.0, d=[-40.0, 0.0, 0.0, 0.0, 0.0])
    with pytest.raises(SpatialError, match="without rays") as caught:
        camera_from_info(info, 640, 480)
    assert caught.value.code == ErrorCode.BAD_CALIBRATION


@pytest.mark.parametrize(
    ("model", "d", "kept"),
    [
        ("plumb_bob", [*D, 0.0, 0.0, 0.0], D),
        ("plumb_bob", [*D[:4], 0.0, 0.0, 0.0, 0.0], [*D[:4], 0.0]),
        ("equidistant", [0.1, 0.02, -0.01, 0.001, 0.0], [0.1, 0.02, -0.01, 0.001]),
        ("rational_polynomial", [*D, 0.1, 0.1, 0.1, 0.0], [*D, 0.1, 0.1, 0.1]),
    ],
)
def test_coefficients_beyond_the_model_may_be_zero(make, model, d, kept):
    longer = make.camera_info(640, 480, 500.0, d=d, distortion_model=model)
    exact = make.camera_info(640, 480, 500.0, d=kept, distortion_model=model)
    found, expected = (
        undistort(camera_from_info(info, 640, 480), np.array([[100.0, 80.0]]))
        for info in (longer, exact)
    )
    np.testing.assert_array_equal(found, expected)


def test_coefficients_of_another_model_name_it(make):
    info = make.camera_info(640, 480, 500.0, d=[*D, 0.1, 0.1, 0.1])
    with pytest.raises(SpatialError, match="perhaps it is rational_polynomial"):
        camera_from_info(info, 640, 480)


NO_K, NO_P = [0.0] * 9, [0.0] * 12


def test_the_other_matrix_holds_where_one_is_empty_and_nothing_is_distorted(make):
    for rectified, missing, name in [(True, {"p": NO_P}, "K"), (False, {"k": NO_K}, "P")]:
        info = make.camera_info(640, 480, 500.0, **missing, d=[0.0] * 5)
        camera = camera_from_info(info, 640, 480, rectified=rectified)
        assert intrinsics(camera) == (500, 500, 319.5, 239.5)
        assert f"{name} holds as well" in camera.notes[0]


@pytest.mark.parametrize(
    ("rectified", "missing", "geometry"),
    [(True, {"p": NO_P}, "raw"), (False, {"k": NO_K}, "rectified")],
)
def test_the_other_matrix_does_not_hold_for_a_distorted_image(make, rectified, missing, geometry):
    info = make.camera_info(640, 480, 500.0, **missing, d=D)
    with pytest.raises(SpatialError, match=f"image_geometry to {geometry}") as caught:
        camera_from_info(info, 640, 480, rectified=rectified)
    assert caught.value.code == ErrorCode.NO_CAMERA_INFO
