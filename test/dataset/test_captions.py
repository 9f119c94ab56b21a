"""Captions are kept only if they find their object again, and nothing else."""

import json
from dataclasses import replace

import numpy as np
import pytest

from hispatial_ros.cli.main import main
from hispatial_ros.dataset.caption_model import captioner
from hispatial_ros.dataset.captions import Captions, chat_captioner, mask_iou, phrase_of
from hispatial_ros.dataset.chat import Chat
from hispatial_ros.dataset.referring import Reference
from hispatial_ros.dataset.shards.read import read_dataset
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.files import load_frame
from hispatial_ros.frame.region import Region
from test.dataset import tiny_blip
from test.dataset.conftest import DESK
from test.vlm import tiny_detectors

FRAME = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
ONE, TWO = Region("mug", (100, 100, 200, 200)), Region("mug", (300, 100, 400, 200))
REFERENCES = [Reference("the mug", "box", "mug"), Reference("the mug", "box", "mug")]


def found(box, score=0.9):
    return Region("x", box, score=score)


@pytest.mark.parametrize(
    ("grounded", "outcome"),
    [
        ([found((102, 100, 200, 201))], "kept"),
        ([found((100, 100, 200, 160))], "found elsewhere"),  # IoU 0.6
        ([found((100, 100, 200, 172))], "kept"),  # 0.72
        ([found((300, 100, 400, 200))], "found elsewhere"),
        ([found((100, 100, 200, 200)), found((300, 100, 400, 200), 0.85)], "fits two objects"),
        ([found((100, 100, 200, 200)), found((300, 100, 400, 200), 0.5)], "kept"),
        ([found((100, 100, 200, 200)), found((101, 100, 200, 200), 0.89)], "kept"),
        ([], "not found again"),
    ],
)
def test_a_caption_has_to_find_its_object_again(grounded, outcome):
    captions = Captions(
        lambda rgb, regions: ["A mug with a white handle."] * len(regions),
        lambda frame, phrase: grounded,
    )
    references = [REFERENCES[0], Reference("the red mug", "colour", "mug")]
    named, counts = captions.name(FRAME, [ONE, TWO], references)
    assert counts == {outcome: 1}
    kept = Reference("the mug with a white handle", "caption", "mug")
    assert named == [kept if outcome == "kept" else REFERENCES[0], references[1]]


def test_one_caption_for_two_objects_names_neither():
    captions = Captions(
        lambda rgb, regions: ["a mug", "The mug"], lambda frame, phrase: [found(ONE.box)]
    )
    named, counts = captions.name(FRAME, [ONE, TWO], REFERENCES)
    assert named == REFERENCES
    assert counts == {"fits two objects": 2}


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("A mug with a handle.", "the mug with a handle"),
        ("“quoted”", ""),
        ("'the cup'", "the cup"),
        ("", ""),
        ("the", ""),
        ("the mug in the red box", ""),
        ("a mug {A}", ""),
        ("mug 2", ""),
        ("word " * 20, ""),
        ("mug\nlamp", "the mug lamp"),
    ],
)
def test_what_counts_as_an_expression(text, phrase):
    assert phrase_of(text) == phrase


def test_outlines_are_compared_where_there_are_two():
    square = np.array([[100, 100], [200, 100], [200, 200], [100, 200]], float)
    half = np.array([[100, 100], [200, 100], [100, 200]], float)
    whole, part = replace(ONE, outline=square), replace(ONE, outline=half)
    assert mask_iou(whole, whole, (640, 480)) == 1
    assert mask_iou(whole, part, (640, 480)) == pytest.approx(0.5, abs=0.02)
    assert mask_iou(ONE, part, (640, 480)) == 1, "boxes are equal"


def test_what_is_found_is_outlined_before_it_is_compared():
    square = np.array([[100, 100], [200, 100], [200, 200], [100, 200]], float)
    half = np.array([[100, 100], [200, 100], [100, 200]], float)
    captions = Captions(
        lambda rgb, regions: ["a mug"],
        lambda frame, phrase: [found(ONE.box)],
        lambda frame, regions: [replace(r, outline=half) for r in regions],
    )
    _, counts = captions.name(FRAME, [replace(ONE, outline=square)], REFERENCES[:1])
    assert counts == {"found elsewhere": 1}


def test_a_model_behind_an_address_sees_the_object_in_a_box(server):
    asked = []
    server.reply = lambda text, pictures: asked.append((text, pictures)) or "the blue mug"
    before = FRAME.rgb.copy()
    said = chat_captioner(Chat(server.address, "any"))(FRAME.rgb, [ONE, TWO])
    assert said == ["the blue mug"] * 2
    assert all("mug in the red box" in text and n == 1 for text, n in asked)
    assert (FRAME.rgb == before).all()


def test_a_captioner_of_transformers(tmp_path):
    caption = captioner(str(tiny_blip.make(tmp_path)))
    texts = caption(FRAME.rgb, [ONE, TWO, Region("edge", (-5, -5, 50, 50))])
    assert len(texts) == 3
    assert all(isinstance(text, str) and "[" not in text for text in texts)
    assert caption(FRAME.rgb, [ONE]) == texts[:1]
    with pytest.raises(SpatialError, match="captioning model"):
        captioner(str(tmp_path / "nothing"))


def test_captions_from_the_command_line(server, tmp_path):
    """Two bottles alike: their boxes become captions where the detector finds them again."""
    server.reply = lambda text, pictures: "the thing over there"
    detector = tiny_detectors.make("owlv2", tmp_path / "owl")
    arguments = ["dataset", "build", "--source", str(DESK), "--workers", "1", "--per-type", "2"]
    arguments += ["--caption-url", server.address, "--caption-model", "any"]
    out = tmp_path / "out"
    assert main([*arguments, "--out", str(tmp_path / "none")]) == 1, "nothing to find them with"
    assert main([*arguments, "--detector-model", str(detector), "--out", str(out)]) == 0
    summary = json.loads((out / "dataset.json").read_text())
    boxed = sum(o["named_by"] == "box" for s in read_dataset(out) for o in s.about["objects"])
    assert sum(summary["captions"].values()) >= boxed
    assert "kept" not in summary["captions"], "a network of random weights finds nothing"
