"""Step after step, with checkpoints, until the last or until a signal."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hispatial_ros.train.batch import Loader
from hispatial_ros.train.checkpoints import Checkpoints
from hispatial_ros.train.parallel import Place
from hispatial_ros.train.report import Report
from hispatial_ros.train.settings import TrainSettings
from hispatial_ros.train.trainer import Trainer


def make_steps(
    trainer: Trainer,
    loader: Loader,
    checkpoints: Checkpoints,
    settings: TrainSettings,
    place: Place,
    report: Report | None,
    stop: list[int],
) -> bool:
    """Whether the last step was made; if a signal came before, the state is saved.

    Raises:
        SpatialError: INTERNAL if losses stop being finite; what the loader raises.
    """
    while trainer.step < settings.steps:
        batches = [next(loader) for _ in range(settings.accumulate)]
        measured = trainer(batches)
        if report is not None:
            tokens = sum(int((batch.sample_ids >= 0).sum()) for batch in batches)
            samples = sum(batch.samples for batch in batches)
            report.count(tokens * place.world, samples * place.world)
        last = trainer.step == settings.steps
        if trainer.step % settings.log_every == 0 or last:
            skipped = trainer.check()
            if report is not None:
                values = {
                    "loss": float(measured.loss),
                    "norm": float(measured.norm),
                    "skipped_steps": skipped,
                    "waited_for_data_seconds": loader.waited,
                }
                report.tell(trainer.step, values)
        stopped = place.any(bool(stop))
        if trainer.step % settings.save_every == 0 or last or stopped:
            checkpoints.save(trainer, loader)
        checkpoints.poll()
        if stopped and not last:
            checkpoints.wait()
            return False
    checkpoints.wait()
    return True


@contextmanager
def signals() -> Iterator[list[int]]:
    """Signals that came to end the run; the step that is being made is finished first."""
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
