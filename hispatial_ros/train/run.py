"""A training run from its settings to a checkpoint that answers questions."""

import logging
from contextlib import ExitStack
from pathlib import Path

from hispatial_ros.train.checkpoints import Checkpoints
from hispatial_ros.train.data.loader import BatchLoader
from hispatial_ros.train.data.stream import Plan
from hispatial_ros.train.export import export
from hispatial_ros.train.loop import make_steps, signals
from hispatial_ros.train.miniature import make_miniature
from hispatial_ros.train.model import TrainingModel
from hispatial_ros.train.parallel import Place, join
from hispatial_ros.train.prepare import prepare
from hispatial_ros.train.report import Report
from hispatial_ros.train.settings import TrainSettings
from hispatial_ros.train.trainer import Trainer
from hispatial_ros.vlm.download import find_checkpoint
from hispatial_ros.vlm.tokenizer import PromptTokenizer

log = logging.getLogger(__name__)
RESULT = "model"
MINIATURE = "miniature"  # what one starts from


def train(settings: TrainSettings, out: Path) -> Path | None:
    """Train, or go on where a run in ``out`` ended.

    Returns:
        The checkpoint of the result; None if SIGTERM or SIGINT came before the last step.

    Raises:
        SpatialError: for wrong settings, files or data, or if losses stop being finite.
    """
    settings.check_complete()
    with ExitStack() as stack:
        place = stack.enter_context(join(settings.device))
        if place.first:
            out.mkdir(parents=True, exist_ok=True)
            (out / "settings.yaml").write_text(settings.as_yaml())
        base = _base(settings, out, place)
        model = prepare(base, settings, place)
        loader = BatchLoader(
            _plan(base, model, settings),
            rank=place.rank,
            world=place.world,
            workers=settings.workers,
            pin=place.device.type == "cuda",
            listener=log.warning,
        )
        stack.callback(loader.close)
        trainer = Trainer(model, settings, place)
        checkpoints = Checkpoints(out / "checkpoints", settings.keep, place)
        if (newest := checkpoints.newest()) is not None:
            checkpoints.load(newest, trainer, loader)
        stop = stack.enter_context(signals())
        report = stack.enter_context(Report(out, settings, trainer.step)) if place.first else None
        finished = make_steps(trainer, loader, checkpoints, settings, place, report, stop)
        if not finished:
            return None
        export(model, base, out / RESULT, settings, place)
    return out / RESULT


def _base(settings: TrainSettings, out: Path, place: Place) -> Path:
    """Folder of the checkpoint to begin with."""
    if not settings.miniature:
        return find_checkpoint(settings.checkpoint, settings.revision)
    if place.first:
        make_miniature(out / MINIATURE, settings.sources, settings.seed)
    place.any(False)  # the others wait until it is there
    return out / MINIATURE


def _plan(base: Path, model: TrainingModel, settings: TrainSettings) -> Plan:
    config = model.hispatial.config
    return Plan(
        settings.sources,
        PromptTokenizer(base, config),
        config,
        settings.tokens,
        settings.rows,
        pack=settings.pack,
        questions=settings.questions,
        shuffle=settings.shuffle,
        seed=settings.seed,
        points=settings.points,
    )
