"""Attention of prompts and of single tokens, and the keys and values that it goes over.

Queries that share a key head are laid behind each other as if they were further positions, so keys
and values are never repeated.
"""

import torch
from torch.nn import functional

# Products of bf16 summed up in float32 can be had in float32 from this version on.
_WIDE_PRODUCTS = tuple(map(int, torch.__version__.split(".")[:2])) >= (2, 8)


def attend(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    bias: torch.Tensor | None,
    scale: float,
    fused: bool,
) -> torch.Tensor:
    """Softmax of scale * queries . keys + bias, times values.

    Args:
        queries: [B, L, heads, size]. keys, values: [B, key heads, K, size].
        bias: [B, 1, 1 or L, K], or None: everything is seen.
        fused: in one kernel; else product by product.

    Returns:
        [B, L, heads * size].
    """
    length, key_heads = queries.shape[1], keys.shape[1]
    group = queries.shape[2] // key_heads
    folded = queries.unflatten(2, (key_heads, group)).transpose(1, 2).flatten(2, 3)
    if bias is not None and bias.shape[2] > 1:
        bias = bias.repeat_interleave(group, 2)
    # A fused kernel gives each head to one multiprocessor, however many keys one token has: for
    # single tokens on a GPU, products are spread better.
    if fused and (length > 1 or not queries.is_cuda):
        result = functional.scaled_dot_product_attention(folded, keys, values, bias, scale=scale)
    else:
        result = _by_products(folded, keys, values, bias, scale)
    if length == 1:  # laid out the same whichever way it was computed, as compiled code is strict
        return result.flatten(1)[:, None]
    return result.unflatten(2, (length, group)).transpose(1, 2).flatten(2)


def _by_products(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    bias: torch.Tensor | None,
    scale: float,
) -> torch.Tensor:
    batch = keys.shape[:2]
    a, b = queries.flatten(0, 1), keys.flatten(0, 1).mT
    if _WIDE_PRODUCTS and a.is_cuda and a.dtype is not torch.float32:
        scores = torch.bmm(a, b, out_dtype=torch.float32)
    else:
        scores = torch.bmm(a, b).float()
    scores = scores.unflatten(0, batch)
    scores = scores * scale if bias is None else torch.add(bias, scores, alpha=scale)
    weights = scores.softmax(-1).to(values.dtype)
    return torch.bmm(weights.flatten(0, 1), values.flatten(0, 1)).unflatten(0, batch)


class RowCache:
    """Keys and values [rows, heads, length, size] per layer; every row has its own length.

    Heads and sizes are those of keys; everything is free of branches on values on the device.
    """

    def __init__(self, shape: tuple, layers: int, device: torch.device, dtype: torch.dtype):
        # Zeros, as what a mask hides is still multiplied by 0, and 0 * NaN is NaN.
        self._keys = [torch.zeros(shape, device=device, dtype=dtype) for _ in range(layers)]
        self._values = [torch.zeros(shape, device=device, dtype=dtype) for _ in range(layers)]
        self._rows = torch.arange(shape[0], device=device)

    def put_prompts(
        self, layer: int, rows: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store whole rows [B, L, heads, size] as rows [B]; returns what they attend to."""
        keys, values = keys.transpose(1, 2), values.transpose(1, 2)
        length = keys.shape[2]
        self._keys[layer][:, :, :length].index_copy_(0, rows, keys)
        self._values[layer][:, :, :length].index_copy_(0, rows, values)
        return keys, values

    def put_tokens(
        self,
        layer: int,
        positions: torch.Tensor,
        capacity: int,
        keys: torch.Tensor,
        values: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store a token [B, 1, heads, size] of each of the first rows; returns views of what they
        attend to, the first ``capacity`` positions.
        """
        batch = len(positions)
        rows = self._rows[:batch]
        self._keys[layer][rows, :, positions] = keys[:, 0]
        self._values[layer][rows, :, positions] = values[:, 0]
        return self._keys[layer][:batch, :, :capacity], self._values[layer][:batch, :, :capacity]

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first ``length`` positions of a row over another row."""
        for cached in (*self._keys, *self._values):
            cached[target, :, :length] = cached[source, :, :length]
