"""Objects and outlines by models of transformers: real classes, random weights, crafted outputs."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from hispatial_ros.cli.main import main
from hispatial_ros.dataset import masks
from hispatial_ros.dataset.shards.read import read_dataset
from hispatial_ros.dataset.zero_shot import detections, finder, load
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.files import load_frame
from hispatial_ros.frame.region import Region, check_region
from hispatial_ros.vlm.detector import DetectorEngine, create
from test.dataset import tiny_sam2
from test.dataset.conftest import DESK
from test.vlm import tiny_detectors

FRAME = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
LETTERS = list("abcdefghijklmnopqrst")
OPTIONS = {"revision": "main", "device": "cpu", "dtype": "auto", "threshold": 0.3, "max_batch": 1}


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    return tiny_detectors.make("owlv2", tmp_path_factory.mktemp("owl"))


@pytest.fixture(scope="module")
def sam(tmp_path_factory):
    return tiny_sam2.make(tmp_path_factory.mktemp("sam"))


def craft(monkeypatch, boxes, scores):
    """Every detector finds these boxes (shares of the image) with these scores for the names."""
    boxes, scores = torch.tensor(boxes), torch.tensor(scores)
    monkeypatch.setattr(
        DetectorEngine, "score", lambda self, images, names: [(boxes, scores)] * len(images)
    )


def test_every_thing_of_every_class_is_found_once(detector, monkeypatch):
    engine = create(OPTIONS | {"model": str(detector)}, lambda what, fraction: None)
    craft(
        monkeypatch,
        [
            [0.1, 0.1, 0.3, 0.3],
            [0.11, 0.1, 0.3, 0.3],  # the first again
            [0.6, 0.1, 0.8, 0.3],  # another mug
            [0.6, 0.6, 1.2, 0.9],  # a globe, cut by the image's border
            [0.2, 0.5, 0.2, 0.5],  # nothing
            [0.3, 0.7, 0.5, 0.9],  # not sure
        ],
        [[0.9, 0.1], [0.8, 0.1], [0.7, 0.2], [0.1, 0.6], [0.9, 0.9], [0.2, 0.1]],
    )
    found = detections(engine, FRAME, ["red mug", "globe"], 0.15)
    assert [(d.label, round(d.score, 1)) for d in found] == [
        ("red mug", 0.9),
        ("red mug", 0.7),
        ("globe", 0.6),
        ("red mug", 0.2),
    ]
    assert found[2].box == pytest.approx((384, 288, 640, 432))
    find = finder(engine, ["red mug", "globe"], 0.3)
    regions, others = find(FRAME)
    assert [r.label for r in regions] == ["red mug", "red mug", "globe"]
    assert others == ["red mug"], "what may be there keeps counts and names from relying on it"


@pytest.mark.parametrize("kind", ["owlvit", "grounding-dino"])
def test_more_names_than_one_pass_takes(kind, tmp_path):
    find = finder(load(str(tiny_detectors.make(kind, tmp_path)), 0.0), LETTERS, 0.0)
    regions, _ = find(FRAME)
    assert regions
    for region in regions:
        check_region(region, 640, 480)
    assert {r.label for r in regions} <= set(LETTERS)


def test_a_detector_needs_classes(detector):
    with pytest.raises(SpatialError, match="--classes"):
        finder(load(str(detector), 0.3), [], 0.3)


def test_masks_are_those_of_the_network_at_the_images_size(sam):
    network = masks._load(str(sam)).eval()
    boxes = [(100.0, 100.0, 300.0, 300.0), (0.0, 0.0, 640.0, 480.0)]
    found = masks.predict(network, FRAME.rgb, boxes)
    assert found.shape == (2, 480, 640)
    (alone,) = masks.predict(network, FRAME.rgb, boxes[:1])
    assert (alone == found[0]).mean() > 0.999


def test_outlines_come_from_masks(sam, monkeypatch):
    def forward(self, pixel_values, input_boxes, multimask_output):
        """A disc within each box."""
        assert pixel_values.shape == (1, 3, tiny_sam2.SIZE, tiny_sam2.SIZE)
        logits = []
        for x0, y0, x1, y1 in (input_boxes[0] / 4).tolist():
            disc = np.full((32, 32), -1, np.float32)
            axes = round((x1 - x0) / 2), round((y1 - y0) / 2)
            cv2.ellipse(disc, (round((x0 + x1) / 2), round((y0 + y1) / 2)), axes, 0, 0, 360, 1, -1)
            logits.append(disc)
        return SimpleNamespace(pred_masks=torch.tensor(np.array(logits))[None, :, None])

    monkeypatch.setattr("transformers.Sam2Model.forward", forward)
    outline = masks.outliner(str(sam))
    box = (100.0, 100.0, 300.0, 300.0)
    own = np.array([[1.0, 1], [2, 1], [2, 2]])
    given = [Region("ball", box), Region("dot", (5, 5, 5, 5)), Region("own", (0, 0, 9, 9), own)]
    ball, dot, other = outline(FRAME, given)
    area = cv2.contourArea(ball.outline.astype(np.float32))
    assert area == pytest.approx(np.pi * 100**2, rel=0.15)
    check_region(ball, 640, 480)
    assert dot.outline is None
    assert other.outline is own


def test_a_speck_is_no_outline(sam):
    region = Region("x", (100.0, 100.0, 300.0, 300.0))
    mask = np.zeros((480, 640), bool)
    mask[110:115, 110:115] = True
    assert masks._outlined(region, mask) is region
    assert masks._outlined(region, ~mask).outline is not None


def test_what_is_no_sam2_says_so(tmp_path):
    with pytest.raises(SpatialError, match="SAM-2 checkpoint"):
        masks.outliner(str(tmp_path))
    with pytest.raises(SpatialError, match="no folder"):
        masks.outliner(str(tmp_path / "nothing"))


def test_both_from_the_command_line(detector, sam, tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    for name in ("rgb.png", "depth.png", "camera.json"):
        (folder / name).write_bytes((DESK / name).read_bytes())
    arguments = ["dataset", "build", "--source", str(folder), "--workers", "1", "--per-type", "2"]
    arguments += ["--detector-model", str(detector), "--classes", "mug, globe"]
    arguments += ["--detector-threshold", "0.01", "--masks", "sam2", "--mask-model", str(sam)]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    (sample,) = read_dataset(tmp_path / "out")
    assert {o["label"] for o in sample.about["objects"]} <= {"mug", "globe"}
    assert main([*arguments[:-2], "--out", str(tmp_path / "other")]) == 1
