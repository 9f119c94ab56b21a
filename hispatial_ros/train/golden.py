"""Whether a training step computes here what the official code computed."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.train.batch import NO_LOSS, PADDING, Batch
from hispatial_ros.train.model import TrainingModel
from hispatial_ros.train.optimizer import GuardedStep, make_optimizer
from hispatial_ros.vlm.checkpoint import released_name

SCALARS = 1e-5  # relative: losses and total gradient norms
TENSORS = 1e-4  # of the largest value: gradients and weights; relative: norms of gradients
# AdamW makes a step of full size of any gradient. Where that is below this share of the largest of
# its parameter, rounding decides its direction, here as there.
_ROUNDING = 1e-4
_FEW = 1e-4  # share of the total norm below which a parameter's norm is compared with this share
_STEP = (
    "pixel_values",
    "xyz_values",
    "input_ids",
    "token_type_ids",
    "labels",
    "attention_mask",
)
_ONCE = ("losses", "total_grad_norms", "grad_names", "grad_norms", "lr", "weight_decay", "clip")


@dataclass(frozen=True)
class TrainGolden:
    """Steps of the official code (float32) from a checkpoint's weights.

    Attributes:
        batches: of each step. losses, norms: before each step; the norms of all gradients together.
        rate, decay, clip: of the optimiser.
        gradient_norms: released parameter names -> norm in the first step.
        gradients, weights: some of the gradients in the first step, and of the weights after the
            last; of a tensor perhaps the first rows only.
    """

    batches: list[Batch]
    losses: np.ndarray
    norms: np.ndarray
    rate: float
    decay: float
    clip: float
    gradient_norms: dict[str, float]
    gradients: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]


@dataclass(frozen=True)
class Difference:
    """How far ``what`` is off, in the measure that ``tolerance`` is in.

    left_out: values that are not compared, since rounding decides them.
    """

    what: str
    value: float
    tolerance: float
    left_out: int = 0

    @property
    def within(self) -> bool:
        """NaN is not."""
        return self.value <= self.tolerance


def load_train_golden(path: Path, model: TrainingModel) -> TrainGolden:
    """Read a golden .npz for ``model``.

    Raises:
        SpatialError: BAD_REQUEST if it is missing, damaged, incomplete, or of another model.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file}
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise SpatialError(
            ErrorCode.BAD_REQUEST, f"{path} is not a golden file of training: {error}"
        ) from error
    steps = len(np.atleast_1d(arrays["losses"])) if "losses" in arrays else 0
    needed = [*_ONCE, *(f"{name}_{step}" for step in range(max(steps, 1)) for name in _STEP)]
    lacking = [name for name in needed if name not in arrays]
    if lacking or not steps:
        raise _bad(path, f"it lacks {', '.join(lacking) or 'steps'}")
    golden = TrainGolden(
        [_batch(path, arrays, step, model) for step in range(steps)],
        np.atleast_1d(arrays["losses"]).astype(float),
        np.atleast_1d(arrays["total_grad_norms"]).astype(float),
        _scalar(path, arrays, "lr"),
        _scalar(path, arrays, "weight_decay"),
        _scalar(path, arrays, "clip"),
        dict(zip(arrays["grad_names"].tolist(), arrays["grad_norms"].tolist(), strict=False)),
        _tensors(path, arrays, "grad/", model),
        _tensors(path, arrays, "after/", model),
    )
    if len(golden.norms) != steps or arrays["grad_names"].shape != arrays["grad_norms"].shape:
        raise _bad(path, "its arrays of norms and losses or names differ in length")
    if not golden.gradients or not golden.weights:
        raise _bad(path, "it lacks gradients (grad/NAME) or weights (after/NAME)")
    unknown = set(golden.gradient_norms) ^ set(_trained(model))
    if unknown:
        raise _bad(path, f"it and the checkpoint train different parameters: {sorted(unknown)}")
    return golden


def compare_training(model: TrainingModel, golden: TrainGolden) -> list[Difference]:
    """Make the steps, by the code that trains, and compare. Changes the model."""
    device = next(model.parameters()).device
    parameters = _trained(model)
    optimizer = make_optimizer(model, golden.rate, golden.decay)
    step = GuardedStep(optimizer, golden.clip, device)
    found: list[Difference] = []
    rounded = {
        name: torch.zeros_like(parameters[name], dtype=torch.bool) for name in golden.weights
    }
    for i, batch in enumerate(golden.batches):
        loss = model(batch.to(device)) / batch.total
        loss.backward()
        if i == 0:
            found += _gradients(parameters, golden)
        for name, undecided in rounded.items():
            gradient = parameters[name].grad
            if gradient is not None:
                size = gradient.abs()
                undecided |= (size > 0) & (size < _ROUNDING * size.max())
        norm = step(loss.detach(), golden.rate)
        for what, value, expected in (
            ("loss", loss.detach(), golden.losses[i]),
            ("gradient norm", norm, golden.norms[i]),
        ):
            difference = abs(float(value) - expected) / abs(expected)
            found.insert(2 * i + (what != "loss"), Difference(f"{what} {i}", difference, SCALARS))
    step_size = 2 * golden.rate * len(golden.batches)  # how far rounding can have led
    for name, expected in golden.weights.items():
        slack = step_size * rounded[name].float().cpu().numpy()[: len(expected)]
        value = _difference(parameters[name], expected, slack)
        found.append(Difference(f"after/{name}", value, TENSORS, int(np.count_nonzero(slack))))
    return found


