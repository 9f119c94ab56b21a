"""ONNX files with the signature of MoGe-2 that return given arrays."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def save(
    path: Path,
    points: np.ndarray,
    mask: np.ndarray,
    scale: float | None = 1.0,
    tokens: bool = False,
    metadata: dict[str, str] | None = None,
    external_data: bool = False,
) -> Path:
    """Maps any image [1, 3, H, W] to points [H, W, 3], mask [H, W] and scale."""
    height, width = mask.shape
    outputs = {"points": points[None], "mask": mask[None]}
    if scale is not None:
        outputs["metric_scale"] = np.array([scale])
    initializers = [numpy_helper.from_array(np.float32(0), "zero")]
    # The image takes part, so that nothing is folded away; its mean is finite.
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
    ]
    for name, value in outputs.items():
        initializers.append(numpy_helper.from_array(value.astype(np.float32), f"{name}_value"))
        nodes.append(helper.make_node("Add", [f"{name}_value", "nothing"], [name]))
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, height, width])]
    if tokens:
        inputs.append(helper.make_tensor_value_info("num_tokens", TensorProto.INT64, []))
    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape)
            for name, value in outputs.items()
        ],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    if external_data:
        onnx.save(
            model,
            path,
            save_as_external_data=True,
            location=f"{path.name}.data",
            size_threshold=0,
        )
    else:
        onnx.save(model, path)
    return path


def plane(
    width: int = 64, height: int = 48, fx: float = 60.0, fy: float = 60.0, shift: float = 0.3
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of a slanted plane seen by a centred camera, with z too small by ``shift``; mask;
    true z."""
    u, v = np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2
    x, y = np.meshgrid(u / fx, v / fy)
    z = 2.0 / (1 + 0.3 * x - 0.4 * y)
    points = np.stack([x * z, y * z, z - shift], -1).astype(np.float32)
    return points, np.ones((height, width), np.float32), z
