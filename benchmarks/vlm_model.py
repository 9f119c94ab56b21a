"""HiSpatial with random weights, by the official recipe and as the node runs it.

The official recipe: float32, ``generate`` of transformers, one question at a time, the whole depth
image unprojected and the image features computed again for every question.
"""

import time
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from transformers import Gemma2Config, PaliGemmaConfig, SiglipVisionConfig

from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.vlm.generate import Generation, GenerationRequest, Generator
from hispatial_ros.vlm.inputs import prepare
from hispatial_ros.vlm.model import HiSpatial, empty_model, set_attention

PROMPT = 24  # tokens, behind the image's
ANSWER = 12  # tokens, whatever the model would like
IMAGE_TOKEN = 3
Text = Sequence[int]
CAMERA = Camera(640, 480, 535.4, 539.2, 320.1, 247.6)

# HiSpatial-3B, and a model of the same shape that answers on any machine.
SIZES = {
    "3b": (
        dict(
            hidden_size=1152,
            intermediate_size=4304,
            num_hidden_layers=27,
            num_attention_heads=16,
            image_size=448,
        ),
        dict(
            hidden_size=2304,
            intermediate_size=9216,
            num_hidden_layers=26,
            num_attention_heads=8,
            num_key_value_heads=4,
            head_dim=256,
            vocab_size=257216,
        ),
    ),
    "tiny": (
        dict(
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            image_size=224,
        ),
        dict(
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=32,
            query_pre_attn_scalar=32,
            vocab_size=4096,
        ),
    ),
}


def config_of(size: str) -> PaliGemmaConfig:
    vision, text = SIZES[size]
    return PaliGemmaConfig(
        vision_config=SiglipVisionConfig(**vision, patch_size=14, vision_use_head=False),
        text_config=Gemma2Config(**text),
        image_token_index=IMAGE_TOKEN,
        projection_dim=text["hidden_size"],
        hidden_size=text["hidden_size"],
    )


def random_model(size: str, device: torch.device, dtype: torch.dtype) -> HiSpatial:
    """A model of the given size whose weights are random, as transformers would build it."""
    model = empty_model(config_of(size))
    generator = torch.Generator(device).manual_seed(0)
    state = {
        name: torch.empty(value.shape, device=device, dtype=dtype).normal_(
            0, 0.02, generator=generator
        )
        for name, value in model.state_dict().items()
        if not name.startswith("lm_head")
    }
    model.load_state_dict(state, assign=True, strict=False)
    model.lm_head.weight = model.get_input_embeddings().weight
    set_attention(model, "sdpa")
    return model.to(device)


def model_without_memory(size: str, device: torch.device, dtype: torch.dtype) -> HiSpatial:
    """A model of the given size within a ``FakeTensorMode``: on a device that need not be there."""
    model = empty_model(config_of(size))
    for module in model.modules():
        for name, value in module._parameters.items():
            if value is not None:
                new = torch.empty(value.shape, dtype=dtype, device=device)
                module._parameters[name] = torch.nn.Parameter(new, requires_grad=False)
        for name, value in module._buffers.items():
            if value is not None:
                module._buffers[name] = torch.empty(value.shape, dtype=value.dtype, device=device)
    model.lm_head.weight = model.get_input_embeddings().weight
    set_attention(model, "sdpa")
    return model


def random_frame(rng: np.random.Generator) -> Frame:
    rgb = rng.integers(0, 256, (480, 640, 3)).astype(np.uint8)
    depth = rng.integers(300, 6000, (480, 640)).astype(np.uint16)
    return Frame(rgb, depth, CAMERA)


class Official:
    """The official recipe; only the order of magnitude of its preprocessing matters here."""

    def __init__(self, size: str, device: torch.device):
        self.model = random_model(size, device, torch.float32)
        self.device = device

    def answer(self, frame: Frame, text: Text) -> None:
        assert frame.rgb is not None
        assert frame.depth is not None
        v, u = np.mgrid[: CAMERA.height, : CAMERA.width].astype(np.float32)
        z = frame.depth.astype(np.float32) / 1000
        xyz = np.stack([(u - CAMERA.cx) * z / CAMERA.fx, (v - CAMERA.cy) * z / CAMERA.fy, z], -1)
        size = (self.model.image_size,) * 2
        points = cv2.resize(xyz.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
        valid = cv2.resize((z > 0).astype(np.int8), size, interpolation=cv2.INTER_NEAREST)
        rgb = (cv2.resize(frame.rgb, size) / np.float32(255) - 0.5) / 0.5
        image = np.concatenate([rgb, points, valid[..., None]], -1, dtype=np.float32)
        ids = torch.tensor([[IMAGE_TOKEN] * self.model.image_tokens + list(text)])
        self.model.generate(
            input_ids=ids.to(self.device),
            token_type_ids=torch.zeros_like(ids).to(self.device),
            pixel_values=torch.from_numpy(image).permute(2, 0, 1)[None].to(self.device),
            min_new_tokens=ANSWER,
            max_new_tokens=ANSWER,
            do_sample=False,
        ).cpu()


class Ours:
    """What answers in the node."""

    def __init__(self, model: HiSpatial, max_batch: int, compiled: bool):
        start = time.perf_counter()
        self.generator = Generator(model, max_batch=max_batch, compiled=compiled)
        self.generator.try_out()
        self.until_answers = time.perf_counter() - start  # s
        self.generator.warm_up.run()
        self.until_warm = time.perf_counter() - start

    def encode(self, frames: Sequence[Frame]) -> list[torch.Tensor]:
        size = self.generator.model.image_size
        return self.generator.encode([prepare(frame, size) for frame in frames])

    def start(
        self, features: Sequence[torch.Tensor], texts: Sequence[Text], tokens: int = ANSWER
    ) -> list[Generation]:
        """With their first tokens."""
        return self.generator.add(
            [GenerationRequest(f, t, tokens, False) for f, t in zip(features, texts, strict=True)]
        )

    def answer(self, features: Sequence[torch.Tensor], texts: Sequence[Text]) -> float:
        """Generation all at once; the time at which all first tokens were known."""
        answers = self.start(features, texts)
        first = time.perf_counter()
        while self.generator.under_way:
            self.generator.step()
        assert all(len(answer.tokens) == ANSWER for answer in answers)
        return first
