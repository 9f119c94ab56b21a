"""What a run tells meanwhile: a line on the screen, and curves for TensorBoard or wandb."""

import logging
import time
from pathlib import Path
from typing import Any

from hispatial_ros.errors import backend_unavailable
from hispatial_ros.train.settings import TrainSettings

log = logging.getLogger(__name__)


class Report:
    """Progress with loss, tokens and samples a second, and the time to go; the curves."""

    def __init__(self, folder: Path, settings: TrainSettings, step: int):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            BarColumn(20),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._task = self._progress.add_task("starting", total=settings.steps, completed=step)
        self._steps = settings.steps
        self._tracker = _tracker(folder, settings)
        self._tokens = self._samples = 0
        self._first = step
        self._start = self._since = time.monotonic()

    def __enter__(self) -> "Report":
        self._progress.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()
        if self._tracker is not None:
            self._tracker.close()

    def count(self, tokens: int, samples: int) -> None:
        """Of all processes."""
        self._tokens += tokens
        self._samples += samples

    def tell(self, step: int, values: dict[str, float]) -> None:
        """Since the last call; ``values`` by the names of their curves."""
        now = time.monotonic()
        seconds = max(now - self._since, 1e-6)
        each = (now - self._start) / max(step - self._first, 1)
        values = {
            **values,
            "tokens_per_second": self._tokens / seconds,
            "samples_per_second": self._samples / seconds,
        }
        to_go = int(each * (self._steps - step))
        text = (
            f"step {step}/{self._steps} loss {values['loss']:.4f} norm {values['norm']:.3g} "
            f"{values['tokens_per_second']:.0f} tokens/s "
            f"{values['samples_per_second']:.1f} samples/s "
            f"to go {to_go // 3600}:{to_go // 60 % 60:02d}:{to_go % 60:02d}"
        )
        self._progress.update(self._task, completed=step, description=text)
        if not self._console.is_terminal:
            self._console.print(text)
        if self._tracker is not None:
            self._tracker.add(step, values)
        self._tokens = self._samples = 0
        self._since = now


class _TensorBoard:
    def __init__(self, folder: Path):
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder / "tensorboard"))

    def add(self, step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"train/{name}", value, step)

    def close(self) -> None:
        self._writer.close()


class _Wandb:
    def __init__(self, folder: Path):
        try:
            import wandb
        except ModuleNotFoundError as error:
            raise backend_unavailable(
                "wandb is not installed: pip install wandb, or use --tracker tensorboard"
            ) from error
        self._run = wandb.init(project="hispatial", name=folder.name, dir=str(folder))

    def add(self, step: int, values: dict[str, float]) -> None:
        self._run.log({f"train/{name}": value for name, value in values.items()}, step=step)

    def close(self) -> None:
        self._run.finish()


def _tracker(folder: Path, settings: TrainSettings) -> _TensorBoard | _Wandb | None:
    if settings.tracker == "none":
        return None
    return _Wandb(folder) if settings.tracker == "wandb" else _TensorBoard(folder)
