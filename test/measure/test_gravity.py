"""Up and the planes that things lie on or stand before."""

import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure import gravity
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.window import INNER

CAMERA = Camera(width=320, height=240, fx=300.0, fy=300.0, cx=159.5, cy=119.5)


def from_above(table: float, top: float, size: tuple[float, float]) -> tuple[Frame, Region]:
    """A block of some height on a table, seen from straight above."""
    half_u, half_v = (CAMERA.fx * extent / 2 / top for extent in size)
    u, v = np.meshgrid(np.arange(320) - CAMERA.cx, np.arange(240) - CAMERA.cy)
    depth = np.where((abs(u) < half_u) & (abs(v) < half_v), top, table).astype(np.float32)
    depth += np.random.default_rng(0).normal(0, 0.0005, depth.shape).astype(np.float32)
    middle = CAMERA.cx + 0.5, CAMERA.cy + 0.5
    box = (middle[0] - half_u, middle[1] - half_v, middle[0] + half_u, middle[1] + half_v)
    return Frame(np.zeros((240, 320, 3), np.uint8), depth, CAMERA), Region("block", box)


def test_a_block_on_a_table_seen_from_above_reaches_down_to_it():
    frame, region = from_above(table=0.6, top=0.45, size=(0.12, 0.07))
    result = measure(frame, [region])
    assert result.gravity.source == "facing plane"
    assert result.gravity.up @ [0, 0, -1] > np.cos(np.radians(2))
    assert result.gravity.floor is None  # nothing to walk on
    block = result.objects[0]
    assert sorted(block.size) == pytest.approx([0.07, 0.12, 0.15], rel=0.08)


def test_a_flat_thing_on_a_table_is_not_the_table():
    frame, region = from_above(table=0.6, top=0.58, size=(0.12, 0.07))
    x0, y0, x1, y1 = region.box
    block = measure(frame, [Region("block", (x0 - 25, y0 - 20, x1 + 25, y1 + 20))]).objects[0]
    assert block.distance == pytest.approx(0.58, abs=0.003)
    assert block.num_points < INNER**2 / 2  # of the samples in the box


def test_a_distant_plane_that_faces_the_camera_is_a_wall():
    frame, region = from_above(table=2.4, top=1.8, size=(0.48, 0.28))
    assert measure(frame, [region]).gravity.source == "wall"


@pytest.mark.parametrize("height", np.arange(0.0405, 0.0595, 0.001))
def test_a_level_holds_its_points_wherever_the_bins_begin(height):
    points = np.zeros((3, 400))
    points[1, :-1] = -height  # and one at 0, where the first bin is
    places = gravity._Normals(points, np.zeros((3, 400)), np.full(400, 0.0017))
    levels = gravity._levels(np.array([0, -1.0, 0]), places)
    assert levels[0] == (pytest.approx(height), 399)
