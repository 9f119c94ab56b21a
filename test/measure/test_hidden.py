"""What is out of sight: feet behind other things, backs, and what stands in front."""

import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.evidence import Planes
from hispatial_ros.measure.hypotheses import stands
from hispatial_ros.measure.types import MeasuredObject
from hispatial_ros.pointmap.noise import DepthNoise
from hispatial_ros.simulate.scenes import make_scene, rays
from hispatial_ros.simulate.shapes import Box

CAMERA = Camera(320, 240, fx=300.0, fy=300.0, cx=159.5, cy=119.5)
EYE, WALL = 1.2, 6.0  # m above the floor, in front of the wall


def box(x, z, width, depth, low, high, degrees=0.0) -> Box:
    """A box whose foot is ``low`` m and whose top ``high`` m above the floor; optical frame."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    rotation = np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
    center = np.array([x, EYE - (low + high) / 2, z])
    return Box(position=center, rotation=rotation, sides=np.array([width, high - low, depth]))


def look(*things: list[Box]) -> tuple[Frame, list[Region]]:
    """A noisy frame of things made of boxes on a floor before a wall, and tight regions."""
    ray = rays(CAMERA)
    with np.errstate(divide="ignore"):
        depth = np.minimum(np.where(ray[..., 1] > 0, EYE / ray[..., 1], np.inf), WALL)
    seen = np.zeros(depth.shape, int)
    for number, parts in enumerate(things, 1):
        near = np.min([part.cast(ray) for part in parts], axis=0)
        seen[near < depth] = number
        depth = np.minimum(depth, near)
    noise = np.random.default_rng(5).standard_normal(depth.shape)
    depth = (depth + DepthNoise().sigma(depth) * noise).astype(np.float32)
    regions = []
    for number in range(1, len(things) + 1):
        row, column = np.nonzero(seen == number)
        sides = (column.min(), row.min(), column.max() + 1, row.max() + 1)
        regions.append(Region(f"thing {number}", tuple(map(float, sides))))
    return Frame(None, depth, CAMERA), regions


def measured(*things: list[Box], of: int = 0) -> MeasuredObject:
    frame, regions = look(*things)
    return measure(frame, regions, relations=False).objects[of]


@pytest.mark.parametrize("degrees", [-35, -20, 25])
def test_irregular_things_are_turned_by_their_upright_faces(degrees):
    """A board with a low block behind one end of it: its back is out of sight."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    board = box(0, 3.2, 1.5, 0.08, 0, 1.0, degrees)
    block = box(0.3 * c - 0.9 * s, 3.2 + 0.3 * s + 0.9 * c, 0.9, 1.8, 0, 0.5, degrees)
    found = measured([board, block])
    turn = np.degrees(np.arctan2(found.rotation[2, 0], found.rotation[0, 0]))
    assert abs((turn - degrees + 45) % 90 - 45) < 6


@pytest.mark.parametrize("high", [0.55, 0.65])
def test_what_hides_a_foot_does_not_end_it(high):
    """A table behind a cupboard that hides its legs."""
    legs = [box(x, z, 0.06, 0.06, 0, 0.7) for x in (-0.6, 0.6) for z in (3.4, 4.0)]
    table = [box(0, 3.7, 1.4, 0.8, 0.7, 0.74), *legs]
    cupboard = [box(0, 2.2, 1.6, 0.4, 0, high)]
    found = measured(table, cupboard)
    error = abs(found.size[1] - 0.74)
    assert error < 0.12
    assert error < 1.96 * found.size_stddev[1]
    assert found.size_stddev[1] > 0.1  # it may stand on something hidden


@pytest.mark.parametrize(("floor", "chance"), [(1.1, 1.0), (1.5, 1.0), (1.625, 0.5), (1.8, 0.0)])
def test_a_foot_far_below_what_is_seen_may_stand_on_something_hidden(floor, chance):
    low, high = np.array([[-0.1, 0.5, 2.0]]), np.array([[0.1, 1.0, 2.2]])
    none = np.zeros((1, 4))
    hidden = np.array([[False, False, False, True]])
    planes = Planes(none, none, none, none, hidden, np.array([floor]), np.array([False]))
    assert stands(low, high, planes) == pytest.approx([chance])


def test_a_box_in_front_that_goes_on_below_is_not_the_cylinder():
    scene = make_scene(68, "room")
    left, top, right, bottom = scene.regions[0].box
    for moved in (-1, -12):
        one = Region("green box", (left, top, right + moved, bottom))
        found = measure(scene.frame, [one, *scene.regions[1:]], relations=False).objects[1]
        error = abs(found.distance - scene.truths[1].distance)
        assert error < 0.1
        assert error < 1.96 * found.distance_stddev + 0.005
