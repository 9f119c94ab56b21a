"""Everyday things: outlines are trusted, whole things are measured, and the ± holds."""

import numpy as np
import pytest

from benchmarks.everyday import FIGURES, covered, judge, simulated
from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.foreground import select
from hispatial_ros.measure.gravity import detect_support
from hispatial_ros.measure.window import sample_windows
from hispatial_ros.pointmap.pointmap import PointMap

# Other frames than those that anything was chosen on.
VIEWS = {"tabletop": range(900, 912), "furniture": range(900, 912)}
# Share of truths within 1.96 stated deviations: aim 90 to 98 %, with the spread of so few objects.
HELD = {"center": 86, "extent": 86, "size": 84, "distance": 84}


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
    assert np.median(furniture) <= 6.0


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
