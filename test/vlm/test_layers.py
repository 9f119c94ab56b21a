"""Joined weights are the same weights, in the same place for the modules and for the layers."""

import torch

from hispatial_ros.vlm.checkpoint import load_model
from hispatial_ros.vlm.layers import (
    after_attention,
    attention_inputs,
    layers_of,
    rotations,
    sizes_of,
)


def test_joined_weights_give_the_same_and_take_no_memory_twice(golden):
    model = load_model(golden / "small")
    sizes = sizes_of(model)
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn((2, 3, model.config.text_config.hidden_size), generator=generator)
    attended = torch.randn((2, 3, sizes.heads * sizes.size), generator=generator)
    positions = torch.tensor([[1, 2, 3], [7, 8, 9]])
    base = model.model.language_model.rotary_emb.inv_freq
    rotation = rotations(positions, base, torch.float32)
    before = {name: value.clone() for name, value in model.named_parameters()}
    apart, joined = layers_of(model, join=False), layers_of(model, join=True)
    for a, b in zip(apart, joined, strict=True):
        assert len(b.qkv) == len(b.gate_up) == 1
        for x, y in zip(
            attention_inputs(hidden, a, rotation, sizes),
            attention_inputs(hidden, b, rotation, sizes),
            strict=True,
        ):
            torch.testing.assert_close(x, y)
        torch.testing.assert_close(
            after_attention(attended, hidden, a, sizes), after_attention(attended, hidden, b, sizes)
        )
    for name, value in model.named_parameters():
        assert torch.equal(value, before[name])
    again = layers_of(model, join=True)
    assert again[0].qkv[0].data_ptr() == joined[0].qkv[0].data_ptr()
    query = model.model.language_model.layers[0].self_attn.q_proj.weight
    assert query.data_ptr() == joined[0].qkv[0].data_ptr()
