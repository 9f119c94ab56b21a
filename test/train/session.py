"""A run on synthetic batches, as a process of its own: python session.py CHECKPOINT OUT JSON."""

import json
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))

from synthetic import SyntheticLoader

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


def main(checkpoint: Path, out: Path, options: str) -> int:
    torch.set_num_threads(1)
    values = json.loads(options)
    pause = values.pop("pause", 0.0)
    defaults = {"device": "cpu", "dtype": "fp32", "log_every": 1, "rate": 1e-3}
    settings = TrainSettings(**{**defaults, **values})
    with join(settings.device) as place, signals() as stop:
        model = prepare(checkpoint, settings, place)
        trainer = Trainer(model, settings, place)
        loader = SyntheticLoader(model.hispatial.config, place.rank, place.world)
        checkpoints = Checkpoints(out / "checkpoints", settings.keep, place)
        if (newest := checkpoints.newest()) is not None:
            checkpoints.load(newest, trainer, loader)
        report = Losses(out / "losses", pause) if place.first else None
        finished = make_steps(trainer, loader, checkpoints, settings, place, report, stop)
        if finished:
            export(model, checkpoint, out / "model", settings, place)
    return 0 if finished else 3


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
