"""Capture of a function as a CUDA graph, which launches all its kernels at once."""

import functools
import gc
from collections.abc import Callable
from typing import Any, TypeVar

import torch

Result = TypeVar("Result")

_failed = False  # a capture of this process


def capture(
    function: Callable[[], Result], device: torch.device, pool: Any = None
) -> tuple[torch.cuda.CUDAGraph, Result]:
    """The graph, and what ``function`` returned: tensors that each replay writes anew.

    Args:
        function: runs on the current stream; reads and writes the same memory at every call, and
            never waits for the device.
        pool: of memory that graphs share, as `CUDAGraph.pool` gives it.

    Raises:
        RuntimeError: if it cannot be captured, or another could not; torch.OutOfMemoryError among
            others.
    """
    global _failed
    if _failed:  # PyTorch's allocator may take that capture to go on
        raise RuntimeError("a capture failed before: restart this process to try again")
    with torch.cuda.device(device):
        current, side = torch.cuda.current_stream(), _stream(torch.cuda.current_device())
        # Libraries allocate and tune when first used, which a capture does not allow.
        side.wait_stream(current)
        try:
            with torch.cuda.stream(side):
                function()
        finally:
            current.wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        _forget_workspaces()
        collects = gc.isenabled()
        gc.disable()  # what is collected may unload kernels, which a capture does not allow
        try:
            # Other threads may use the device meanwhile.
            with torch.cuda.graph(graph, pool, side, capture_error_mode="thread_local"):
                result = function()
        except torch.OutOfMemoryError:
            raise
        except RuntimeError:
            _failed = True
            raise
        finally:
            if collects:
                gc.enable()
            torch.cuda.set_stream(current)  # a capture that failed leaves its own stream
            _forget_workspaces()
    return graph, result


@functools.cache
def _stream(index: int) -> torch.cuda.Stream:
    """One of each device for all captures: PyTorch's own is of the device that came first."""
    return torch.cuda.Stream(index)


def _forget_workspaces() -> None:
    """Give each graph a cuBLAS workspace in its own memory.

    cuBLAS keeps one for each stream. A graph captured with that of an earlier one would write where
    that one, once it is dropped, has freed memory (pytorch issue 193402).
    """
    torch._C._cuda_clearCublasWorkspaces()
