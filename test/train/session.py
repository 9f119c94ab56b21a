"""A run on synthetic batches, as a process of its own."""

import errno
import os
import sys
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import torch
import torch._dynamo  # the first step of an optimiser would import it, in every process
from synthetic import SyntheticLoader

from hispatial_ros.train import checkpoints
from hispatial_ros.train.checkpoints import Checkpoints
from hispatial_ros.train.export import export
from hispatial_ros.train.loop import make_steps, signals
from hispatial_ros.train.parallel import join
from hispatial_ros.train.prepare import prepare
from hispatial_ros.train.settings import TrainSettings
from hispatial_ros.train.trainer import Trainer


class Losses:
    """In place of the screen: a line per step, on the disk at once."""

    def __init__(self, path: Path, pause: float):
        self._file = path.open("a")
        self._pause = pause

    def count(self, tokens: int, samples: int) -> None:
        time.sleep(self._pause)

    def tell(self, step: int, values: dict[str, float]) -> None:
        print(step, values["loss"].hex(), values["norm"].hex(), file=self._file, flush=True)


def main(checkpoint: Path, out: Path, options: dict[str, Any]) -> int:
    torch.set_num_threads(1)
    values = dict(options)
    pause = values.pop("pause", 0.0)
    defaults = {"device": "cpu", "dtype": "fp32", "log_every": 1, "rate": 1e-3}
    settings = TrainSettings(**{**defaults, **values})
    with join(settings.device) as place, signals() as stop:
        model = prepare(checkpoint, settings, place)
        trainer = Trainer(model, settings, place)
        loader = SyntheticLoader(model.hispatial.config, place.rank, place.world)
        states = Checkpoints(out / "checkpoints", settings.keep, place)
        if (newest := states.newest()) is not None:
            states.load(newest, trainer, loader)
        report = Losses(out / "losses", pause) if place.first else None
        finished = make_steps(trainer, loader, states, settings, place, report, stop)
        if finished:
            export(model, checkpoint, out / "model", settings, place)
    return 0 if finished else 3


def enter(
    checkpoint: Path, out: Path, options: dict[str, Any], environment: dict[str, str] | None = None
) -> None:
    """Where a new process begins."""
    os.environ.update(environment or {})
    out.mkdir(exist_ok=True, parents=True)
    sys.exit(main(checkpoint, out, options))


def enter_on_full_disk(checkpoint: Path, out: Path, options: dict[str, Any]) -> None:
    """The same, but after the checkpoint of step 2 the disk is full."""
    write = checkpoints.dcp.async_save

    def save(state: dict[str, Any], *, checkpoint_id: Path, **others: Any) -> Future:
        if "00000002" in checkpoint_id.name:
            return write(state, checkpoint_id=checkpoint_id, **others)
        future: Future = Future()
        future.set_exception(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        return future

    checkpoints.dcp.async_save = save
    enter(checkpoint, out, options)
