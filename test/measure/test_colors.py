"""Sides of boxes by colour, where depth shows no edge: flat things, and boxes that are off."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.colors import find_ends
from hispatial_ros.measure.ends import INWARDS, Ends, either, settle
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.foreground import select
from hispatial_ros.measure.gravity import detect_support
from hispatial_ros.measure.window import sample_windows
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.simulate.scenes import make_scene

WIDTH, HEIGHT = 320, 240
CAMERA = Camera(WIDTH, HEIGHT, fx=280.0, fy=280.0, cx=159.5, cy=119.5)
TRUE = np.array([110, 80, 200, 160])
WALL, POSTER = (90, 120, 80), (200, 60, 50)


def picture(seed: int = 0, patches: dict[tuple[int, int, int, int], tuple] | None = None):
    """A poster on a wall: colour, grainy; depth is the same everywhere."""
    rgb = np.empty((HEIGHT, WIDTH, 3))
    rgb[:] = WALL
    for (x0, y0, x1, y1), color in (patches or {tuple(TRUE.tolist()): POSTER}).items():
        rgb[y0:y1, x0:x1] = color
    rgb += np.random.default_rng(seed).normal(0, 6, rgb.shape)
    return rgb.clip(0, 255).astype(np.uint8)


def frame_of(rgb, size=(HEIGHT, WIDTH)):
    return Frame(rgb, np.full(size, 2.0, np.float32), CAMERA)


def ends_of(frame: Frame, region: Region) -> tuple[np.ndarray, Ends]:
    """The box in pixels of the depth image, and what colour shows."""
    points = PointMap(frame)
    windows = sample_windows(points, [region])
    with np.errstate(divide="ignore", invalid="ignore"):
        foreground = select(windows, detect_support(points))
    return windows.box, find_ends(frame.rgb, windows, foreground, points.scale)


OFF = st.integers(-8, 8)


@settings(max_examples=40, deadline=None)
@given(off=st.tuples(OFF, OFF, OFF, OFF), seed=st.integers(0, 9))
def test_sides_that_are_off_are_found(off, seed):
    given_box = tuple((TRUE + off).astype(float))
    box, ends = ends_of(frame_of(picture(seed)), Region("poster", given_box))
    assert ends.known.all()
    assert box + INWARDS * ends.offset == pytest.approx(TRUE[None], abs=1.0)
    side, blur = settle(box, ends)
    assert np.abs(side - TRUE).max() <= 2.0
    assert (blur > 0).any() == (np.abs(side - box) > 0).any()


def test_depth_of_another_size_has_its_own_pixels():
    frame = frame_of(picture(), (HEIGHT // 2, WIDTH // 2))
    box, ends = ends_of(frame, Region("poster", (104, 84, 207, 155)))
    assert ends.known.all()
    assert box + INWARDS * ends.offset == pytest.approx(TRUE[None] / 2, abs=0.6)


def test_a_thin_part_inside_the_box_keeps_its_side():
    arm = (200, 118, 216, 124)
    rgb = picture(patches={tuple(TRUE.tolist()): POSTER, arm: POSTER})
    box, ends = ends_of(frame_of(rgb), Region("poster", (110, 80, 216, 160)))
    assert box[0, 2] - ends.offset[0, 2] == pytest.approx(216, abs=1.5)


def test_a_neighbour_of_another_colour_is_not_joined():
    rgb = picture(patches={tuple(TRUE.tolist()): POSTER, (200, 60, 280, 180): (40, 60, 180)})
    _, ends = ends_of(frame_of(rgb), Region("poster", tuple(TRUE.astype(float))))
    assert not ends.known[0, 2] or abs(ends.offset[0, 2]) <= 2


def test_a_floor_of_the_same_colour_does_not_move_the_side_it_stands_on():
    """A box on a tiled floor whose next tile is as white as the box."""
    scene = make_scene(43001, "everyday furniture")
    mailbox = next(r for r in scene.regions if "mailbox" in r.label)
    box, ends = ends_of(scene.frame, mailbox)
    assert np.abs(ends.offset[0, 3]) <= 2.0
    assert box[0] == pytest.approx(mailbox.box)


def test_what_looks_like_its_surroundings_has_no_ends():
    rgb = picture(patches={tuple(TRUE.tolist()): WALL})
    _, ends = ends_of(frame_of(rgb), Region("poster", (104, 84, 207, 155)))
    assert not ends.known.any()
    assert not ends.offset.any()


def test_sides_at_the_image_border_and_given_outlines_are_left_alone():
    rgb = picture(patches={(0, 80, 90, 160): POSTER})
    _, ends = ends_of(frame_of(rgb), Region("poster", (0, 80, 96, 160)))
    assert ends.known.tolist() == [[False, True, True, True]]
    square = np.array([(104, 84), (207, 84), (207, 155), (104, 155)], float)
    region = Region("poster", (104, 84, 207, 155), square)
    assert not ends_of(frame_of(picture()), region)[1].known.any()


def test_a_poster_is_as_large_as_its_colours_whatever_the_box():
    for box in ((104, 86, 207, 154), (116, 74, 195, 166)):
        seen = measure(frame_of(picture()), [Region("poster", box)]).objects[0]
        width = (TRUE[2:] - TRUE[:2]) * 2.0 / 280
        assert seen.size[:2] == pytest.approx(width, rel=0.04)
    blind = replace(frame_of(picture()), rgb=None)
    cut = measure(blind, [Region("poster", (116, 74, 195, 166))]).objects[0]
    assert cut.size[0] < 0.9 * width[0]


def _ends(*offset: float) -> Ends:
    """Known where an offset is given that is no NaN."""
    px = np.array([offset])
    known = np.isfinite(px)
    px = np.nan_to_num(px)
    return Ends(known, px, px, np.zeros_like(px))


def test_colour_tells_unless_depth_agrees_with_the_box():
    none = np.nan
    depth = _ends(none, 1.0, 4.0, 3.0)
    color = _ends(6.0, 6.0, 6.0, 9.0)
    assert either(depth, color).offset.tolist() == [[6.0, 1.0, 6.0, 3.0]]
    assert either(depth, _ends(none, none, none, none)).offset.tolist() == [[0, 1.0, 4.0, 3.0]]


def test_on_a_table_boxes_that_are_off_come_close_to_the_true_ones():
    rng = np.random.default_rng(3)
    off = []
    for seed in (930, 931, 932, 933):
        scene = make_scene(seed, "everyday tabletop")
        for region in scene.regions:
            moved = replace(region, box=tuple(np.array(region.box) + rng.normal(0, 4, 4)))
            box, ends = ends_of(scene.frame, moved)
            side = box + INWARDS * ends.offset
            off += np.abs(side - region.box)[ends.known].tolist()
    assert len(off) >= 40
    assert np.median(off) <= 0.8
    assert np.quantile(off, 0.8) <= 2.0


@pytest.mark.parametrize("rgb", [picture()[::2, ::2], picture() / 255.0, picture()[..., 0]])
def test_colours_of_another_size_or_kind_are_refused(rgb):
    with pytest.raises(SpatialError, match=r"colour is .*needed") as refused:
        measure(frame_of(rgb), [Region("poster", (104, 84, 207, 155))])
    assert refused.value.code == ErrorCode.BAD_IMAGE
