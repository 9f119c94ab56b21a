"""What depth rules out, what scores do, and what remains."""

from dataclasses import replace

import numpy as np
import pytest

from hispatial_ros.camera.model import Camera
from hispatial_ros.demo import DESK
from hispatial_ros.detect.detector import THRESHOLD, Detector, one_name_each
from hispatial_ros.detect.nanodet import Detection
from hispatial_ros.detect.plausible import why_not
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.files import load_frame
from hispatial_ros.frame.frame import Frame
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.simulate.scenes import BACKGROUND, make_scene

CAMERA = Camera(640, 480, 500.0, 500.0, 319.5, 239.5)
WALL = 3.0  # m


@pytest.fixture(scope="module")
def detector():
    pytest.importorskip("onnxruntime")
    return Detector(threads=1)


def points(depth: np.ndarray) -> PointMap:
    return PointMap(Frame(None, depth.astype(np.float32), CAMERA))


def before_a_wall(box, z):
    """Depth of a front at z in a box before a wall."""
    depth = np.full((480, 640), WALL)
    x0, y0, x1, y1 = box
    depth[y0:y1, x0:x1] = z
    return points(depth)


def verdict(label, box, view):
    return why_not(Detection(label, 0.5, box), view, 640, 480)


@pytest.mark.parametrize(
    ("label", "z", "words"),
    [
        ("refrigerator", 0.5, "at least 0.45 m"),  # 20 cm high
        ("person", 1.0, "at least 0.45 m"),  # 40 cm high
        ("cup", 1.5, "at most 0.3 m"),  # 60 cm
        ("bottle", 0.75, ""),  # 30 cm
        ("person", 2.5, ""),  # 1 m: sits, or is hidden in part
    ],
)
def test_size_from_depth(label, z, words):
    box = (250, 100, 350, 300)  # 0.4 z high
    said = verdict(label, box, before_a_wall(box, z))
    assert (words in said) if words else said == ""


def test_what_goes_on_beyond_the_image_may_look_small():
    box = (0, 100, 60, 300)
    view = before_a_wall(box, 0.5)
    assert verdict("refrigerator", box, view) == ""
    assert verdict("refrigerator", (250, 100, 310, 300), before_a_wall((250, 100, 310, 300), 0.5))


def test_a_box_of_nothing_but_wall_is_no_object():
    view = points(np.full((480, 640), WALL))
    assert "nothing stands out" in verdict("refrigerator", (250, 100, 400, 350), view)
    # What hangs on a wall is flat.
    assert verdict("tv", (250, 100, 400, 200), view) == ""


def test_a_slanted_wall_is_a_wall_and_noise_does_not_hide_it():
    rng = np.random.default_rng(0)
    depth = 1 / (1 / 2.0 + np.linspace(0, 0.2, 640)) * np.ones((480, 1))
    view = points(depth + rng.normal(0, 0.01, depth.shape))
    assert "nothing stands out" in verdict("refrigerator", (250, 100, 400, 350), view)


def test_a_cabinet_before_the_wall_stays():
    box = (250, 100, 400, 350)
    assert verdict("refrigerator", box, before_a_wall(box, 2.4)) == ""


def test_without_depth_in_the_box_nothing_is_ruled_out():
    depth = np.full((480, 640), WALL)
    depth[90:360, 240:410] = 0
    assert verdict("refrigerator", (250, 100, 400, 350), points(depth)) == ""


def test_bare_rooms_ask_for_more_and_so_does_missing_depth(detector):
    assert detector.least_score("bottle", depth=True) == THRESHOLD
    assert detector.least_score("refrigerator", depth=True) > THRESHOLD
    assert detector.least_score("bottle", depth=False) > THRESHOLD


def test_one_object_has_one_name():
    cup = Detection("cup", 0.8, (0, 0, 10, 10))
    vase = Detection("vase", 0.7, (0, 0, 10, 11))
    book = Detection("book", 0.6, (0, 0, 40, 40))
    assert one_name_each([cup, vase, book]) == [cup, book]
    assert one_name_each([]) == []


def test_the_desk_by_itself(detector):
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    labels = sorted(each.label for each in detector.detect(frame))
    assert labels == ["book"] + ["bottle"] * 7 + ["chair"] * 2
    assert sorted(r.label for r in detector.regions(frame)) == labels
    # Fewer without depth.
    blind = detector.detect(replace(frame, depth=None))
    assert 0 < len(blind) < len(labels)


def test_what_fills_the_image_is_the_room():
    view = before_a_wall((100, 100, 500, 400), 2.0)
    assert "whole image" in verdict("dining table", (0, 5, 640, 478), view)


@pytest.mark.parametrize("seed", [0, 3, 7, 110])
def test_every_detection_in_a_simulated_room_is_an_object(detector, seed):
    """A cylinder may be called vase, but walls and floor are nothing."""
    scene = make_scene(seed)
    for each in detector.detect(scene.frame):
        x0, y0, x1, y1 = np.array(each.box).astype(int)
        assert (scene.segmentation[y0:y1, x0:x1] != BACKGROUND).mean() > 0.3, each


def test_without_colour_it_says_so(detector):
    with pytest.raises(SpatialError, match="colour image"):
        detector.detect(Frame(None, np.ones((480, 640), np.float32), CAMERA))
