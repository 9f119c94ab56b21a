"""HiSpatial-3B on a CUDA device that is not there: devices, types, shapes, operators' own checks.

A PyTorch built for CUDA knows what its operators do on such a device, without values and memory.
"""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from benchmarks.vlm_model import model_without_memory
from hispatial_ros import cuda_capture
from hispatial_ros.vlm.decoder import Decoder
from hispatial_ros.vlm.generate import GenerationRequest, Generator
from hispatial_ros.vlm.inputs import ModelInput
from hispatial_ros.vlm.layers import to_eight_bits

pytestmark = pytest.mark.skipif(
    not torch.backends.cuda.is_built() or torch.cuda.is_available(),
    reason="for a PyTorch built for CUDA where there is no GPU",
)
GPU = torch.device("cuda", 0)


@pytest.fixture
def cuda(monkeypatch):
    """What needs a driver does nothing."""
    stream = SimpleNamespace(wait_stream=lambda other: None)
    graph = SimpleNamespace(replay=lambda: None, pool=lambda: (0, 1))
    fakes = {
        "current_device": lambda: 0,
        "get_device_capability": lambda device: (9, 0),
        "Stream": lambda device: stream,
        "current_stream": lambda: stream,
        "set_stream": lambda stream: None,
        "CUDAGraph": lambda: graph,
        "empty_cache": lambda: None,
        **dict.fromkeys(("device", "stream", "graph"), lambda *args, **options: nullcontext()),
    }
    for name, fake in fakes.items():
        monkeypatch.setattr(torch.cuda, name, fake)
    monkeypatch.setattr(torch._C, "_cuda_clearCublasWorkspaces", lambda: None)
    cuda_capture._stream.cache_clear()
    # Page-locked memory needs the driver, too.
    monkeypatch.setattr(
        Generator, "_sendable", lambda self, array, dtype: torch.empty(array.shape, dtype=dtype)
    )
    monkeypatch.setattr(Decoder, "_sent", lambda self, rows: torch.tensor(rows, device=self.device))
    yield
    cuda_capture._stream.cache_clear()


@pytest.fixture
def chosen(monkeypatch):
    """Every token is 7; checks the tensors that tell."""

    def collect(self):
        if self._computing is None:
            return
        (generations, tokens), self._computing = self._computing, None
        assert tokens.device == GPU
        assert tokens.dtype is torch.int64
        assert tokens.shape == (len(generations),)
        for generation in generations:
            self._append(generation, 7)

    monkeypatch.setattr(Generator, "collect", collect)


@pytest.mark.parametrize("dtype", ["bf16", "fp16", "fp8"])
def test_the_whole_way_before_and_after_warm_up(cuda, chosen, dtype):
    with FakeTensorMode(allow_non_fake_inputs=True), torch.inference_mode():
        half = torch.float16 if dtype == "fp16" else torch.bfloat16
        model = model_without_memory("3b", GPU, half)
        if dtype == "fp8":
            to_eight_bits(model)
        generator = Generator(model, max_batch=4)
        size = model.image_size
        frame = ModelInput(
            np.zeros((size, size, 3), np.uint8), np.zeros((4, size, size), np.float32)
        )
        generator.try_out()
        for warm in (False, True):
            if warm:
                generator.warm_up.run()
            assert generator.graphed == warm
            (features,) = generator.encode([generator.prepare(frame)])
            assert features.shape == (1024, 2304)
            assert features.device == GPU
            answers = generator.add(
                [GenerationRequest(features, [1] * length, 3) for length in (5, 40, 24)]
            )
            while generator.under_way:
                generator.step()
            assert [answer.tokens for answer in answers] == [[7, 7, 7]] * 3
        assert len(generator._graphs._recorded) == len(generator.warm_up._shapes)
