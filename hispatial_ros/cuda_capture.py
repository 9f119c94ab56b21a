"""Capture of a function as a CUDA graph, which launches all its kernels at once."""

from collections.abc import Callable
from typing import Any, TypeVar

import torch

Result = TypeVar("Result")


def capture(
    function: Callable[[], Result], device: torch.device, pool: Any = None
) -> tuple[torch.cuda.CUDAGraph, Result]:
    """The graph, and what ``function`` returned: tensors that each replay writes anew.

    Args:
        function: runs on the current stream; reads and writes the same memory at every call, and
            never waits for the device.
        pool: of memory that graphs share, as `CUDAGraph.pool` gives it.

    Raises:
        RuntimeError: if it cannot be captured; torch.OutOfMemoryError among others.
    """
    with torch.cuda.device(device):
        # Libraries allocate and tune when first used, which a capture does not allow.
        current, side = torch.cuda.current_stream(), torch.cuda.Stream()
        side.wait_stream(current)
        with torch.cuda.stream(side):
            function()
        current.wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        try:
            # Other threads may use the device meanwhile.
            with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
                result = function()
        finally:
            torch.cuda.set_stream(current)  # a capture that failed leaves its own stream
    return graph, result
