"""CUDA graphs: what a frame costs on the device, recorded once and launched at once.

A frame is about a thousand kernels, most of which take less time than their launch.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from hispatial_ros.cuda_capture import capture

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
    try:
        with _tuned():
            graph, _ = capture(function, device)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        logger.warning("depth without a CUDA graph, several times slower: %s", error)
        return function
    replay: Run = graph.replay
    return replay


@contextmanager
def _tuned() -> Iterator[None]:
    """Convolutions by the fastest algorithm, which is worth finding where shapes stay."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
