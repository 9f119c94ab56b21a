"""Names fit one object only."""

import numpy as np
import pytest

from hispatial_ros.dataset.colours import PALETTE, colour_name
from hispatial_ros.dataset.referring import refer
from hispatial_ros.dataset.world import Quantity
from hispatial_ros.frame.region import Region


class Row:
    """Objects side by side, a metre apart, two metres away."""

    up = np.array([0, -1.0, 0])

    def __init__(self, labels, heights=None, sigma=0.01):
        self._labels, self._sigma = labels, sigma
        self._heights = heights or [0.3] * len(labels)
        self.count = len(labels)
        self.regions = [
            Region(label, (100.0 * i, 0.0, 100.0 * i + 50, 50.0)) for i, label in enumerate(labels)
        ]

    def label(self, i):
        return self._labels[i]

    def center(self, i):
        return np.array([float(i), 0, 2]), np.eye(3) * self._sigma**2

    def distance(self, i):
        return Quantity(2.0, self._sigma)

    def size(self, i, axis):
        return Quantity(self._heights[i], self._sigma)

    extent = size

    def center_distance(self, i, j):
        return Quantity(float(abs(i - j)), self._sigma)

    closest_distance = center_distance


def phrases(world, colours=None, others=()):
    found = refer(world, world.regions, colours or [""] * world.count, others, 0.95)
    return [reference.phrase if not reference.boxed else "box" for reference in found]


def test_a_class_alone_is_its_name():
    assert phrases(Row(["mug", "lamp"])) == ["the mug", "the lamp"]


def test_a_class_within_anothers_name_is_ambiguous():
    assert phrases(Row(["chair", "yellow chair"])) == ["the chair on the left", "the yellow chair"]


def test_colour_names_only_what_no_rival_may_be():
    two = Row(["mug", "mug"])
    assert phrases(two, ["red", "blue"]) == ["the red mug", "the blue mug"]
    assert phrases(two, ["red", ""]) == ["the mug on the left", "the mug on the right"]


def test_size_needs_a_sure_difference():
    assert phrases(Row(["box", "box"], [0.2, 0.5]))[1] == "the taller box"
    assert "tall" not in phrases(Row(["box", "box"], [0.2, 0.21]))[1]


def test_four_alike_are_counted_from_the_left():
    found = phrases(Row(["chair"] * 4))
    assert found == [
        "the leftmost chair",
        "the second chair from the left",
        "the third chair from the left",
        "the rightmost chair",
    ]


def test_the_neighbour_of_something_unique():
    found = phrases(Row(["cup", "lamp", "door", "sofa", "cup", "cup"], sigma=0.001))
    assert found[0] == "the leftmost cup"
    assert "box" not in found


def test_what_may_be_elsewhere_in_the_image_is_shown_by_a_box():
    assert phrases(Row(["mug", "lamp"]), others=["mug"]) == ["box", "the lamp"]


@pytest.mark.parametrize("name", sorted(PALETTE))
def test_the_anchors_have_their_own_names(name):
    for anchor in PALETTE[name]:
        assert colour_name(np.full((50, 3), anchor, np.uint8)) == name


def test_a_pattern_has_no_colour():
    stripes = np.array([[190, 30, 35], [240, 240, 240]] * 50, np.uint8)
    assert colour_name(stripes) == ""
    assert colour_name(np.zeros((0, 3), np.uint8)) == ""
