"""Who sees whom in a packed batch, and the attention that obeys: eager, fused, or FlexAttention.

A token sees its own sample only: a token of the prefix the whole prefix, one of the suffix the
prefix and the suffix up to itself. Layers with a sliding window also hide what lies a window or
more behind. Scores are soft-capped as the model was trained; fused attention cannot do that, and is
for models without a cap.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from hispatial_ros.train.batch import Batch

EAGER = "eager"
FLEX = "hispatial_flex"
SDPA = "hispatial_sdpa"  # transformers refuses its own name to Gemma-2, because of the cap
Mask = torch.Tensor | BlockMask

# Bytes of memory that a multiprocessor shares: PyTorch's only choice for heads of 256 takes up to
# 153,600 where there are up to 166,912, as on an A100. An RTX card has 101,376: with these blocks,
# forward 87,040 and backward 70,400, as compiled for capabilities 8.6, 8.9 and 12.0.
LARGE = 153_600
_SMALL = {
    "fwd_num_stages": 2,
    "bwd_num_stages": 2,
    **dict.fromkeys(("bwd_BLOCK_M1", "bwd_BLOCK_N1", "bwd_BLOCK_M2", "bwd_BLOCK_N2"), 32),
}


def masks(
    batch: Batch,
    layer_types: list[str],
    window: int | None,
    implementation: str,
    dtype: torch.dtype,
) -> dict[str, Mask]:
    """One mask per kind of layer.

    Args:
        layer_types: "full_attention" or "sliding_attention", of each layer.
        window: of the sliding layers, tokens.
        dtype: of the scores, which eager attention adds its mask to.
    """
    rules = {
        kind: _rule(batch, window if kind == "sliding_attention" else None)
        for kind in dict.fromkeys(layer_types)
    }
    rows, length = batch.input_ids.shape
    device = batch.input_ids.device
    if implementation == FLEX:
        return {
            kind: create_block_mask(rule, rows, None, length, length, device=device)
            for kind, rule in rules.items()
        }
    row = torch.arange(rows, device=device)[:, None, None, None]
    place = torch.arange(length, device=device)
    lowest = torch.finfo(dtype).min
    return {
        kind: torch.zeros((), dtype=dtype, device=device).masked_fill(
            ~rule(row, None, place[:, None], place), lowest
        )
        for kind, rule in rules.items()
    }


def kernel_options(device: torch.device, implementation: str) -> dict[str, Any]:
    """What a block is to pass on to its attention on this device, beside what it computes."""
    if implementation != FLEX or device.type != "cuda":
        return {}
    properties: Any = torch.cuda.get_device_properties(device)
    large = properties.shared_memory_per_block_optin >= LARGE
    return {} if large else {"kernel_options": _SMALL}


def _rule(batch: Batch, window: int | None) -> Callable[..., torch.Tensor]:
    """Whether the token at ``query`` of a row sees the one at ``key``: a FlexAttention mask_mod."""
    sample, suffix = batch.sample_ids, batch.token_type_ids

    def sees(
        row: torch.Tensor, head: torch.Tensor | None, query: torch.Tensor, key: torch.Tensor
    ) -> torch.Tensor:
        seen = (sample[row, query] == sample[row, key]) & (
            (suffix[row, key] == 0) | ((suffix[row, query] == 1) & (key <= query))
        )
        return seen if window is None else seen & (query - key < window)

    return sees


def _flex_forward(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: BlockMask,
    scaling: float | None = None,
    softcap: float | None = None,
    kernel_options: Any = None,
    **_: object,
) -> tuple[torch.Tensor, None]:
    """Attention as transformers calls it: [B, heads, L, D] -> [B, L, heads, D]."""

    def capped(score: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
        return score if softcap is None else softcap * torch.tanh(score / softcap)

    # Where a block is compiled, its attention is compiled with it. On a CPU only the plain one has
    # gradients.
    plain = torch.compiler.is_compiling() or query.device.type == "cpu"
    output = (flex_attention if plain else _compiled)(
        query,
        key,
        value,
        score_mod=capped,
        block_mask=attention_mask,
        scale=scaling,
        enable_gqa=query.shape[1] != key.shape[1],
        kernel_options=kernel_options,
    )
    return output.transpose(1, 2).contiguous(), None


_compiled = torch.compile(flex_attention)
ALL_ATTENTION_FUNCTIONS.register(FLEX, _flex_forward)
ALL_ATTENTION_FUNCTIONS.register(SDPA, sdpa_attention_forward)