def _gradients(parameters: dict[str, torch.nn.Parameter], golden: TrainGolden) -> list[Difference]:
    norms = {name: _norm(parameters[name]) for name in golden.gradient_norms}
    floor = _FEW * golden.norms[0]
    worst = max(
        (abs(norms[name] - expected) / max(expected, floor), name)
        if np.isfinite(norms[name])
        else (np.inf, name)
        for name, expected in golden.gradient_norms.items()
    )
    return [
        Difference(f"norm of {len(norms)} gradients, worst {worst[1]}", worst[0], TENSORS),
        *(
            Difference(f"grad/{name}", _difference(parameters[name].grad, expected), TENSORS)
            for name, expected in golden.gradients.items()
        ),
    ]


def _norm(parameter: torch.nn.Parameter) -> float:
    return 0.0 if parameter.grad is None else float(parameter.grad.norm())


def _difference(
    tensor: torch.Tensor | None, expected: np.ndarray, slack: np.ndarray | float = 0.0
) -> float:
    """Largest difference beyond ``slack``, as a share of the largest expected value."""
    if tensor is None:
        return float("inf")
    found = tensor.detach().float().cpu().numpy()[: len(expected)]
    largest = np.abs(expected).max()
    beyond = np.maximum(np.abs(found - expected) - slack, 0)
    return float(beyond.max() / max(largest, np.finfo(np.float32).tiny))


def _trained(model: TrainingModel) -> dict[str, torch.nn.Parameter]:
    """Released name -> parameter; tied ones once, by the name of the embedding."""
    return {
        released_name(name.removeprefix("hispatial.")): parameter
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }


def _batch(path: Path, arrays: dict[str, np.ndarray], step: int, model: TrainingModel) -> Batch:
    given = {name: arrays[f"{name}_{step}"] for name in _STEP}
    ids = given["input_ids"]
    rows, size = len(ids), model.hispatial.image_size
    shapes = {"pixel_values": (rows, 3, size, size), "xyz_values": (rows, 4, size, size)}
    for name, value in given.items():
        expected = shapes.get(name, ids.shape)
        if value.shape != expected or ids.ndim != 2:
            raise _bad(path, f"{name}_{step} is {value.shape} instead of {expected}")
        if value.dtype.kind not in ("f" if name in shapes else "biu"):
            raise _bad(path, f"{name}_{step} is of type {value.dtype}")
    vocabulary = model.hispatial.config.text_config.vocab_size
    text = ids[ids != model.hispatial.config.image_token_id]
    if text.min(initial=0) < 0 or text.max(initial=0) >= vocabulary:
        raise _bad(path, f"input_ids_{step} goes beyond the vocabulary of {vocabulary} tokens")
    tensors = {
        name: torch.from_numpy(value.astype(np.float32 if name in shapes else np.int64))
        for name, value in given.items()
    }
    inside = tensors.pop("attention_mask") != 0
    tensors["labels"].masked_fill_(~inside, NO_LOSS)
    batch = Batch(
        **tensors,
        position_ids=torch.arange(1, ids.shape[1] + 1).expand(ids.shape),
        sample_ids=torch.where(inside, 0, PADDING),
    )
    try:
        batch.check(model.hispatial.config.image_token_id, model.hispatial.image_tokens)
    except SpatialError as error:
        raise _bad(path, f"step {step}: {error}") from error
    return batch


def _scalar(path: Path, arrays: dict[str, np.ndarray], name: str) -> float:
    if arrays[name].size != 1 or arrays[name].dtype.kind not in "fiu":
        raise _bad(path, f"{name} is no number")
    return float(arrays[name].reshape(()))


def _tensors(
    path: Path, arrays: dict[str, np.ndarray], prefix: str, model: TrainingModel
) -> dict[str, np.ndarray]:
    parameters = _trained(model)
    tensors = {}
    for key, value in arrays.items():
        if not key.startswith(prefix):
            continue
        name = key.removeprefix(prefix)
        shape = tuple(parameters[name].shape) if name in parameters else None
        fits = shape is not None and value.ndim == len(shape) and value.ndim > 0 and value.size
        if shape is None or not fits or value.shape[1:] != shape[1:] or len(value) > shape[0]:
            raise _bad(path, f"{key} is {value.shape}, the checkpoint has {shape or 'none'}")
        tensors[name] = value
    return tensors


def _bad(path: Path, what: str) -> SpatialError:
    return SpatialError(
        ErrorCode.BAD_REQUEST,
        f"{path} does not fit this checkpoint or is damaged: {what}. Take the train.npz that was "
        "made with this checkpoint",
    )
