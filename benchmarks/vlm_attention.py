"""Attention of a padded prompt by each of PyTorch's kernels, for ``python -m benchmarks vlm``."""

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from benchmarks.vlm_model import SIZES
from benchmarks.vlm_setup import Row, Setup, median_ms
from hispatial_ros.errors import first_line
from hispatial_ros.vlm.attention import attend

LENGTH = 1056  # positions: an image at 448 px and up to 32 tokens of text
KERNELS = {
    "mem-efficient, as it is": SDPBackend.EFFICIENT_ATTENTION,
    "cuDNN": SDPBackend.CUDNN_ATTENTION,
}


@torch.inference_mode()
def measure_attention(setup: Setup) -> list[Row]:
    """All layers of one prompt, with a mask. A kernel that refuses is a row without a figure."""
    text = SIZES[setup.size][1]
    heads, key_heads, size = (
        text[name] for name in ("num_attention_heads", "num_key_value_heads", "head_dim")
    )
    where = dict(device=setup.device, dtype=setup.dtype)
    queries = torch.randn((1, LENGTH, heads, size), **where)
    keys = torch.randn((1, key_heads, LENGTH, size), **where)
    bias = torch.zeros((1, 1, 1, LENGTH), **where)
    bias[..., -8:] = torch.finfo(setup.dtype).min

    def run() -> None:
        for _ in range(text["num_hidden_layers"]):
            result = attend(queries, keys, keys, bias, size**-0.5, fused=True)
        result[0, 0, 0].item()  # waits

    rows = []
    for name, kernel in KERNELS.items():
        try:
            with sdpa_kernel(kernel):
                taken = median_ms(run, setup.repeats)
        except RuntimeError as error:
            name, taken = f"{name}: {first_line(error)}", float("nan")
        rows.append(Row(f"  attention of a prompt, {name}", taken, "ms"))
    return rows
