"""The least time that answers can take: bytes of weights and cache, and operations of prompts.

Speeds are those that this device reaches in this run, at a large product and a large copy.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from hispatial_ros.vlm.model import HiSpatial


@dataclass(frozen=True)
class Speeds:
    """Of a device: floating point operations a second, and bytes read a second."""

    operations: float
    bytes: float


def measure_speeds(device: torch.device, dtype: torch.dtype) -> Speeds:
    """By the best of a few repetitions."""
    side, length = (8192, 1 << 29) if device.type == "cuda" else (768, 1 << 24)
    a = torch.randn((side, side), device=device, dtype=dtype)
    source = torch.zeros(length, device=device, dtype=dtype)
    target = torch.empty_like(source)
    product = _best(lambda: a @ a, device)
    copy = _best(lambda: target.copy_(source), device)
    return Speeds(2 * side**3 / product, 2 * source.nbytes / copy)


def _best(run: Callable[[], object], device: torch.device, repeats: int = 8) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start)
    return min(times)


class Floor:
    """Seconds that the arithmetic of a model takes at least."""

    def __init__(self, model: HiSpatial, speeds: Speeds, text: int):
        """text: tokens of a prompt behind the image's."""
        self._speeds = speeds
        language, vision = model.config.text_config, model.config.vision_config
        layers = model.model.language_model.layers
        head = model.lm_head.weight
        self._weights = _count(layers) + head.numel()
        self._bytes = head.element_size()
        length = model.image_tokens + text
        seen = 4 * length**2 * language.num_attention_heads * language.head_dim
        self._prompt = 2 * _count(layers) * length + seen * language.num_hidden_layers
        image = model.image_tokens
        tower = [model.model.vision_tower, model.model.multi_modal_projector]
        seen = 4 * image**2 * vision.hidden_size * vision.num_hidden_layers
        self._frame = 2 * sum(map(_count, [*tower, model.model.depth_encoder])) * image + seen
        keys = 2 * language.num_key_value_heads * language.head_dim * language.num_hidden_layers
        self._cache = keys * length * self._bytes

    @property
    def frame(self) -> float:
        """Encoding an image and its points."""
        return self._frame / self._speeds.operations

    @property
    def prompt(self) -> float:
        """A prompt's first token."""
        return self._prompt / self._speeds.operations

    def token(self, together: int = 1) -> float:
        """One more for each of so many answers."""
        read = self._weights * self._bytes + together * self._cache
        return read / self._speeds.bytes

    def in_words(self) -> str:
        return (
            f"floor: {self._weights * self._bytes / 1e9:.2f} GB of weights and "
            f"{self._cache / 1e6:.0f} MB of cache read for a token at "
            f"{self._speeds.bytes / 1e9:.0f} GB/s; {self._prompt / 1e12:.3g} TFLOP for a prompt, "
            f"{self._frame / 1e12:.3g} TFLOP for a frame at {self._speeds.operations / 1e12:.3g} "
            "TFLOP/s, both speeds as measured here"
        )


def _count(module: torch.nn.Module) -> int:
    return sum(each.numel() for each in module.parameters())
