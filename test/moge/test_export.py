"""Exporting: what is in the file, and what happens when something is wrong."""

import resource
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("moge.model.v2", reason="needs requirements/moge-export.txt")
import onnx
import torch
from onnx import TensorProto, numpy_helper

from benchmarks import moge_checkpoints as checkpoints
from benchmarks import moge_official as official
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge import export as export_module
from hispatial_ros.moge.checkpoint import load_checkpoint
from hispatial_ros.moge.export import export
from hispatial_ros.moge.load import load_estimator
from hispatial_ros.moge.model_file import file_hash, read_metadata
from hispatial_ros.moge.static_model import StaticMoGe, Weights, resize_matrix, token_grid

from .conftest import HEIGHT, TOKENS, WIDTH

# Operators that TensorRT compiles for static shapes; what it lacks or what makes shapes depend on
# data (NonZero, Where, Loop, If, Range, Shape ..) is not among them.
FRIENDLY = {
    *("MatMul", "Gemm", "Conv", "ConvTranspose", "Add", "Sub", "Mul", "Div", "Pow", "Sqrt"),
    *("LayerNormalization", "Softmax", "Erf", "Relu", "Sigmoid", "Exp", "Cast", "Pad"),
    *("Reshape", "Transpose", "Concat", "Slice", "Split", "Gather", "Squeeze", "Unsqueeze"),
    *("DepthToSpace", "Resize", "Identity", "ReduceMean"),
}


def constants(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    return {i.name: numpy_helper.to_array(i) for i in graph.initializer}


def attributes(node: onnx.NodeProto) -> dict:
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


@pytest.mark.parametrize("name", ["static_model", "half_model"])
def test_only_operators_that_compile_everywhere(name, request):
    model = onnx.load(request.getfixturevalue(name))
    onnx.checker.check_model(model, full_check=True)
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 18)]
    known = constants(model.graph)
    for node in model.graph.node:
        assert node.op_type in FRIENDLY, node
        options = attributes(node)
        if node.op_type == "Resize":
            assert options["mode"] == b"linear"
            assert options.get("antialias", 0) == 0
        # Shapes, indices, axes and paddings are constants, none is computed from data.
        if node.op_type in ("Reshape", "Slice", "Pad", "Squeeze", "Unsqueeze", "Split"):
            assert all(i in known for i in node.input[1:] if i), node
        if node.op_type == "Resize":
            assert all(i in known for i in node.input[2:] if i), node


@pytest.mark.parametrize("name", ["static_model", "half_model"])
def test_all_shapes_are_fixed(name, request):
    graph = onnx.shape_inference.infer_shapes(onnx.load(request.getfixturevalue(name))).graph
    assert [i.name for i in graph.input] == ["image"]
    assert [o.name for o in graph.output] == ["points", "mask", "metric_scale"]
    for value in (*graph.input, *graph.output, *graph.value_info):
        assert all(d.dim_value > 0 for d in value.type.tensor_type.shape.dim), value.name


def test_normal_head_is_left_out(static_model, checkpoint):
    size = sum(i.nbytes for i in constants(onnx.load(static_model).graph).values())
    model, _ = load_checkpoint(checkpoint)
    assert hasattr(model, "normal_head")
    normal = sum(p.numel() for p in model.normal_head.parameters())
    others = sum(p.numel() for p in model.parameters()) - normal
    assert size < 4 * (others + normal / 2) + 4e6  # constants: resize, position, view plane


def test_half_precision_where_it_is_safe(half_model):
    graph = onnx.shape_inference.infer_shapes(onnx.load(half_model)).graph
    types = {v.name: v.type.tensor_type.elem_type for v in (*graph.value_info, *graph.output)}
    types |= {i.name: i.data_type for i in graph.initializer} | {"image": TensorProto.FLOAT}
    half = Counter()
    for node in graph.node:
        out = types[node.output[0]]
        half[node.op_type, out == TensorProto.FLOAT16] += 1
        if node.op_type in ("Exp", "Sigmoid", "LayerNormalization", "Resize"):
            assert out == TensorProto.FLOAT, node
        if node.op_type in ("Conv", "ConvTranspose"):
            assert out == TensorProto.FLOAT16, node
    # Apart from the two products of the image resize.
    assert half["MatMul", False] == 2
    assert half["MatMul", True] >= 4 * 8


def test_half_precision_stays_close(half_model, official_model):
    image = official.scene(160, 120)
    expected = official.infer(official_model, image, 300)
    estimate = load_estimator(half_model).estimate(image)
    both = estimate.mask & expected.mask
    assert both.sum() / (estimate.mask | expected.mask).sum() >= 0.99
    assert np.abs(estimate.depth[both] / expected.depth[both] - 1).mean() <= 5e-3
    assert estimate.K[0, 0] == pytest.approx(expected.K[0, 0], rel=5e-3)


def test_metadata_tells_what_the_file_is(static_model, checkpoint):
    metadata = read_metadata(static_model)
    assert metadata["width"] == str(WIDTH)
    assert metadata["height"] == str(HEIGHT)
    assert metadata["num_tokens"] == str(TOKENS)
    assert metadata["precision"] == "float32"
    assert metadata["source_sha256"] == file_hash(checkpoint)
    assert load_estimator(static_model).engine.spec.num_tokens == TOKENS


