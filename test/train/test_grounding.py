"""A miniature learns names and places."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hispatial_ros.errors import SpatialError
from hispatial_ros.train import grounding
from hispatial_ros.train.attention import SDPA
from hispatial_ros.train.base import load_training_model
from hispatial_ros.train.data.question import Wanted
from hispatial_ros.train.grounding import ground, in_text_alone, place_lists
from hispatial_ros.train.miniature import make_miniature
from hispatial_ros.train.sights import sights_of
from hispatial_ros.vlm.tokenizer import PromptTokenizer

PATCH, SIDE = 14, 112


@pytest.fixture(scope="module")
def untrained(rooms, tmp_path_factory):
    return make_miniature(tmp_path_factory.mktemp("run") / "miniature", [rooms], 0)


def test_it_learns_where_things_are(rooms, untrained, tmp_path, monkeypatch):
    monkeypatch.setattr(grounding, "LOOKS", 8)
    monkeypatch.setattr(grounding, "BATCH", 8)
    grounded = ground(untrained, tmp_path / "grounded", [rooms], 100, looks=60, steps=240)
    model = load_training_model(grounded, SDPA)
    point_half = model.hispatial.model.multi_modal_projector.linear.weight.chunk(2, 1)[1]
    assert not point_half.any(), "points change nothing yet"
    tokenizer = PromptTokenizer(grounded, model.hispatial.config)
    sights = [s for s in sights_of([rooms], SIDE, PATCH, 100) if s.named]
    rng = np.random.default_rng(0)
    batch = place_lists(sights * 4, model.hispatial, tokenizer, rng)
    images = batch.pixel_values
    with torch.no_grad():
        loss, others = (
            float(model(replace(batch, pixel_values=pixels))) / len(batch.predictors)
            for pixels in (images, images.roll(1, 0))
        )
    assert 2 * loss < others, "what it says depends on what it sees"
    assert ground(untrained, grounded, [], 0, 0, 0) == grounded  # kept


def test_questions_in_text_alone_show_no_image(rooms, untrained):
    model = load_training_model(untrained, SDPA)
    tokenizer = PromptTokenizer(untrained, model.hispatial.config)
    wanted = Wanted(types=frozenset({"left_right"}), formats=frozenset({"text"}), short=True)
    sights = sights_of([replace(rooms, wanted=wanted)], SIDE, PATCH, 100)
    questions = [question for sight in sights for question in sight.sides]
    batch = in_text_alone(questions, SIDE, tokenizer)
    assert not (batch.input_ids == model.hispatial.config.image_token_id).any()
    assert len(batch.pixel_values) == 1
    model(batch).backward()
    assert model.hispatial.get_input_embeddings().weight.grad.any()
    projector = model.hispatial.model.multi_modal_projector.linear.weight
    assert projector.grad is None or not projector.grad.any()


def test_data_without_names(untrained, tmp_path):
    with pytest.raises(SpatialError, match="no objects with names"):
        ground(untrained, tmp_path / "grounded", [], 100, 1, 1)
    assert not [*tmp_path.iterdir()]
