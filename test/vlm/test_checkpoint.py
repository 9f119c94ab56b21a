import json
import pickle
import shutil

import pytest
import torch

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.checkpoint import (
    EMBEDDING,
    LM_HEAD,
    load_model,
    read_config,
    read_weights,
    released_name,
)
from hispatial_ros.vlm.layers import layers_of
from hispatial_ros.vlm.model import empty_model


@pytest.fixture
def folder(golden, tmp_path):
    """A copy of a checkpoint, to be broken."""
    return shutil.copytree(golden / "small", tmp_path / "checkpoint")


@pytest.fixture
def rewrite(folder):
    def change(edit):
        weights = torch.load(folder / "weights.pt", weights_only=True)
        edit(weights)
        torch.save(weights, folder / "weights.pt")

    return change


def message(folder, **options):
    with pytest.raises(SpatialError) as error:
        load_model(folder, **options)
    assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE
    return str(error.value)


def test_every_wrong_parameter_is_named(folder, rewrite):
    def edit(weights):
        del weights["depth_encoder.conv.bias"]
        del weights["language_model.model.layers.2.mlp.up_proj.weight"]
        weights["vision_tower.vision_model.head.probe"] = torch.zeros(3)
        weights["multi_modal_projector.linear.weight"] = torch.zeros(4, 5)

    rewrite(edit)
    text = message(folder)
    assert "missing: depth_encoder.conv.bias" in text
    assert "missing: language_model.model.layers.2.mlp.up_proj.weight" in text
    assert "unexpected: vision_tower.vision_model.head.probe" in text
    assert "mis-shaped: multi_modal_projector.linear.weight is [4, 5] instead of [36, 32]" in text
    assert text.count("\n") == 4


def test_output_layer_may_be_left_out_when_it_is_tied(folder, rewrite):
    rewrite(lambda weights: weights.pop(LM_HEAD))
    model = load_model(folder)
    assert model.lm_head.weight is model.get_input_embeddings().weight


def test_output_layer_that_is_not_what_it_is_tied_to_is_refused(folder, rewrite):
    rewrite(lambda weights: weights.update({LM_HEAD: weights[EMBEDDING] + 1}))
    assert "the two differ" in message(folder)


def test_output_layer_of_its_own(folder, rewrite):
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["tie_word_embeddings"] = False
    (folder / "config.json").write_text(json.dumps(config))
    rewrite(lambda weights: weights.update({LM_HEAD: weights[EMBEDDING] + 1}))
    model = load_model(folder)
    assert torch.equal(model.lm_head.weight, model.get_input_embeddings().weight + 1)


def test_names_of_released_parameters_cover_the_model(golden):
    for folder in (golden / "tiny", golden / "small"):
        names = {released_name(name) for name in empty_model(read_config(folder)).state_dict()}
        assert names == set(read_weights(folder))


class Malicious:
    def __reduce__(self):
        return print, ("executed",)


def test_code_in_the_weights_is_not_executed(folder, capsys):
    torch.save({"weight": Malicious()}, folder / "weights.pt")
    assert "not a file of plain tensors" in message(folder)
    (folder / "weights.pt").write_bytes(pickle.dumps(Malicious()))
    assert "not a file of plain tensors" in message(folder)
    assert "executed" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"PK", b"something else"])
def test_damaged_weights(folder, content):
    (folder / "weights.pt").write_bytes(content)
    assert "damaged" in message(folder)


def test_truncated_weights(folder):
    data = (folder / "weights.pt").read_bytes()
    (folder / "weights.pt").write_bytes(data[: len(data) // 2])
    assert "damaged" in message(folder)


@pytest.mark.parametrize("content", [[torch.zeros(3)], {"step": 3}, torch.zeros(3)])
def test_not_a_state_dict(folder, content):
    torch.save(content, folder / "weights.pt")
    assert "state dict" in message(folder)


def test_missing_files(folder):
    (folder / "config.json").unlink()
    assert "config.json is missing" in message(folder)
    (folder / "weights.pt").unlink()
    assert "hispatial download" in message(folder)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"text_config": {}}', '{"text_config": {"hidden_size": "x"}}'],
)
def test_config_of_something_else(folder, content):
    (folder / "config.json").write_text(content)
    assert "does not describe a PaliGemma-2" in message(folder)


def test_old_field_names_of_the_config_are_understood(golden):
    text = read_config(golden / "small").text_config
    assert text.rope_parameters["rope_theta"] == 50000.0
    assert (text.num_attention_heads, text.hidden_size, text.head_dim) == (5, 36, 8)
    assert text.sliding_window == 12


def test_weights_are_mapped_not_read(golden):
    model = load_model(golden / "tiny")
    mapped = (golden / "tiny" / "weights.pt").resolve()
    with open("/proc/self/maps") as maps:
        ranges = [
            [int(edge, 16) for edge in line.split()[0].split("-")]
            for line in maps
            if line.rstrip().endswith(str(mapped))
        ]
    pointers = [parameter.data_ptr() for parameter in model.parameters()]
    assert all(any(low <= p < high for low, high in ranges) for p in pointers)


def test_low_precision_keeps_what_needs_float32(golden):
    model = load_model(golden / "tiny", dtype=torch.bfloat16)
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert model.model.language_model.rotary_emb.inv_freq.dtype is torch.float32
    assert layers_of(model, join=False)[0].input_norm.dtype is torch.float32


def test_nothing_is_left_on_the_meta_device(tiny):
    assert not [name for name, p in tiny.named_parameters() if p.is_meta]
    assert not [name for name, b in tiny.named_buffers() if b.is_meta]
