"""Everyday things: outlines are trusted, whole things are measured, and the ± holds."""

import numpy as np
import pytest

from benchmarks.everyday import FIGURES, covered, judge, simulated
from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.foreground import select
from hispatial_ros.measure.gravity import detect_support
from hispatial_ros.measure.objects import extents, own_covariance
from hispatial_ros.measure.solid import BOX, IRREGULAR, SPHERE
from hispatial_ros.measure.types import MeasuredObject
from hispatial_ros.measure.window import sample_windows
from hispatial_ros.pointmap.pointmap import PointMap

# Other frames than those that anything was chosen on.
VIEWS = {"tabletop": range(900, 912), "furniture": range(900, 912)}
# Share of truths within 1.96 stated deviations: aim 90 to 98 %, with the spread of so few objects.
HELD = {"center": 89, "extent": 89, "size": 88, "distance": 88}


@pytest.fixture(scope="module")
def rows():
    return [
        row
        for group, seeds in VIEWS.items()
        for seed in seeds
        for row in judge(simulated(group, seed), "box")
    ]


@pytest.mark.parametrize("figure", FIGURES)
def test_the_truth_lies_in_the_stated_intervals(rows, figure):
    share = covered(rows, figure)
    assert share >= HELD[figure], f"{figure}: {share:.0f} %"


def test_everyday_things_are_measured_well(rows):
    tabletop = [100 * row.center for row in rows if row.group == "tabletop"]
    furniture = [100 * row.center for row in rows if row.group == "furniture"]
    assert np.median(tabletop) <= 0.9
    assert np.median(furniture) <= 4.0
    distance = {g: [100 * abs(r.distance) for r in rows if r.group == g] for g in VIEWS}
    assert np.percentile(distance["tabletop"], 90) <= 1.0
    assert np.percentile(distance["furniture"], 90) <= 4.0


CAMERA = Camera(160, 120, fx=140.0, fy=140.0, cx=79.5, cy=59.5)


def two_steps(gap: float) -> Frame:
    """Two halves of one thing, ``gap`` m apart in depth, before a wall."""
    depth = np.full((120, 160), 4.0, np.float32)
    depth[30:90, 40:80], depth[30:90, 80:120] = 1.5, 1.5 + gap
    return Frame(None, depth, CAMERA)


def masked(frame: Frame, region: Region) -> np.ndarray:
    points = PointMap(frame)
    windows = sample_windows(points, [region])
    with np.errstate(invalid="ignore", divide="ignore"):
        return select(windows, detect_support(points)).mask[0], windows


def test_a_given_outline_holds_all_its_surfaces_but_not_the_wall():
    outline = np.array([(40, 30), (120, 30), (120, 90), (40, 90)], float)
    mask, windows = masked(two_steps(0.4), Region("sofa", (40, 30, 120, 90), outline))
    assert mask[windows.inner[0]].all()
    # Its outline goes around a hole that shows the wall.
    frame = two_steps(0.0)
    frame.depth[50:70, 60:100] = 4.0
    mask, windows = masked(frame, Region("shelf", (40, 30, 120, 90), outline))
    wall = windows.z[0] > 3.9
    assert not mask[wall].any()
    assert mask[windows.inner[0] & ~wall].all()


def test_what_touches_the_object_and_ends_in_its_box_belongs_to_it():
    mask, windows = masked(two_steps(0.3), Region("armchair", (38, 28, 122, 92)))
    assert mask[windows.z[0] < 3.9].mean() > 0.95
    assert not mask[windows.z[0] > 3.9].any()


def test_a_surface_with_depth_in_few_of_its_pixels_stays_whole():
    """As a top that is seen at a grazing angle."""
    depth = two_steps(0.0).depth
    gone = np.random.default_rng(0).random(depth.shape) < 0.7
    depth[gone & (depth < 2)] = 0
    frame = Frame(None, depth, CAMERA)
    mask, windows = masked(frame, Region("desk", (40, 30, 120, 90)))
    assert windows.stand_in.any()
    near = windows.z[0] < 2
    assert near.sum() > 0.75 * windows.boxed.sum()
    assert mask[near & windows.boxed[0]].mean() > 0.95


def test_the_wall_between_a_tables_legs_is_not_the_table():
    depth = np.full((120, 160), 4.0, np.float32)
    depth[30:36, 40:120] = depth[30:90, 40:45] = depth[30:90, 115:120] = 2.0
    depth[90:, :] = 2.0
    found = measure(Frame(None, depth, CAMERA), [Region("thing", (40, 30, 120, 90))]).objects[0]
    assert found.distance == pytest.approx(2.0, abs=0.1)


