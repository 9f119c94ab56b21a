"""Weights of the language model's layers in eight bits, and products with them.

A weight is e4m3 times a scale of its row, and so are the values it is multiplied with; sums are
float32. Embedding, last layer and image encoder stay as they are. GPUs since compute capability 8.9
multiply such numbers as they are; elsewhere the same rounding is done, and then float32 is
multiplied, which shows what becomes of the answers but is slow.
"""

from typing import NamedTuple

import torch
from torch.nn import functional

from hispatial_ros.errors import backend_unavailable

LARGEST = torch.finfo(torch.float8_e4m3fn).max
CAPABILITY = (8, 9)
MULTIPLE = 16  # that sides of matrices have to be of on a GPU


class EightBits(NamedTuple):
    """A matrix [N, K]: ``bits``, e4m3, times ``scale``, [N] float32."""

    bits: torch.Tensor
    scale: torch.Tensor


def rounded(matrix: torch.Tensor) -> EightBits:
    """The nearest, row by row."""
    # Without a copy in float32, which would take most of the time.
    largest = torch.linalg.vector_norm(matrix, torch.inf, -1, dtype=torch.float32)
    scale = largest.clamp(min=1e-12) / LARGEST
    return EightBits((matrix / scale[..., None]).to(torch.float8_e4m3fn), scale)


def product(x: torch.Tensor, weight: EightBits) -> torch.Tensor:
    """[..., K] times [N, K] transposed -> [..., N], in the dtype of ``x``."""
    multiply = as_they_are if x.is_cuda else simulated
    return multiply(rounded(x.flatten(0, -2)), weight, x.dtype).unflatten(0, x.shape[:-1])


def as_they_are(a: EightBits, b: EightBits, dtype: torch.dtype) -> torch.Tensor:
    """[M, K] times [N, K] transposed, of eight bits."""
    return torch._scaled_mm(
        a.bits, b.bits.t(), scale_a=a.scale[:, None], scale_b=b.scale[None], out_dtype=dtype
    )


def simulated(a: EightBits, b: EightBits, dtype: torch.dtype) -> torch.Tensor:
    """The same by float32."""
    result = functional.linear(a.bits.float(), b.bits.float())
    return (result * a.scale[:, None] * b.scale).to(dtype)


def check_device(device: torch.device, sides: set[int]) -> None:
    """Raises SpatialError BACKEND_UNAVAILABLE if it is a GPU that cannot multiply eight bits.

    sides: of the matrices.
    """
    if device.type != "cuda":
        return
    capability = torch.cuda.get_device_capability(device)
    if capability < CAPABILITY:
        raise backend_unavailable(
            f"fp8 needs a GPU of compute capability 8.9 or newer, {device} has "
            f"{'.'.join(map(str, capability))}: choose bf16 as model.dtype"
        )
    if any(side % MULTIPLE for side in sides):
        raise backend_unavailable(
            f"fp8 on a GPU needs matrices whose sides are multiples of {MULTIPLE}, these have "
            f"{sorted(sides)}: choose bf16 as model.dtype"
        )
