"""Exports go through NVIDIA's own parser and compiler, which need no GPU in TensorRT-RTX.

TensorRT itself is not on PyPI's own servers; TensorRT-RTX (the same API and ONNX parser, for RTX
GPUs) is, and compiles ahead of time for a GPU that is not there. So this also runs the build code
of the TensorRT engine against the real Python API.
"""

import ctypes
import importlib.util
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from hispatial_ros.errors import SpatialError
from hispatial_ros.moge import tensorrt_engine


@pytest.fixture(scope="module")
def rtx():
    """TensorRT-RTX in the place of ``tensorrt``."""
    libraries = importlib.util.find_spec("onnxruntime_ep_nv_tensorrt_rtx")
    if libraries is None or importlib.util.find_spec("tensorrt_rtx_bindings") is None:
        pytest.skip("needs requirements/tensorrt-rtx.txt")
    folder = Path(libraries.origin).parent
    for name in ("libtensorrt_rtx", "libtensorrt_onnxparser_rtx"):
        ctypes.CDLL(str(next(folder.glob(f"{name}.so.*"))), ctypes.RTLD_GLOBAL)
    import tensorrt_rtx_bindings

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "tensorrt", tensorrt_rtx_bindings)
        yield tensorrt_rtx_bindings


def compile_(trt, path: Path, progress=lambda message: None) -> bytes:
    options = tensorrt_engine.BuildOptions()
    return tensorrt_engine._build(trt, tensorrt_engine._logger(), path, options, progress)


@pytest.mark.parametrize("name", ["static_model", "half_model"])
def test_export_compiles(rtx, name, request):
    path = request.getfixturevalue(name)
    messages: list[str] = []
    engine = compile_(rtx, path, messages.append)
    assert len(engine) > 0.5 * path.stat().st_size
    assert any(" of " in message for message in messages)  # of the progress monitor


def test_published_dynamic_files_are_refused(rtx, dynamic_model):
    with pytest.raises(SpatialError, match="export-moge"):
        compile_(rtx, dynamic_model)


@pytest.mark.parametrize(
    ("options", "compiles"),
    [
        ({"mode": "linear"}, True),
        ({"mode": "linear", "antialias": 1}, False),
        ({"mode": "cubic", "antialias": 1}, False),
    ],
    ids=["linear", "antialiased", "cubic, antialiased"],
)
def test_what_the_export_avoids_is_refused(rtx, tmp_path, options, compiles):
    """The list of friendly operators in ``test_export`` is the parser's, not ours."""
    value = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 32, 32]),
        helper.make_tensor_value_info("points", TensorProto.FLOAT, [1, 3, 14, 14]),
    ]
    sizes = numpy_helper.from_array(np.array([1, 3, 14, 14]), "sizes")
    node = helper.make_node("Resize", ["image", "", "", "sizes"], ["points"], **options)
    graph = helper.make_graph([node], "resize", value[:1], value[1:], [sizes])
    opset = [helper.make_opsetid("", 18)]
    path = tmp_path / "resize.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    if compiles:
        assert compile_(rtx, path)
    else:
        with pytest.raises(SpatialError, match="cannot read"):
            compile_(rtx, path)