def test_a_step_in_a_front_that_was_taken_for_a_wall_does_not_cut_it():
    """The two doors of a refrigerator that fills the image."""
    depth = np.full((120, 160), 4.0, np.float32)
    depth[10:60, 30:130], depth[60:64, 30:130], depth[64:110, 30:130] = 2.0, 2.08, 2.0
    mask, windows = masked(Frame(None, depth, CAMERA), Region("fridge", (30, 10, 130, 110)))
    assert mask[windows.boxed[0]].mean() > 0.9


def test_a_small_thing_in_front_is_none_of_it_but_may_be():
    plain, hidden = two_steps(0.0), two_steps(0.0)
    hidden.depth[60:70, 70:80] = 1.25
    region = Region("sofa", (40, 30, 120, 90))
    without, with_ = (measure(f, [region]).objects[0] for f in (plain, hidden))
    assert with_.distance == pytest.approx(without.distance, abs=0.02)
    assert with_.distance_stddev > 3 * without.distance_stddev


def test_two_things_that_may_be_meant_widen_and_are_told():
    """Half of the box shows one thing, half another: neither fills it."""
    frame = two_steps(1.0)
    region = Region("crate", (40, 30, 120, 90))
    found = measure(frame, [region]).objects[0]
    assert found.other_depth == pytest.approx(2.5 if found.distance < 2 else 1.5, abs=0.05)
    alone = measure(two_steps(0.0), [region]).objects[0]
    assert alone.other_depth is None
    assert found.distance_stddev > 3 * alone.distance_stddev
    answer = answer_measured("How far is the crate?", frame, [region])
    assert any("may be meant" in note and "'crate'" in note for note in answer.notes)


def test_a_flat_foot_that_looks_like_floor_widens_the_distance():
    """A screen whose stand lies on the floor before it: the box reaches down to its end."""
    v = np.arange(120)[:, None] - CAMERA.cy
    floor = np.where(v > 0, 0.6 * CAMERA.fy / np.maximum(v, 1e-3), 30)
    depth = np.minimum(np.broadcast_to(floor, (120, 160)), 4.0).astype(np.float32)
    depth[40:97, 55:105:2] = 2.2
    depth[40:97, 56:105:2] = 2.25
    tight, with_foot = (
        measure(Frame(None, depth, CAMERA), [Region("screen", (55, 40, 105, bottom))]).objects[0]
        for bottom in (98, 115)
    )
    assert with_foot.distance == pytest.approx(tight.distance, abs=0.02)
    assert with_foot.distance_stddev > 1.5 * tight.distance_stddev


def test_corners_of_an_irregular_things_box_are_half_empty():
    o = MeasuredObject(
        "o", "o", Region("o", (0, 0, 1, 1)), np.zeros(3), np.eye(3), np.ones(3), np.full(3, 0.01),
        np.eye(6) * 1e-4, np.ones(3), np.ones(3), np.zeros(3), 0.0, 0.0, 1, 1.0, np.zeros((1, 3)),
    )  # fmt: skip
    c = np.sqrt(0.5)
    turn = np.array([[c, 0, c], [0, 1, 0], [-c, 0, c]])
    for kind, low, high in ((BOX, 1.41, 1.42), (IRREGULAR, 1.1, 1.35), (SPHERE, 0.99, 1.01)):
        extent, variance = extents(np.array(kind), o.size, turn, own_covariance(o))
        assert low <= extent[0] <= high
        assert extent[1] == pytest.approx(1)
        assert variance[0] > 0


def test_what_is_no_ideal_solid_gets_wider_intervals():
    """A jug's handle makes its cylinder doubtful; a plain cylinder stays exact."""
    rng = np.random.default_rng(0)
    v, u = np.mgrid[:120, :160]
    x = (u - CAMERA.cx) / CAMERA.fx * 0.8
    depth = np.full((120, 160), 3.0)
    round_ = np.abs(x) < 0.06
    depth[round_] = (0.8 + 0.06 - np.sqrt(np.maximum(0.06**2 - x**2, 0)))[round_]
    depth[(v < 30) | (v >= 90)] = 3.0
    jug = depth.copy()
    handle = (np.abs(x - 0.085) < 0.006) & (v >= 40) & (v < 80)
    bars = (x > 0) & (x < 0.09) & (x > 0.055) & ((np.abs(v - 42) < 3) | (np.abs(v - 78) < 3))
    jug[handle | bars] = 0.85
    stated = {}
    for name, image in (("cylinder", depth), ("jug", jug)):
        image = (image + 0.001 * rng.standard_normal(image.shape)).astype(np.float32)
        columns = np.flatnonzero((image < 2).any(0))
        box = (float(columns[0]), 30.0, float(columns[-1] + 1), 90.0)
        found = measure(Frame(None, image, CAMERA), [Region(name, box)]).objects[0]
        stated[name] = found.size_stddev[0]
    assert stated["jug"] > 2 * stated["cylinder"]
