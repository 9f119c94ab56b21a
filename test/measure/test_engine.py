"""The engine as a whole: regions, failures, symmetries."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.engine import measure, pixel
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.types import Gravity
from hispatial_ros.simulate.scenes import make_scene
from hispatial_ros.simulate.sensor import Sensor

CAMERA = Camera(64, 48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
WALL = np.full((48, 64), 2000, np.uint16)


@pytest.fixture(scope="module")
def scene():
    return make_scene(3)


@pytest.fixture(scope="module")
def measured(scene):
    return measure(scene.frame, scene.regions)


def test_a_point_region_is_the_surface_at_that_pixel():
    depth = WALL.copy()
    depth[2, 2] = 0
    regions = [
        Region("wall", (0, 0, 64, 48)),
        Region("spot", (40, 10, 40, 10)),
        Region("hole", (2, 2, 2, 2)),
    ]
    result = measure(Frame(None, depth, CAMERA), regions)
    assert [o.id for o in result.objects] == ["wall", "spot"]
    assert result.objects[1].center == pytest.approx([0.34, -0.54, 2.0], abs=1e-3)
    assert [(f.region.label, f.code) for f in result.failures] == [
        ("hole", ErrorCode.NO_VALID_DEPTH)
    ]


@pytest.mark.parametrize(
    ("box", "code"),
    [
        ((np.nan, 0, 10, 10), ErrorCode.BAD_REGION),
        ((10, 10, 5, 20), ErrorCode.BAD_REGION),
        ((100, 0, 120, 10), ErrorCode.REGION_OUTSIDE_IMAGE),
        ((-20, -20, -5, -5), ErrorCode.REGION_OUTSIDE_IMAGE),
        ((-1e9, -1e9, 1e9, 1e9), None),
    ],
)
def test_a_bad_region_costs_only_itself(box, code):
    good = Region("good", (10, 10, 40, 40))
    result = measure(Frame(None, WALL, CAMERA), [Region("odd", box), good])
    assert "good" in [o.label for o in result.objects]
    assert [f.code for f in result.failures] == ([code] if code else [])


def test_without_depth_there_is_nothing_to_measure():
    with pytest.raises(SpatialError) as error:
        measure(Frame(None, None, CAMERA), [])
    assert error.value.code is ErrorCode.NO_DEPTH
    nothing = measure(Frame(None, np.zeros_like(WALL), CAMERA), [Region("a", (0, 0, 64, 48))])
    assert [f.code for f in nothing.failures] == [ErrorCode.NO_VALID_DEPTH]


def test_equal_labels_get_different_ids():
    regions = [Region("chair", (0, 0, 30, 40)), Region("chair", (30, 0, 60, 40))]
    result = measure(Frame(None, WALL, CAMERA), regions)
    assert [o.id for o in result.objects] == ["chair#1", "chair#2"]


def test_metres_and_millimetres_are_the_same(scene, measured):
    metres = scene.frame.depth.astype(np.float32) / 1000
    metres[scene.frame.depth == 0] = np.nan
    same = measure(replace(scene.frame, depth=metres), scene.regions)
    for a, b in zip(measured.objects, same.objects, strict=True):
        assert a.center == pytest.approx(b.center, abs=1e-4)
        assert a.size == pytest.approx(b.size, abs=1e-3)


def test_the_order_of_the_regions_does_not_matter(scene, measured):
    backwards = measure(scene.frame, scene.regions[::-1])
    for a, b in zip(measured.objects, backwards.objects[::-1], strict=True):
        assert a.label == b.label
        assert a.center == pytest.approx(b.center, abs=2e-3)


def test_what_lies_apart_is_measured_as_alone_whatever_boxes_are_off():
    depth = np.full((240, 320), 2000, np.uint16)
    patches = (20, 30, 50, 1700), (130, 120, 50, 1600), (150, 150, 20, 1590), (250, 20, 50, 1400)
    for u, v, side, z in patches:
        depth[v : v + side, u : u + side] = z
    rng = np.random.default_rng(0)
    depth = (depth + rng.normal(0, 3, depth.shape)).astype(np.uint16)
    frame = Frame(None, depth, Camera(320, 240, fx=300.0, fy=300.0, cx=159.5, cy=119.5))
    tight, loose, front, far = (
        Region("tight", (20, 30, 70, 80)),
        Region("loose", (124, 115, 186, 176)),
        Region("in front of it", (146, 147, 173, 174)),
        Region("far", (245, 16, 304, 75)),
    )
    together = {o.label: o for o in measure(frame, [tight, loose, front, far]).objects}
    pair = {o.label: o for o in measure(frame, [loose, front]).objects}
    for label, alone in (
        ("tight", measure(frame, [tight]).objects[0]),
        ("far", measure(frame, [far]).objects[0]),
        ("loose", pair["loose"]),
        ("in front of it", pair["in front of it"]),
    ):
        found = together[label]
        assert found.center == pytest.approx(alone.center, abs=1e-9)
        assert found.size == pytest.approx(alone.size, abs=1e-9)
        assert found.distance_stddev == pytest.approx(alone.distance_stddev, abs=1e-9)
        assert found.num_points == alone.num_points
    # What is read a second time leaves the samples of others to them, too.
    assert measure(frame, [loose]).objects[0].num_points > pair["loose"].num_points


def test_a_mirrored_image_gives_mirrored_objects(scene, measured):
    camera = scene.frame.camera
    width = camera.width
    mirrored = measure(
        Frame(
            None,
            np.ascontiguousarray(scene.frame.depth[:, ::-1]),
            replace(camera, cx=width - 1 - camera.cx),
        ),
        [
            replace(r, box=(width - r.box[2], r.box[1], width - r.box[0], r.box[3]))
            for r in scene.regions
        ],
        MeasureOptions(gravity=Gravity(scene.up * (-1, 1, 1), "imu")),
    )
    known = measure(scene.frame, scene.regions, MeasureOptions(gravity=Gravity(scene.up, "imu")))
    off = [
        np.linalg.norm(a.center * (-1, 1, 1) - b.center)
        for a, b in zip(known.objects, mirrored.objects, strict=True)
    ]
    assert np.median(off) < 0.01


@pytest.mark.parametrize("seed", range(4))
def test_gravity_is_found_from_the_floor(seed):
    scene = make_scene(seed)
    found = measure(scene.frame, scene.regions, relations=False).gravity
    assert np.degrees(np.arccos(min(1.0, found.up @ scene.up))) < 1.0
    assert found.source == "support plane"


def test_a_given_up_is_taken_with_its_standard_deviation(scene):
    def spreads(stddev):
        up = Gravity(scene.up, "imu", stddev=stddev)
        found = measure(scene.frame, scene.regions, MeasureOptions(gravity=up), relations=False)
        assert found.gravity.source == "imu"
        return np.array([np.trace(o.covariance[3:, 3:]) for o in found.objects])

    # But for what the fits differ by.
    assert (spreads(0.1) >= 0.99 * spreads(0.0001)).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_given_up_and_the_floor_in_view_make_each_other_exact(seed):
    scene = make_scene(seed, sensor=Sensor(principal=0))
    right = np.cross(scene.up, (0, 0, 1))
    right /= np.linalg.norm(right)

    def off(degrees, stddev):
        a = np.radians(degrees)
        given = scene.up * np.cos(a) + np.cross(right, scene.up) * np.sin(a)
        up = Gravity(given, "imu", stddev=np.radians(stddev))
        found = measure(
            scene.frame, scene.regions, MeasureOptions(gravity=up), relations=False
        ).gravity
        assert found.source == "imu"
        return np.degrees(np.arccos(min(1.0, found.up @ scene.up))), np.degrees(found.stddev)

    error, stddev = off(1.0, 0.6)
    assert error < 0.3
    assert stddev < 0.4
    # A floor that contradicts it is a ramp.
    assert off(5.0, 0.6) == pytest.approx((5.0, 0.6), abs=1e-6)


def test_the_floor_is_the_lowest_surface_unless_it_is_given(scene):
    found = measure(scene.frame, scene.regions, relations=False).gravity
    assert found.floor <= found.offset
    given = Gravity(scene.up, "tf", floor=-9.0, floor_source="base_footprint")
    assert measure(scene.frame, scene.regions, MeasureOptions(gravity=given)).gravity.floor == -9.0


def test_box_axes_are_right_down_away_and_orthonormal(measured):
    for obj in measured.objects:
        assert obj.rotation.T @ obj.rotation == pytest.approx(np.eye(3), abs=1e-6)
        assert np.linalg.det(obj.rotation) == pytest.approx(1, abs=1e-6)
        right, down, away = obj.rotation.T
        assert down @ measured.gravity.up < -0.5
        assert away @ obj.center > 0
        assert right[0] > 0


def test_every_number_has_a_standard_deviation(measured):
    for obj in measured.objects:
        assert np.isfinite([*obj.size_stddev, *obj.extent_stddev, obj.distance_stddev]).all()
        assert np.linalg.eigvalsh(obj.covariance).min() > -1e-9
        assert obj.distance == pytest.approx(np.linalg.norm(obj.nearest), rel=1e-6)


def test_a_pixel_is_unprojected_with_k():
    xyz, stddev = pixel(Frame(None, WALL, CAMERA), 50, 5)
    assert xyz == pytest.approx([(50 - 31.5) / 50 * 2, (5 - 23.5) / 50 * 2, 2.0], abs=1e-6)
    assert stddev[2] == pytest.approx(0.0012 + 0.0019 * 1.6**2, rel=0.1)
    with pytest.raises(SpatialError) as error:
        pixel(Frame(None, WALL, CAMERA), 64, 5)
    assert error.value.code is ErrorCode.REGION_OUTSIDE_IMAGE


def edges(last):
    """Pairs of coordinates, often on or beside a border."""
    beside = [-3.0, 0.0, 0.5, 1.0, 2.0, 10.0, last - 1.0, last - 0.5, float(last), last + 50.0]
    return st.tuples(*[st.sampled_from(beside) | st.floats(-100, 200)] * 2)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([(0, 1, 900, 1000, 1500, 65535), (0, 0, 0, 0, 800), (10, 65535), (1000,)]),
    st.lists(st.tuples(edges(64), edges(48)), max_size=5),
)
@example(3222, (0, 1, 900, 1000, 1500, 65535), [((0.0, 64.0), (0.0, 0.0))])  # without height
@example(14, (0, 1, 900, 1000, 1500, 65535), [((10.0, 100.0), (-3.0, 2.0))])  # hardly a row
@example(7, (0, 10, 20, 65535), [((1.0, 64.0), (2.0, 47.0))])  # around the camera
def test_any_depth_and_any_boxes_end_in_objects_or_failures(seed, values, boxes):
    rng = np.random.default_rng(seed)
    depth = rng.choice(np.array(values, np.uint16), (48, 64))
    regions = [Region(f"r{i}", (x0, y0, x1, y1)) for i, ((x0, x1), (y0, y1)) in enumerate(boxes)]
    result = measure(Frame(None, depth, CAMERA), regions)
    assert len(result.objects) + len(result.failures) == len(regions)
    for obj in result.objects:
        stddevs = [*obj.size_stddev, *obj.extent_stddev, obj.distance_stddev]
        assert np.isfinite([*obj.center, *obj.size, *obj.extent, *obj.nearest, *stddevs]).all()
        assert min(obj.size) > 0
        assert min(stddevs) >= 0
        assert np.linalg.eigvalsh(obj.covariance)[0] > -1e-9
