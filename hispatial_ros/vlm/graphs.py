"""CUDA graphs: what is run again and again with the same shapes, launched at once.

A decoding step of a 3B model is many hundred small kernels whose launches take longer than they do.
"""

import logging
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeAlias

import torch

from hispatial_ros.cuda_capture import capture

log = logging.getLogger(__name__)

Tensors: TypeAlias = tuple[torch.Tensor, ...]


class Graph(Protocol):
    """What a torch.cuda.CUDAGraph does once it is recorded."""

    def replay(self) -> None: ...


class Graphs:
    """Recorded functions, each under a key.

    A function reads and writes tensors that stay where they are, is free of host synchronisation,
    and does the same when repeated. The graphs share their memory: use up what one returns, on the
    same stream, before the next is replayed.
    """

    def __init__(self, device: torch.device):
        self._device = device
        self._recorded: dict[Hashable, tuple[Graph, Tensors]] = {}
        self._pool: Any = None

    def __contains__(self, key: Hashable) -> bool:
        return key in self._recorded

    def record(self, key: Hashable, function: Callable[[], Tensors]) -> bool:
        """Record or replace; False, with a warning, if that cannot be done.

        Raises:
            torch.OutOfMemoryError
        """
        try:
            graph, results = capture(function, self._device, self._pool)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.warning("%s run without a CUDA graph, several times slower: %s", key, error)
            return False
        self._pool = graph.pool()
        self._recorded[key] = graph, results
        return True

    def replay(self, key: Hashable) -> Tensors:
        """What the function returns; overwritten by the next replay of any."""
        graph, results = self._recorded[key]
        graph.replay()
        return results


def graphs_for(device: torch.device) -> Graphs | None:
    """None where nothing can be recorded."""
    return Graphs(device) if device.type == "cuda" else None
