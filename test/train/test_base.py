"""What a run starts from: a PaliGemma-2, and its settings."""

import shutil

import pytest
import torch
from safetensors.torch import save_file

from hispatial_ros.errors import SpatialError
from hispatial_ros.train.base import ENCODER, PROJECTOR, load_training_model
from hispatial_ros.train.settings import read_settings
from hispatial_ros.vlm.checkpoint import LM_HEAD, read_weights


def test_paligemma_gets_points_that_change_nothing_at_first(small, tmp_path):
    weights = {name: value.clone() for name, value in read_weights(small).items()}
    half = weights[PROJECTOR].shape[1] // 2
    weights[PROJECTOR] = weights[PROJECTOR][:, :half].contiguous()
    for name in (*ENCODER, LM_HEAD):
        weights.pop(name, None)
    save_file(weights, tmp_path / "model.safetensors")
    shutil.copy(small / "config.json", tmp_path)
    model = load_training_model(tmp_path).hispatial.model
    projector = model.multi_modal_projector.linear.weight
    assert torch.equal(projector[:, :half], weights[PROJECTOR])
    assert not projector[:, half:].any()
    assert model.depth_encoder.conv.weight.std() > 0


def test_float32_is_not_rounded_in_convolutions(small, monkeypatch):
    """As a GPU does unless it is told, to ten bits of mantissa."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    load_training_model(small, compute=torch.bfloat16)
    assert torch.backends.cudnn.allow_tf32
    load_training_model(small)
    assert not torch.backends.cudnn.allow_tf32


def test_flags_override_the_file(tmp_path):
    path = tmp_path / "train.yaml"
    path.write_text("checkpoint: a\nrate: 3e-5\nsteps: 7\ndata: [{path: x, weight: 2}]\n")
    settings = read_settings(path, {"steps": 9, "rate": None})
    assert (settings.rate, settings.steps, settings.data[0].weight) == (3e-5, 9, 2)
    path.write_text(settings.as_yaml())
    assert read_settings(path, {}) == settings


@pytest.mark.parametrize("text", ["unknown: 1", "steps: 0", "dtype: fp8", "steps: x", "[1]"])
def test_wrong_settings_are_told(tmp_path, text):
    path = tmp_path / "train.yaml"
    path.write_text(text)
    with pytest.raises(SpatialError):
        read_settings(path, {})