@pytest.mark.parametrize(
    ("size", "tokens"),
    [((480, 640), 1200), ((640, 320), 1800), ((320, 640), 2500), ((518, 518), 3600), ((3, 30), 50)],
)
def test_token_grid_is_the_official_one(size, tokens):
    height, width = size
    aspect = width / height
    assert token_grid(height, width, tokens) == (
        round((tokens / aspect) ** 0.5),
        round((tokens * aspect) ** 0.5),
    )


@pytest.mark.parametrize(("size", "new_size"), [(480, 420), (100, 560), (1080, 420), (7, 7)])
def test_resize_matrix_is_the_antialiased_resize(size, new_size):
    image = torch.rand(1, 1, size, 5)
    expected = torch.nn.functional.interpolate(
        image, (new_size, 5), mode="bilinear", align_corners=False, antialias=True
    )
    torch.testing.assert_close(resize_matrix(size, new_size) @ image, expected, rtol=0, atol=5e-7)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"remap_output": "linear"},
        {"remap_output": "sinh_exp"},
        {"resamplers": ["pixel_shuffle", "bilinear", "nearest", "bilinear"]},
        {"resamplers": ["conv_transpose"] * 4},
        {"res_block_hidden_norm": "group_norm", "res_block_in_norm": "layer_norm"},
        {"num_res_blocks": [1, 1, 1, 1, 1]},
    ],
    ids=lambda c: "-".join(c) or "as released",
)
def test_rewritten_network_is_the_official_one(changes):
    """Also for configurations whose last level is not linear and stays as it is."""
    settings = checkpoints.config("tiny", widths=(64, 32, 32, 32))
    for stack in ("neck", "points_head", "mask_head"):
        settings[stack] |= {k: v for k, v in changes.items() if k in settings[stack]}
        if "res_block_in_norm" in changes:
            settings[stack] |= changes
    settings |= {k: v for k, v in changes.items() if k == "remap_output"}
    model = checkpoints.build(1, settings)
    image = torch.rand(1, 3, 90, 120)
    with torch.no_grad():
        expected = model(image, 100)
        points, mask, scale = StaticMoGe(Weights(model, half=False), 90, 120, 100)(image)
    torch.testing.assert_close(points, expected["points"], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(mask, expected["mask"], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(scale, expected["metric_scale"], rtol=1e-5, atol=0)


def refused(code: ErrorCode, *words: str, checkpoint, out, **arguments) -> None:
    arguments = {"height": 48, "width": 64, "num_tokens": 100} | arguments
    with pytest.raises(SpatialError) as error:
        export(checkpoint, out=out, **arguments)
    assert error.value.code == code
    for word in words:
        assert word in str(error.value)
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [{"height": 0}, {"width": 10_000}, {"num_tokens": 0}, {"num_tokens": 10**6},
     {"precision": "int8"}, {"height": 1, "width": 8000}],
)  # fmt: skip
def test_impossible_arguments(arguments, checkpoint, tmp_path):
    refused(ErrorCode.BAD_REQUEST, checkpoint=checkpoint, out=tmp_path / "m.onnx", **arguments)


def test_checkpoint_that_is_none(tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(b"no checkpoint" * 100)
    refused(ErrorCode.BACKEND_UNAVAILABLE, "model.pt", checkpoint=path, out=tmp_path / "m.onnx")


def test_truncated_checkpoint(checkpoint, tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(checkpoint.read_bytes()[:100_000])
    refused(ErrorCode.BACKEND_UNAVAILABLE, "download", checkpoint=path, out=tmp_path / "m.onnx")


def test_checkpoint_of_the_first_version(tmp_path):
    path = tmp_path / "model.pt"
    torch.save({"model_config": {"encoder": "dinov2_vitl14"}, "model": {}}, path)
    refused(ErrorCode.BACKEND_UNAVAILABLE, "MoGe-2", checkpoint=path, out=tmp_path / "m.onnx")


def test_checkpoint_without_all_weights(official_model, tmp_path):
    """The official loader would go on with random ones."""
    weights = official_model.state_dict()
    del weights["mask_head.output_blocks.4.weight"]
    path = tmp_path / "model.pt"
    settings = checkpoints.config("tiny", normal=True)
    torch.save({"model_config": settings, "model": weights}, path)
    refused(
        ErrorCode.BACKEND_UNAVAILABLE,
        "mask_head.output_blocks.4.weight",
        checkpoint=path,
        out=tmp_path / "m.onnx",
    )


def test_missing_checkpoint(tmp_path):
    refused(
        ErrorCode.BACKEND_UNAVAILABLE,
        "no checkpoint",
        checkpoint=tmp_path / "none.pt",
        out=tmp_path / "m.onnx",
    )


def test_unreachable_hub(tmp_path, monkeypatch):
    from huggingface_hub import constants as hub

    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "HF_HUB_CACHE", str(tmp_path / "hub"))
    refused(
        ErrorCode.BACKEND_UNAVAILABLE,
        "give its path",
        checkpoint="Ruicheng/moge-2-vits-normal",
        out=tmp_path / "m.onnx",
    )


def test_full_disk_keeps_the_earlier_file(checkpoint, tmp_path, monkeypatch):
    def write_much(*arguments) -> None:
        path = next(a for a in arguments if isinstance(a, Path))
        path.write_bytes(bytes(2_000_000))

    monkeypatch.setattr(export_module, "_export", write_much)
    out = tmp_path / "m.onnx"
    out.write_text("earlier")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(SpatialError, match="free disk space") as error:
            export(checkpoint, 48, 64, 100, out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert error.value.code == ErrorCode.BACKEND_UNAVAILABLE
    assert out.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [out]
