"""Which pixels show an object."""

from dataclasses import replace

import numpy as np
import pytest

from hispatial_ros.answer.annotate import annotate
from hispatial_ros.answer.masks import object_masks
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.pointmap.pointmap import PointMap

from .test_annotate import CAMERA, GREY, make_object


def scene(scale=1):
    """A box 0.4 m wide and 0.3 m high with its front at 1.9 m, before a wall at 3 m."""
    height, width = 240 // scale, 320 // scale
    u, v = np.meshgrid(
        (np.arange(width) + 0.5) * scale - 0.5, (np.arange(height) + 0.5) * scale - 0.5
    )
    x, y = (u - CAMERA.cx) / CAMERA.fx * 1.9, (v - CAMERA.cy) / CAMERA.fy * 1.9
    front = (np.abs(x) < 0.2) & (np.abs(y) < 0.15)
    depth = np.where(front, 1.9, 3.0).astype(np.float32)
    return PointMap(Frame(GREY, depth, CAMERA)), front


@pytest.mark.parametrize("scale", [1, 2], ids=["same size", "smaller depth"])
def test_the_mask_is_what_is_seen_of_the_box(scale):
    point_map, front = scene(scale)
    box = replace(make_object(), region=Region("box", (100, 80, 220, 160)))
    masks = object_masks(point_map, [box])
    assert masks.shape == front.shape
    assert (masks[~front] == -1).all()
    assert (masks[front] == 0).mean() > 0.8  # but for what it stands on


def test_only_inside_the_region_and_its_outline():
    point_map, _ = scene()
    box = replace(make_object(), region=Region("box", (150, 100, 180, 120)))
    rows, columns = np.nonzero(object_masks(point_map, [box]) == 0)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (150, 179, 100, 119)
    triangle = np.array([(150, 100), (180, 100), (150, 120)], float)
    masked = object_masks(point_map, [replace(box, region=replace(box.region, outline=triangle))])
    assert 250 < (masked == 0).sum() < 400


def test_the_nearest_of_two_boxes_has_the_pixel():
    point_map, _ = scene()
    far = replace(make_object(label="far"), distance=2.5)
    masks = object_masks(point_map, [replace(make_object(), distance=1.9), far])
    assert (masks == 0).any()
    assert not (masks == 1).any()


def test_nothing_without_depth_or_outside_the_image():
    blind = PointMap(Frame(GREY, np.zeros((240, 320), np.uint16), CAMERA))
    assert (object_masks(blind, [make_object()]) == -1).all()
    outside = replace(make_object(), region=Region("box", (400, -50, 500, -10)))
    assert (object_masks(scene()[0], [outside]) == -1).all()


def test_the_picture_shows_masks():
    point_map, front = scene()
    box = replace(make_object(), region=Region("box", (100, 80, 220, 160)))
    plain = annotate(GREY, CAMERA, [box])
    masked = annotate(GREY, CAMERA, [box], masks=object_masks(point_map, [box]))
    changed = (plain != masked).any(-1)
    assert changed[front].mean() > 0.5
    assert changed[~front].mean() < 0.02
