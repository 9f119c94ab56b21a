"""An official model small enough for a test, and what is made of it."""

import warnings
from pathlib import Path

import pytest

WIDTH, HEIGHT, TOKENS = 320, 240, 400


@pytest.fixture(scope="session")
def official_model():
    """The official package's model, with a tiny backbone."""
    pytest.importorskip("moge.model.v2", reason="needs requirements/moge-export.txt")
    from benchmarks import moge_checkpoints as checkpoints

    return checkpoints.build(seed=0, settings=checkpoints.config("tiny", normal=True))


@pytest.fixture(scope="session")
def checkpoint(official_model, tmp_path_factory) -> Path:
    from benchmarks import moge_checkpoints as checkpoints

    path = tmp_path_factory.mktemp("checkpoint") / "model.pt"
    return checkpoints.save(official_model, checkpoints.config("tiny", normal=True), path)


@pytest.fixture(scope="session")
def static_model(checkpoint, tmp_path_factory) -> Path:
    """Its static export."""
    from hispatial_ros.moge.export import export

    path = tmp_path_factory.mktemp("static") / "static.onnx"
    return export(checkpoint, HEIGHT, WIDTH, TOKENS, path).path


@pytest.fixture(scope="session")
def half_model(checkpoint, tmp_path_factory) -> Path:
    """A static export in half precision, for 160x120 and 300 tokens."""
    from hispatial_ros.moge.export import export

    path = tmp_path_factory.mktemp("half") / "half.onnx"
    return export(checkpoint, 120, 160, 300, path, precision="float16").path


@pytest.fixture(scope="session")
def dynamic_model(checkpoint, tmp_path_factory) -> Path:
    """An export as the published ONNX files were made (docs/onnx.md of the official repository)."""
    import torch
    from moge.model.v2 import MoGeModel

    model = MoGeModel.from_pretrained(checkpoint).eval()
    model.onnx_compatible_mode = True
    path = tmp_path_factory.mktemp("dynamic") / "dynamic.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter and of tracing
        torch.onnx.export(
            model,
            (torch.rand(1, 3, 112, 112), torch.tensor(300)),
            path,
            input_names=["image", "num_tokens"],
            output_names=["points", "normal", "mask", "metric_scale"],
            dynamic_axes={"image": {0: "batch_size", 2: "height", 3: "width"}},
            opset_version=14,
            dynamo=False,
        )
    return path
