"""CUDA graphs: what a frame costs on the device, recorded once and launched at once.

A frame is about a thousand kernels, most of which take less time than their launch.
"""

import logging
from collections.abc import Callable

import torch

logger = logging.getLogger(__name__)

Run = Callable[[], None]


def record(function: Run, device: torch.device) -> Run:
    """What does the same as ``function`` from now on, as one launch.

    On the CPU that is ``function`` itself.

    Args:
        function: runs on the current stream; reads and writes the same memory at every call, and
            never waits for the device.
    """
    if device.type != "cuda":
        return function
    with torch.cuda.device(device):
        # Libraries allocate and tune when first used, which a recording does not allow.
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            function()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        try:
            # Other threads may use the device meanwhile.
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                function()
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            logger.warning("depth without a CUDA graph, several times slower: %s", error)
            return function
    replay: Run = graph.replay
    return replay
