"""A miniature learns names and places."""

import re

import numpy as np
import pytest

from hispatial_ros.errors import SpatialError
from hispatial_ros.train import grounding
from hispatial_ros.train.grounding import ground
from hispatial_ros.train.miniature import make_miniature
from hispatial_ros.train.sights import sights_of
from hispatial_ros.vlm.checkpoint import load_model
from hispatial_ros.vlm.generate import GenerationRequest, Generator
from hispatial_ros.vlm.inputs import ModelInput
from hispatial_ros.vlm.tokenizer import PromptTokenizer

PATCH, SIDE = 14, 112
PLACE = re.compile(r"<loc(\d{4})>")


@pytest.fixture(scope="module")
def untrained(rooms, tmp_path_factory):
    return make_miniature(tmp_path_factory.mktemp("run") / "miniature", [rooms], 0)


@pytest.fixture(scope="module")
def sights(rooms):
    return [*sights_of([rooms], SIDE, PATCH, 100)]


def test_it_learns_where_things_are(rooms, untrained, sights, tmp_path, monkeypatch):
    monkeypatch.setattr(grounding, "LOOKS", 8)
    monkeypatch.setattr(grounding, "BATCH", 8)
    grounded = ground(untrained, tmp_path / "grounded", [rooms], 100, looks=60, steps=240)
    model = load_model(grounded)
    point_half = model.model.multi_modal_projector.linear.weight.chunk(2, 1)[1]
    assert not point_half.any(), "points change nothing yet"
    tokenizer = PromptTokenizer(grounded, model.config)
    generator = Generator(model, max_batch=1, max_text=16, max_new_tokens=4)
    off = []
    for shown in sights:
        nothing = np.zeros((4, SIDE, SIDE), np.float32)
        for name, i in shown.named.items():
            [image] = generator.encode([ModelInput(shown.rgb, nothing)])
            request = GenerationRequest(image, tokenizer.encode(f"detect {name}"), 4)
            [made] = generator.add([request])
            while generator.under_way:
                generator.step()
            y0, x0, y1, x1 = [int(p) / 1024 for p in PLACE.findall(tokenizer.decode(made.tokens))]
            off.append(np.abs(np.array([x0, y0, x1, y1]) - shown.boxes[i]).max())
    assert np.median(off) < 0.1, off
    assert ground(untrained, grounded, [], 0, 0, 0) == grounded  # kept


def test_data_without_names(untrained, tmp_path):
    with pytest.raises(SpatialError, match="no objects with names"):
        ground(untrained, tmp_path / "grounded", [], 100, 1, 1)
    assert not [*tmp_path.iterdir()]
