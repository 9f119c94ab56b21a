import numpy as np
import pytest

from hispatial_ros.answer.annotate import annotate, box_corners
from hispatial_ros.camera.distortion import project
from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.types import MeasuredObject, Relation

CAMERA = Camera(width=320, height=240, fx=300, fy=300, cx=159.5, cy=119.5)
GREY = np.full((240, 320, 3), 90, np.uint8)


def make_object(center=(0.0, 0.0, 2.0), size=(0.4, 0.3, 0.2), label="box") -> MeasuredObject:
    center, size = np.array(center, float), np.array(size, float)
    return MeasuredObject(
        id=label,
        label=label,
        region=Region(label, (130, 97, 190, 142)),
        center=center,
        rotation=np.eye(3),
        size=size,
        size_stddev=np.full(3, 0.01),
        covariance=np.eye(6) * 1e-4,
        extent=size,
        extent_stddev=np.full(3, 0.01),
        nearest=center,
        distance=float(np.linalg.norm(center)),
        distance_stddev=0.01,
        num_points=10,
        valid_fraction=1.0,
        surface=np.zeros((0, 3), np.float32),
    )


def make_relation(a: MeasuredObject, b: MeasuredObject) -> Relation:
    step = b.center - a.center
    far = float(np.linalg.norm(step))
    return Relation(a, b, "left_of", far, 0.01, far, 0.01, a.center, b.center, step, 1.0)


def changed(picture: np.ndarray) -> np.ndarray:
    return (picture != GREY).any(-1)


def test_picture_without_objects_is_the_image():
    assert not changed(annotate(GREY, CAMERA, [])).any()


def test_input_is_not_modified():
    image = GREY.copy()
    image.setflags(write=False)
    annotate(image, CAMERA, [make_object()], text="a caption")
    assert (image == GREY).all()


@pytest.mark.parametrize("d", [(), (-0.3, 0.1, 0.001, 0.002, 0.0)], ids=["ideal", "distorted"])
def test_box_is_drawn_where_the_camera_sees_it(d):
    camera = Camera(width=320, height=240, fx=300, fy=300, cx=159.5, cy=119.5, d=d)
    obj = make_object(center=(0.3, 0.1, 1.5))
    drawn = changed(annotate(GREY, camera, [obj]))
    for u, v in np.round(project(camera, box_corners(obj))).astype(int):
        assert drawn[v - 1 : v + 2, u - 1 : u + 2].any()


def test_corners_follow_the_rotation():
    obj = make_object()
    turn = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])  # a quarter about y
    obj.rotation = turn
    np.testing.assert_allclose(np.ptp(box_corners(obj), axis=0), [0.2, 0.3, 0.4])


@pytest.mark.parametrize("center", [(0, 0, -1), (0, 0, 0.05), (50, 0, 0.1), (0, 0, 1e9)], ids=str)
def test_boxes_that_can_not_be_projected_whole_do_no_harm(center):
    obj = make_object(center)
    picture = annotate(GREY, CAMERA, [obj], [make_relation(obj, make_object())])
    assert picture.shape == GREY.shape


def test_relation_line_joins_the_centres():
    a, b = make_object((-0.4, 0, 2), label="a"), make_object((0.4, 0.0, 2), label="b")
    without = annotate(GREY, CAMERA, [a, b])
    line = (annotate(GREY, CAMERA, [a, b], [make_relation(a, b)]) != without).any(-1)
    columns = np.flatnonzero(line[119:121].any(0))
    assert columns.min() <= 101
    assert columns.max() >= 218


def test_labels_do_not_cover_one_another():
    """Five objects in the same place: all five names must stay readable."""
    names = ["alpha", "beta", "gamma", "delta", "epsilon"]
    one = changed(annotate(GREY, CAMERA, [make_object(label=names[0])])).sum()
    objects = [make_object(label=name) for name in names]
    assert changed(annotate(GREY, CAMERA, objects)).sum() > one + 4 * 400


def test_scale_enlarges_the_picture():
    picture = annotate(GREY, CAMERA, [make_object()], text="x", scale=3)
    assert picture.shape == (720, 960, 3)
    assert picture.dtype == np.uint8


def test_long_caption_wraps_and_stays_in_the_picture():
    picture = annotate(GREY, CAMERA, [], text="how far is the chair from the table " * 6)
    assert picture.shape == GREY.shape
    assert changed(picture)[-5:].all()
    assert not changed(picture)[:40].any()


@pytest.mark.parametrize("shape", [(1, 1), (2, 500), (500, 2)])
def test_tiny_images(shape):
    image = np.zeros((*shape, 3), np.uint8)
    camera = Camera(width=shape[1], height=shape[0], fx=300, fy=300, cx=0, cy=0)
    assert annotate(image, camera, [make_object()], text="caption").shape == image.shape
