"""What decoding is compiled to for a GPU, made without one: kernels of a layer, seconds it takes.

PyTorch's compiler is told that a GPU is there and Triton assembles for it; nothing is executed. It
needs a CUDA build of PyTorch, as PyPI has it, on any x86-64 Linux. What is pretended is private to
PyTorch: made for 2.11 to 2.13.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from torch._dynamo.device_interface import CudaInterface
from torch._inductor.debug import DebugContext
from torch._inductor.decomposition import select_decomp_table
from torch._inductor.graph import GraphLowering
from torch._inductor.runtime import triton_helpers
from torch._inductor.virtualized import V
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils import _pytree as pytree

from benchmarks.vlm_model import model_without_memory
from hispatial_ros.vlm.compiling import PLAIN
from hispatial_ros.vlm.decoder import SHORTEST_TEXT, Decoder
from hispatial_ros.vlm.layers import to_eight_bits

# What the compiler asks of a GPU, by compute capability: an H100's.
GPU = SimpleNamespace(
    name="NVIDIA H100",
    major=9,
    minor=0,
    multi_processor_count=132,
    warp_size=32,
    regs_per_multiprocessor=65536,
    max_threads_per_multi_processor=2048,
    max_threads_per_block=1024,
    shared_memory_per_block_optin=232448,
    shared_memory_per_multiprocessor=233472,
    L2_cache_size=50 << 20,
)
KERNEL = re.compile(r"(\w+) = async_compile\.triton\('\w+', '''(.*?)'''", re.DOTALL)


def _pretend() -> None:
    """Raises ImportError without Triton."""
    from triton.backends.compiler import GPUTarget
    from triton.runtime import driver

    capability = 10 * GPU.major + GPU.minor
    answers = {
        "is_available": True,
        "device_count": 1,
        "current_device": 0,
        "get_device_properties": GPU,
        "get_compute_capability": capability,
    }
    for name, answer in answers.items():
        setattr(CudaInterface, name, staticmethod(lambda *_, answer=answer: answer))
        if name.endswith(("device", "properties")):
            setattr(torch.cuda, name, lambda *_, answer=answer: answer)
    torch.cuda.get_device_capability = lambda *_: (GPU.major, GPU.minor)
    CudaInterface.Worker.get_device_properties = staticmethod(lambda *_: GPU)
    CudaInterface.Worker.current_device = staticmethod(lambda: 0)
    target = GPUTarget("cuda", capability, GPU.warp_size)
    driver.set_active(SimpleNamespace(get_current_target=lambda: target))
    triton_helpers.set_driver_to_gpu = lambda: None


def _inputs(rows: int, fp8: bool) -> tuple[tuple, tuple]:
    """Of the two parts of a layer of HiSpatial-3B; without memory."""
    model = model_without_memory("3b", torch.device("cuda", 0), torch.bfloat16)
    if fp8:
        to_eight_bits(model)
    return Decoder(model, rows, SHORTEST_TEXT, 1).layer_inputs(rows)


def _code(function: Callable, arguments: tuple, mode: FakeTensorMode) -> str:
    """Python that launches the kernels, with their source in Triton."""
    leaves, structure = pytree.tree_flatten(arguments)
    tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]

    def of_tensors(*given: torch.Tensor) -> Any:
        rest = iter(given)
        filled = [next(rest) if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves]
        return pytree.tree_leaves(function(*pytree.tree_unflatten(filled, structure)))

    traced = make_fx(of_tensors, select_decomp_table())(*tensors)
    graph = GraphLowering(traced, example_inputs=tensors)
    debug = V.set_debug_handler(DebugContext())
    with V.set_graph_handler(graph), V.set_fake_mode(mode), debug:
        graph.run(*tensors)
        (wrapper, *_) = graph.codegen()
    return str(getattr(wrapper, "value", wrapper))


def _assemble(code: str, folder: Path) -> Iterator[int]:
    """For each kernel how many variants there are to choose among."""
    for i, (name, source) in enumerate(KERNEL.findall(code)):
        path = folder / f"{name}_{i}_{time.monotonic_ns()}.py"
        path.write_text(source)
        spec = spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        tuner = getattr(module, name)
        for config in tuner.configs:
            tuner._precompile_config(config)
        yield len(tuner.configs)


def main(argv: list[str], console: Console) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks gpu-code", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 2, 4])
    args = parser.parse_args(argv)
    try:
        _pretend()
    except ImportError as error:
        console.print(f"not measured: {error}: install a PyTorch for CUDA, as PyPI has it")
        return 0
    table = Table(
        title=f"A layer of HiSpatial-3B around its attention, for one token, compiled for compute "
        f"capability {GPU.major}.{GPU.minor} without a GPU; torch {torch.__version__}"
    )
    for heading in ("dtype", "rows", "products", "kernels beside", "variants", "s to compile"):
        table.add_column(heading, justify="right")
    mode = FakeTensorMode()
    with tempfile.TemporaryDirectory() as folder:
        for fp8 in (False, True):
            for rows in args.rows:
                with mode, torch.inference_mode():
                    inputs = _inputs(rows, fp8)
                    start = time.perf_counter()
                    codes = [
                        _code(part, given, mode) for part, given in zip(PLAIN, inputs, strict=True)
                    ]
                variants = [n for code in codes for n in _assemble(code, Path(folder))]
                seconds = time.perf_counter() - start
                calls = "".join(code[code.index("def call") :] for code in codes)
                table.add_row(
                    "fp8" if fp8 else "bf16", str(rows), str(calls.count("extern_kernels.")),
                    str(calls.count(".run(")), str(sum(variants)), f"{seconds:.1f}",
                )  # fmt: skip
    console.print(table)
    return 0
