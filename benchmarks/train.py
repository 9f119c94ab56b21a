"""Steps of training a second, beside the official way of making one.

The official way: each sample in a row of its own, padded to the longest, eager attention, every
block's activations recomputed, logits of all tokens, and the norm and deviation of every
parameter's gradient read by the host. Random weights; the samples' lengths are alike.
"""

import argparse
import gc
import time
from collections.abc import Callable

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch.nn import functional

from benchmarks.vlm_model import IMAGE_TOKEN, SIZES, random_model
from hispatial_ros.train.attention import EAGER, FLEX
from hispatial_ros.train.batch import NO_LOSS, Batch
from hispatial_ros.train.model import TrainingModel
from hispatial_ros.train.optimizer import make_optimizer
from hispatial_ros.train.parallel import Place, join, spread
from hispatial_ros.train.settings import TrainSettings
from hispatial_ros.train.trainer import Trainer

SAMPLES = 8
TEXT = (8, 40)  # tokens of a question and its answer


def main(arguments: list[str], console: Console) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks train", description=__doc__)
    parser.add_argument("--size", choices=tuple(SIZES), default="tiny")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--device", default="auto")
    args = parser.parse_args(arguments)
    with join(args.device) as place:
        gpu = place.device.type == "cuda"
        compute = torch.bfloat16 if gpu else torch.float32
        rates = {}
        for name, make in (("official way", _official), ("hispatial train", _ours)):
            torch.manual_seed(0)
            step, model = make(args.size, place, compute)
            if gpu:
                torch.cuda.reset_peak_memory_stats()
            step()
            _wait(place)
            start = time.perf_counter()
            for _ in range(args.steps):
                step()
            _wait(place)
            rates[name] = (
                SAMPLES * args.steps / (time.perf_counter() - start),
                torch.cuda.max_memory_allocated() / 2**30 if gpu else float("nan"),
            )
            del step, model
            gc.collect()  # sharded parameters are part of cycles
            if gpu:
                torch.cuda.empty_cache()
    table = Table(title=f"Training, {args.size} model on {place.device}, {SAMPLES} samples a step")
    for column in ("", "samples/s", "ratio", "GPU memory [GiB]"):
        table.add_column(column)
    for name, (rate, memory) in rates.items():
        ratio = rate / rates["official way"][0]
        table.add_row(name, f"{rate:.2f}", f"{ratio:.2f}", f"{memory:.1f}" if gpu else "-")
    console.print(table)
    if not gpu or args.size != "3b":
        console.print("The figures that count, of the 3b model on a GPU, are unmeasured here.")
    return 0


def _model(size: str, place: Place, attention: str, compute: torch.dtype) -> TrainingModel:
    model = random_model(size, place.device, torch.float32)
    return TrainingModel(model, 50.0, attention, compute)


def _samples(model: TrainingModel) -> list[list[int]]:
    """Of each sample: ids of its text; the answer is the last third."""
    rng = np.random.default_rng(0)
    top = model.hispatial.config.text_config.vocab_size
    return [rng.integers(4, top, rng.integers(*TEXT)).tolist() for _ in range(SAMPLES)]


def _batch(model: TrainingModel, packed: int) -> Batch:
    """``packed`` samples a row."""
    slots, size = model.hispatial.image_tokens, model.hispatial.image_size
    rows: list[list[list[int]]] = []
    for i, text in enumerate(_samples(model)):
        if i % packed == 0:
            rows.append([[], [], [], [], []])
        answer = len(text) // 3
        prefix = slots + len(text) - answer
        columns = (
            [IMAGE_TOKEN] * slots + text,
            list(range(1, slots + len(text) + 1)),
            [0] * prefix + [1] * answer,
            [NO_LOSS] * prefix + text[-answer:],
            [i] * (slots + len(text)),
        )
        for row, values in zip(rows[-1], columns, strict=True):
            row += values
    longest = max(len(row[0]) for row in rows)
    tensors = [
        torch.tensor([row[k] + [fill] * (longest - len(row[k])) for row in rows])
        for k, fill in enumerate((0, 0, 0, NO_LOSS, -1))
    ]
    images = torch.rand(SAMPLES, 7, size, size)
    return Batch(images[:, :3], images[:, 3:], *tensors)


def _ours(
    size: str, place: Place, compute: torch.dtype
) -> tuple[Callable[[], object], TrainingModel]:
    gpu = place.device.type == "cuda"
    model = _model(size, place, FLEX if gpu else EAGER, compute)
    spread(model, place, compute)
    if gpu:
        model.recompute = "selective"
        for block in model.blocks:
            block.compile()
    trainer = Trainer(model, TrainSettings(), place)
    batch = _batch(model, 4)
    return lambda: trainer([batch]), model


def _official(
    size: str, place: Place, compute: torch.dtype
) -> tuple[Callable[[], object], TrainingModel]:
    model = _model(size, place, EAGER, compute)
    spread(model, place, compute)
    model.recompute = "full"
    optimizer = make_optimizer(model, 2e-5, 0.1)
    batch = _batch(model, 1)
    # Logits of all tokens, as the official forward pass has them.
    wanted = batch.predictors.to(place.device)
    batch.predictors = torch.arange(batch.labels.numel() - 1)

    def step() -> None:
        moved = batch.to(place.device)
        entropy = functional.cross_entropy

        def of_wanted(logits: torch.Tensor, labels: torch.Tensor, reduction: str) -> torch.Tensor:
            return entropy(logits[wanted], labels[wanted])

        functional.cross_entropy = of_wanted
        try:
            loss = model(moved)
        finally:
            functional.cross_entropy = entropy
        loss.backward()
        for parameter in model.parameters():
            if parameter.grad is not None:
                gradient = parameter.grad.detach()
                float(gradient.norm(2))
                float(gradient.std())
        torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.grad is not None], 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step, model


def _wait(place: Place) -> None:
    if place.device.type == "cuda":
        torch.cuda.synchronize()
