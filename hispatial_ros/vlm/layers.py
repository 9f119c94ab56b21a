"""A layer of the language model as two functions of tensors, on either side of the attention.

They are the same for every layer, so that what is compiled once serves all of them, and they join
what is multiplied with the same input. What is added up over the layers stays in float32: that is
nearer to the official float32 than bf16 is, and saves conversions. The attention lies between them
because it alone depends on how much of the cache is read.
"""

from typing import Any, NamedTuple, TypeAlias

import torch
from torch.nn import Parameter, functional
from transformers.models.gemma2.modeling_gemma2 import Gemma2DecoderLayer

from hispatial_ros.errors import backend_unavailable
from hispatial_ros.vlm.eight_bits import EightBits, check_device, product, rounded
from hispatial_ros.vlm.model import HiSpatial

# One matrix, or several that follow each other: joined where that does not take memory twice.
Weights: TypeAlias = tuple[torch.Tensor | EightBits, ...]


class Layer(NamedTuple):
    """Weights of one layer; those of norms are 1 + weight, float32."""

    input_norm: torch.Tensor
    qkv: Weights
    out: Weights
    attention_norm: torch.Tensor
    feedforward_norm: torch.Tensor
    gate_up: Weights
    down: Weights
    output_norm: torch.Tensor


class Sizes(NamedTuple):
    """heads: of queries; key_heads: of keys and of values; size: of each; eps: of the norms."""

    heads: int
    key_heads: int
    size: int
    eps: float


def sizes_of(model: HiSpatial) -> Sizes:
    """Raises SpatialError BACKEND_UNAVAILABLE if it is no Gemma-2 as it was released."""
    text = model.config.text_config
    if text.attention_bias or text.hidden_activation != "gelu_pytorch_tanh":
        raise backend_unavailable(
            "config.json describes a language model with biases or another activation than "
            "gelu_pytorch_tanh: only Gemma-2 is computed"
        )
    return Sizes(
        text.num_attention_heads, text.num_key_value_heads, text.head_dim, text.rms_norm_eps
    )


def layers_of(model: HiSpatial, join: bool) -> list[Layer]:
    """The layers of ``model``, whose parameters go on being those of the modules.

    Args:
        join: lay matrices with the same input one after the other, a layer at a time; each single
            one anew, into gaps that others leave. Mapped weights, as a CPU has them, would be
            read into memory.
    """
    layers = []
    for module in model.model.language_model.layers:
        layers.append(_layer(module, join))
        if join:  # what was joined leaves gaps that nothing else fits into
            torch.cuda.empty_cache()
    return layers


def to_eight_bits(model: HiSpatial) -> None:
    """Round the layers' matrices, before a decoder is made; they leave their modules.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if the model's device cannot multiply them.
    """
    layers = model.model.language_model.layers
    products = [parts for module in layers for parts in _products(module)]
    sides = {side for parts in products for part in parts for side in part.weight.shape}
    check_device(model.lm_head.weight.device, sides)
    for parts in products:
        first: Any = parts[0]
        first.joined = rounded(torch.cat([part.weight for part in parts]))
        for part in parts:
            part.weight = None  # type: ignore[assignment]
        torch.cuda.empty_cache()


def _products(module: Gemma2DecoderLayer) -> list[list[torch.nn.Linear]]:
    """Matrices, those with the same input together: for queries, keys and values, and so on."""
    attention, mlp = module.self_attn, module.mlp
    return [
        [attention.q_proj, attention.k_proj, attention.v_proj],
        [attention.o_proj],
        [mlp.gate_proj, mlp.up_proj],
        [mlp.down_proj],
    ]


def _layer(module: Gemma2DecoderLayer, join: bool) -> Layer:
    qkv, out, gate_up, down = (_weights(parts, join) for parts in _products(module))
    return Layer(
        scale_of(module.input_layernorm),
        qkv,
        out,
        scale_of(module.post_attention_layernorm),
        scale_of(module.pre_feedforward_layernorm),
        gate_up,
        down,
        scale_of(module.post_feedforward_layernorm),
    )


def scale_of(module: Any) -> torch.Tensor:
    """What a norm of Gemma multiplies with, float32."""
    scale: torch.Tensor = 1.0 + module.weight.detach().float()
    return scale


def _weights(parts: list[torch.nn.Linear], join: bool) -> Weights:
    first: Any = parts[0]
    if hasattr(first, "joined"):  # by another decoder of this model, or rounded
        return (first.joined,)
    if not join:
        return tuple(part.weight for part in parts)
    first.joined = torch.cat([part.weight.detach() for part in parts])
    rows = [len(part.weight) for part in parts]
    for part, own in zip(parts, first.joined.split(rows), strict=True):
        part.weight = Parameter(own, requires_grad=False)
    return (first.joined,)


def rotations(positions: torch.Tensor, base: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Cosines and, signed for ``attention_inputs``, sines of the rotary embedding.

    Args:
        positions: [B, L], counted from 1. base: [size / 2] inverse frequencies, float32.

    Returns:
        [2, B, L, 1, size].
    """
    angles = positions[..., None, None].float() * base
    cos, sin = angles.cos(), angles.sin()
    return torch.stack([torch.cat([cos, cos], -1), torch.cat([-sin, sin], -1)]).to(dtype)


def attention_inputs(
    hidden: torch.Tensor, layer: Layer, rotation: torch.Tensor, sizes: Sizes
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """hidden [B, L, H] float32 -> queries [B, L, heads, size], keys and values of key_heads."""
    x = norm(hidden, layer.input_norm, sizes).to(rotation.dtype)
    both = sizes.heads + sizes.key_heads
    qkv = _product(x, layer.qkv).unflatten(-1, (both + sizes.key_heads, sizes.size))
    turned, values = qkv[:, :, :both], qkv[:, :, both:]
    cos, sin = rotation[0], rotation[1]
    turned = torch.addcmul(turned * cos, turned.roll(sizes.size // 2, -1), sin)
    return turned[:, :, : sizes.heads], turned[:, :, sizes.heads :], values


def after_attention(
    attended: torch.Tensor, hidden: torch.Tensor, layer: Layer, sizes: Sizes
) -> torch.Tensor:
    """attended [B, L, heads * size], hidden [B, L, H] float32 -> hidden of the next layer."""
    x = _product(attended, layer.out).float()
    hidden = hidden + norm(x, layer.attention_norm, sizes)
    x = norm(hidden, layer.feedforward_norm, sizes).to(attended.dtype)
    gate, up = _product(x, layer.gate_up).chunk(2, -1)
    x = _product(functional.gelu(gate, approximate="tanh") * up, layer.down).float()
    return hidden + norm(x, layer.output_norm, sizes)


def norm(x: torch.Tensor, scale: torch.Tensor, sizes: Sizes) -> torch.Tensor:
    """Of float32, in one kernel. scale: 1 + weight."""
    return functional.rms_norm(x, scale.shape, scale, sizes.eps)


def _product(x: torch.Tensor, weights: Weights) -> torch.Tensor:
    products = [
        product(x, weight) if isinstance(weight, EightBits) else functional.linear(x, weight)
        for weight in weights
    ]
    return products[0] if len(products) == 1 else torch.cat(products, -1)
