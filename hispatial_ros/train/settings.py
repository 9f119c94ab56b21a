"""What a training run is made with: a YAML file, overridden by flags."""

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.train.data.question import Wanted
from hispatial_ros.train.data.source import Source

LEVELS = (0, 1, 2, 3)
_CHOICES = {
    "dtype": ("bf16", "fp32"),
    "attention": ("auto", "eager", "sdpa", "flex"),
    "recompute": ("none", "selective", "full"),
    "points": ("metric", "relative", "none"),
    "tracker": ("tensorboard", "wandb", "none"),
    "export_dtype": ("bf16", "fp32"),
}


@dataclass(frozen=True)
class Data:
    """Shards to train on.

    weight: share of the samples. levels, types, formats: of the questions; without types or
    formats all. Types and formats are named as in the card of a data set. short: answers in text
    are a value ("1.20m") or an option ("left") alone, without a sentence. places: answers begin
    with the rows and columns of the image in which the objects are that they are about.
    places_weight: what the loss of each of their tokens counts, where others count 1.
    """

    path: str
    weight: float = 1.0
    levels: tuple[int, ...] = LEVELS
    types: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    short: bool = False
    places: bool = False
    places_weight: float = 1.0

    @property
    def source(self) -> Source:
        return Source(
            Path(self.path),
            self.weight,
            Wanted(
                levels=frozenset(self.levels),
                types=frozenset(self.types),
                formats=frozenset(self.formats),
                short=self.short,
                places=self.places,
                places_weight=self.places_weight,
            ),
        )


@dataclass(frozen=True)
class TrainSettings:
    """Defaults are the official recipe's, where it has one."""

    checkpoint: str = ""  # folder or hub id of a HiSpatial or a PaliGemma-2
    revision: str = "main"
    miniature: bool = False  # in place of a checkpoint: a small model with random weights
    data: tuple[Data, ...] = ()
    # A step
    steps: int = 70_000
    tokens: int = 4608  # of a row: four samples at 448 px
    rows: int = 2  # of a batch, per process
    accumulate: int = 1  # batches of a step, per process
    pack: bool = True
    questions: int = 1  # about each image, one after the other
    rate: float = 2e-5
    warm_up: int = 0  # steps in which the rate rises to its constant value
    cool_down: int = 0  # last steps, in which it falls
    point_rate: float = 1.0  # of the point encoder, as a share of the rate
    weight_decay: float = 0.1
    clip: float = 1.0
    lora: int = 0  # rank; 0: the language model itself is trained
    train_vision: bool = False  # SigLIP too; always so for a miniature
    # The machine
    device: str = "auto"
    dtype: str = "bf16"  # of the computation; the weights that are trained are float32
    attention: str = "auto"  # flex on a GPU; else eager, or sdpa where there is no soft cap
    recompute: str = "selective"  # activations in the backward pass
    compile: bool = False
    workers: int = 4  # processes that read, per process that trains
    # The run
    seed: int = 0
    points: str = "metric"  # less is for experiments: the node always gives metric ones
    shuffle: int = 2000  # samples that are mixed with each other
    save_every: int = 1000  # steps
    keep: int = 2  # checkpoints
    log_every: int = 10  # steps; only then is the device waited for
    skip_limit: int = 20  # steps in a row without a finite loss
    tracker: str = "tensorboard"
    export_dtype: str = "bf16"
    official: bool = False  # write weights.pt as well

    def __post_init__(self) -> None:
        names = "steps tokens rows questions point_rate accumulate clip save_every keep log_every"
        positive = [*names.split(), "skip_limit", "shuffle"]
        problems = [f"{name} has to be above 0" for name in positive if not getattr(self, name) > 0]
        problems += [
            f"{name} has to be at least 0"
            for name in ("rate", "warm_up", "cool_down", "weight_decay", "lora", "workers")
            if not getattr(self, name) >= 0
        ]
        problems += [
            f"{name} is one of {', '.join(choices)}"
            for name, choices in _CHOICES.items()
            if getattr(self, name) not in choices
        ]
        for data in self.data:
            if not min(data.weight, data.places_weight) > 0 or not set(data.levels) <= set(LEVELS):
                problems.append(f"{data.path}: weights are above 0, levels are of {LEVELS}")
        if self.lora and self.vision_is_trained:
            problems.append("lora is for models whose SigLIP stays as it is: leave one of them out")
        if self.miniature and self.checkpoint:
            problems.append("miniature starts from nothing, not from a checkpoint: leave one out")
        if problems:
            raise SpatialError(ErrorCode.BAD_REQUEST, "settings: " + "; ".join(problems))

    @property
    def vision_is_trained(self) -> bool:
        return self.train_vision or self.miniature

    @property
    def sources(self) -> list[Source]:
        """The mix of a run."""
        return [one.source for one in self.data]

    def check_complete(self) -> None:
        """Raises SpatialError BAD_REQUEST if there is nothing to train, or nothing to train on."""
        if not (self.checkpoint or self.miniature) or not self.data:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                "give --checkpoint (or --miniature) and at least one --data, or a --config that "
                "has them",
            )

    def as_yaml(self) -> str:
        values = asdict(self)
        values["data"] = [
            {name: [*value] if isinstance(value, tuple) else value for name, value in one.items()}
            for one in values["data"]
        ]
        return yaml.safe_dump(values, sort_keys=False)


def read_settings(path: Path | None, flags: dict[str, Any]) -> TrainSettings:
    """The file's settings, or the defaults, with the flags that are not None.

    Raises:
        SpatialError: BAD_REQUEST if the file is missing, no YAML, or has unknown or wrong values.
    """
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = yaml.safe_load(path.read_text()) or {}
        except (OSError, yaml.YAMLError) as error:
            raise SpatialError(ErrorCode.BAD_REQUEST, f"{path}: {error}") from error
    known = {one.name: one for one in fields(TrainSettings)}
    if not isinstance(values, dict) or (unknown := set(values) - set(known)):
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{path}: unknown {sorted(unknown) if isinstance(values, dict) else 'contents'}; "
            f"settings are {', '.join(known)}",
        )
    try:
        if "data" in values:
            values["data"] = tuple(map(_data, values["data"]))
        defaults = TrainSettings()
        for name, value in values.items():
            if name != "data":
                values[name] = _typed(value, getattr(defaults, name))
        return replace(TrainSettings(**values), **{k: v for k, v in flags.items() if v is not None})
    except (TypeError, ValueError, AttributeError) as error:
        raise SpatialError(ErrorCode.BAD_REQUEST, f"{path}: {error}") from error


def _typed(value: Any, default: Any) -> Any:
    """``value`` as ``default``'s type: YAML takes 2e-5 for text."""
    if isinstance(default, bool) or isinstance(value, bool):
        if type(value) is not type(default):
            raise TypeError(f"{value!r} instead of a value like {default!r}")
        return value
    if isinstance(default, int) and float(value) != int(float(value)):
        raise TypeError(f"{value!r} is no whole number")
    return int(float(value)) if isinstance(default, int) else type(default)(value)


def _data(values: dict[str, Any]) -> Data:
    given: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in values.items()}
    return Data(**given)
