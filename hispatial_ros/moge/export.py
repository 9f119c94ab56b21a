"""From an official MoGe-2 checkpoint to a static ONNX file for one camera.

Needs the packages of ``requirements/moge-export.txt``; running the file needs none of them.
"""

import logging
import os
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import hispatial_ros
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.checkpoint import load_checkpoint
from hispatial_ros.moge.engine import TOKEN_RANGE

if TYPE_CHECKING:
    from moge.model.v2 import MoGeModel

logger = logging.getLogger(__name__)

OPSET = 18
PRECISIONS = ("float32", "float16")
# What ONNX Runtime may differ from PyTorch on the same weights, relative to the largest value.
TOLERANCE = {"float32": 1e-4, "float16": 3e-2}


@dataclass(frozen=True)
class Exported:
    """A written file."""

    path: Path
    width: int
    height: int
    token_grid: tuple[int, int]  # rows, columns
    nodes: int
    difference: float  # largest, of the points on random input, relative to their largest value


def export(
    checkpoint: Path | str,
    height: int,
    width: int,
    num_tokens: int,
    out: Path | str,
    precision: str = "float32",
    progress: Callable[[str], None] = lambda message: None,
) -> Exported:
    """Writes the ONNX file and checks it against the official model.

    Args:
        checkpoint: official ``model.pt``, or a Hugging Face repository id holding one.
        height, width: size of the camera's images.
        num_tokens: 1200 (fast) to 3600 (fine).
        out: the file; replaced only once the new one is complete.
        precision: "float32", or "float16" for GPUs.
        progress: told what happens.

    Raises:
        SpatialError: BAD_REQUEST for impossible arguments; BACKEND_UNAVAILABLE if packages are
            missing, the checkpoint cannot be read or fetched, the disk is full, or the file does
            not reproduce the official model.
    """
    _check_arguments(height, width, num_tokens, precision)
    _check_packages()
    progress(f"loading {checkpoint}")
    model, source_hash = load_checkpoint(checkpoint)
    out = Path(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
            temporary = Path(folder) / "model.onnx"
            exported = _export(
                model, height, width, num_tokens, precision, source_hash, temporary, progress
            )
            os.replace(temporary, out)
    except OSError as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"{out} cannot be written ({error.strerror or error}): free disk space or choose "
            "another folder; an earlier file of that name is untouched",
        ) from error
    return Exported(out, width, height, *exported)


def _check_arguments(height: int, width: int, num_tokens: int, precision: str) -> None:
    low, high = TOKEN_RANGE
    if precision not in PRECISIONS:
        problem = f"precision {precision!r} is not one of {', '.join(PRECISIONS)}"
    elif not (1 <= height <= 8192 and 1 <= width <= 8192):
        problem = f"image size {width}x{height} is not within 1 to 8192 pixels"
    elif not 1 <= num_tokens <= 4 * high:
        problem = f"{num_tokens} tokens: MoGe-2 takes {low} to {high}"
    elif min(num_tokens * height / width, num_tokens * width / height) < 1:
        problem = f"{num_tokens} tokens are too few for an aspect of {width}:{height}"
    else:
        if not low <= num_tokens <= high:
            logger.warning(
                "%d tokens are outside %d to %d, for which MoGe-2 was trained",
                num_tokens,
                low,
                high,
            )
        return
    raise SpatialError(ErrorCode.BAD_REQUEST, problem)


def _check_packages() -> None:
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"exporting needs more packages ({error}): pip install -r "
            "requirements/moge-export.txt, see docs/moge.md",
        ) from error


def _export(
    model: "MoGeModel",
    height: int,
    width: int,
    num_tokens: int,
    precision: str,
    source_hash: str,
    path: Path,
    progress: Callable[[str], None],
) -> tuple[tuple[int, int], int, float]:
    """Writes ``path``; returns token grid, number of nodes and difference to the official model."""
    import onnx
    import torch

    from hispatial_ros.moge.static_model import StaticMoGe, Weights

    # It warns once for each operator of torchvision, which is not needed.
    logging.getLogger("torch.onnx._internal.exporter._registration").setLevel(logging.ERROR)
    image = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        reference = model(image, num_tokens)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weights = Weights(model, half=precision == "float16")
        static = StaticMoGe(weights, height, width, num_tokens).eval()
        grid = (static.rows, static.columns)
        progress(
            f"exporting {width}x{height}, {grid[1]}x{grid[0]} tokens, {precision}, opset {OPSET}"
        )
        program = torch.onnx.export(
            static,
            (image,),
            input_names=["image"],
            output_names=["points", "mask", "metric_scale"],
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # with dynamo=True
    proto = program.model_proto
    onnx.helper.set_model_props(
        proto,
        {
            "producer": f"hispatial_ros {hispatial_ros.__version__}",
            "width": str(width),
            "height": str(height),
            "num_tokens": str(num_tokens),
            "precision": precision,
            "source_sha256": source_hash,
            # What is left to solve, see hispatial_ros.moge.postprocess.
            "points": "x, y, z up to metric_scale and a shift of z; the view plane's half diagonal "
            "is 1 focal unit",
        },
    )
    onnx.save(proto, path)
    progress("comparing with the official model")
    difference = _difference(path, image.numpy(), {k: v.numpy() for k, v in reference.items()})
    if not difference <= TOLERANCE[precision]:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"the exported file differs from the official model by {difference:.1e} (allowed "
            f"{TOLERANCE[precision]:.0e}), nothing is written: "
            + ("export in float32" if precision == "float16" else "try other package versions"),
        )
    return grid, len(proto.graph.node), difference


def _difference(path: Path, image: np.ndarray, reference: dict[str, np.ndarray]) -> float:
    """Largest difference of ONNX Runtime's outputs, relative to each output's largest value."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of every float16 constant that it cannot fold
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    outputs = session.run(None, {"image": image})
    worst = 0.0
    for output, value in zip(session.get_outputs(), outputs, strict=True):
        if output.name in reference:
            expected = reference[output.name]
            worst = max(worst, float(np.abs(value - expected).max() / np.abs(expected).max()))
    return worst if all(np.isfinite(value).all() for value in outputs) else np.inf
