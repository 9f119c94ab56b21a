"""HiSpatial on its device, in the shape that the scheduler works with."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from hispatial_ros.errors import backend_unavailable
from hispatial_ros.vlm.checkpoint import LOADED_AS, load_model
from hispatial_ros.vlm.download import find_checkpoint
from hispatial_ros.vlm.generate import Generation, GenerationRequest, Generator, Prepared
from hispatial_ros.vlm.inputs import ModelInput
from hispatial_ros.vlm.layers import to_eight_bits
from hispatial_ros.vlm.runtime.device import choose_device, out_of_memory
from hispatial_ros.vlm.runtime.scheduler import Progress
from hispatial_ros.vlm.tokenizer import PromptTokenizer

log = logging.getLogger(__name__)

Report = Callable[[str, float], None]


def create(options: Mapping[str, Any], report: Report) -> "HiSpatialEngine":
    """Load and answer one question; the worker's factory. The rest of the warm-up comes later.

    Args:
        options: checkpoint (folder or hub id), revision, device ("auto", "cpu", "cuda", "cuda:1"),
            dtype ("auto", "fp32", "bf16", "fp16", "fp8"), attn_implementation ("sdpa", "eager"),
            compile (decoding, if it pays), max_batch, max_text and max_new_tokens.
        report: gets what is being done and the fraction done.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE, saying what to do.
    """
    device = choose_device(options["device"], "model.device")
    dtype = options["dtype"]
    if dtype == "auto":
        dtype = "bf16" if device.type == "cuda" else "fp32"
    report(f"looking for {options['checkpoint']}", 0.0)
    folder = find_checkpoint(options["checkpoint"], options["revision"], _downloading(report))
    report(f"loading {folder} as {dtype} on {device}", 0.1)
    start = time.monotonic()
    try:
        model = load_model(folder, device, LOADED_AS[dtype], options["attn_implementation"])
        if dtype == "fp8":
            to_eight_bits(model)
        tokenizer = PromptTokenizer(folder, model.config)
        report(f"loaded in {time.monotonic() - start:.1f} s; trying it out", 0.8)
        generator = Generator(
            model,
            max_batch=options["max_batch"],
            max_text=options["max_text"],
            max_new_tokens=options["max_new_tokens"],
            compiled=options["compile"],
        )
        generator.try_out()
    except torch.OutOfMemoryError as error:
        raise backend_unavailable(
            f"{device} has too little memory for the model in {dtype}: lower model.max_batch or "
            f"model.max_new_tokens, choose a smaller model.dtype, or free memory ({error})"
        ) from error
    return HiSpatialEngine(generator, tokenizer, dtype)


def _downloading(report: Report) -> Callable[[str, int, int], None]:
    """Reports every hundredth of a download, which may take an hour, as a sign of life."""
    said: tuple[str, int] = "", 0

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal said
        now = stage, 100 * done // max(total, 1)
        if now != said:
            said = now
            report(f"{stage} {done / 1e9:.1f} of {total / 1e9:.1f} GB", 0.001 * now[1])

    return progress


class HiSpatialEngine:
    """A scheduler.TextEngine; its methods are described there."""

    def __init__(self, generator: Generator, tokenizer: PromptTokenizer, dtype: str):
        self.max_batch = generator.max_batch
        self._generator = generator
        self._tokenizer = tokenizer
        self._dtype = dtype

    def prepare(self, rgb: np.ndarray, xyz: np.ndarray) -> Prepared:
        return self._generator.prepare(ModelInput(rgb, xyz))

    def encode(self, prepared: Sequence[Prepared]) -> list[torch.Tensor]:
        with out_of_memory():
            return self._generator.encode(prepared)

    def prompt(self, text: str, max_new_tokens: int) -> list[int]:
        ids = self._tokenizer.encode(text)
        self._generator.check(ids, max_new_tokens)
        return ids

    def add(self, questions: Sequence[tuple[torch.Tensor, list[int], int]]) -> list[Generation]:
        with out_of_memory():
            return self._generator.start([GenerationRequest(*question) for question in questions])

    def step(self) -> None:
        with out_of_memory():
            self._generator.start_step()

    def progress(self, sequence: Generation) -> Progress:
        self._generator.collect()
        # A character whose bytes are not all there yet decodes to a replacement.
        text = self._tokenizer.decode(sequence.tokens).rstrip("\ufffd")
        return Progress(text, len(sequence.tokens), sequence.finish is not None)

    def cancel(self, sequence: Generation) -> None:
        self._generator.cancel(sequence)

    def warm_up(self) -> bool:
        return self._generator.warm_up.piece()

    def release_memory(self) -> None:
        torch.cuda.empty_cache()  # does nothing without CUDA

    def stats(self) -> dict[str, Any]:
        """Memory in bytes."""
        device = self._generator.device
        stats: dict[str, Any] = {
            "device": str(device),
            "dtype": self._dtype,
            "image_size": self._generator.model.image_size,
            "max_batch": self.max_batch,
            "graphs": self._generator.graphed,
            "warm": self._generator.warm_up.fraction,
            "compiled": self._generator.warm_up.compiled,
        }
        if device.type == "cuda":
            stats["device_name"] = torch.cuda.get_device_name(device)
            stats["memory_allocated"] = torch.cuda.memory_allocated(device)
            stats["memory_reserved"] = torch.cuda.memory_reserved(device)
        return stats
