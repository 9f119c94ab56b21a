"""What HiSpatial adds to PaliGemma-2: metric point maps as a second kind of image feature."""

import torch
from torch import nn
from torch.nn import functional

FREQUENCIES = 32  # per axis
CHANNELS = 3 * 2 * FREQUENCIES + 1
PATCHES = 1024  # encoded at a time, those of a frame at 448 px: 155 MB in float32


def encode_points(xyz: torch.Tensor, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Sine and cosine of the raw metric coordinates (HiSpatial, arXiv 2603.25411).

    Computed in float32 whatever ``dtype`` is: bf16 cannot tell 250 m from 251 m.

    Args:
        xyz: [B, 4, H, W] float32; x, y, z in metres in the optical frame, and validity.
        dtype: of the result.

    Returns:
        [B, 193, H, W]: for x, then y, then z the sines and then the cosines of the coordinate
        times 10000^(-i/32), i = 0..31; last the validity.
    """
    exponents = torch.arange(FREQUENCIES, dtype=torch.float32, device=xyz.device) / FREQUENCIES
    frequencies = (1.0 / 10000**exponents)[:, None, None]
    batch, _, height, width = xyz.shape
    encoded = xyz.new_empty((batch, CHANNELS, height, width), dtype=dtype)
    # One axis at a time: the phases of all three would take 77 MB a frame.
    waves = encoded[:, :-1].unflatten(1, (3, 2, FREQUENCIES))
    for axis in range(3):
        phase = xyz[:, axis, None] * frequencies
        torch.sin(phase, out=waves[:, axis, 0])
        torch.cos(phase, out=waves[:, axis, 1])
    encoded[:, -1] = xyz[:, 3]
    return encoded


class PointEncoder(nn.Module):
    """Point map to one feature per image patch, through a convolution of patch size."""

    def __init__(self, features: int, patch_size: int):
        super().__init__()
        self.patch_size = patch_size
        self.conv = nn.Conv2d(CHANNELS, features, patch_size, stride=patch_size)

    def forward(self, xyz: torch.Tensor) -> torch.Tensor:
        """xyz: [B, 4, H, W] float32 -> [B, patches, features]."""
        # A convolution whose stride is its size is a product with the patches. Said so, it runs on
        # tensor cores; 193 channels are no size that convolution kernels are tuned for. Cut before
        # they are encoded, the patches need no copy of what is 48 times as large.
        size = self.patch_size
        patches = xyz.unflatten(3, (-1, size)).unflatten(2, (-1, size)).permute(0, 2, 4, 1, 3, 5)
        groups = patches.flatten(0, 2).split(PATCHES)
        features = torch.cat([self._encode(group) for group in groups])
        return features.unflatten(0, (len(xyz), -1))

    def _encode(self, patches: torch.Tensor) -> torch.Tensor:
        weight = self.conv.weight
        encoded = encode_points(patches, weight.dtype).flatten(1)
        return functional.linear(encoded, weight.flatten(1), self.conv.bias)


class FusedProjector(nn.Module):
    """Image and point features of a patch, side by side, into the language model's space."""

    def __init__(self, features: int, hidden_size: int):
        super().__init__()
        self.linear = nn.Linear(2 * features, hidden_size)

    def forward(self, image: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        """Two of [B, patches, features] -> [B, patches, hidden_size]."""
        return self.linear(torch.cat([image, points], dim=-1))
