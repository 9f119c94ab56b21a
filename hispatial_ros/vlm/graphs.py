"""CUDA graphs of single decoding steps.

A step of a 3B model is a thousand small kernels whose launches take longer than they do; a graph
launches them at once.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import torch

log = logging.getLogger(__name__)


class StepGraphs:
    """Records ``step`` once for every (number of rows, capacity), then replays it.

    Args:
        step: step(tokens [B], positions [B], capacity) -> [B], on the device, free of host
            synchronisation, and the same when repeated with the same arguments.
        rows: most rows.
    """

    def __init__(
        self,
        step: Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor],
        rows: int,
        device: torch.device,
    ):
        self.usable = device.type == "cuda"
        self._step = step
        self._rows = rows
        self._inputs = torch.zeros((2, rows), dtype=torch.int64, device=device)
        self._graphs: dict[tuple[int, int], tuple[torch.cuda.CUDAGraph, torch.Tensor]] = {}
        self._pool: Any = None  # memory that the graphs share, as they never run together

    def step(self, tokens: Sequence[int], positions: Sequence[int], capacity: int) -> list[int]:
        """The next tokens of the first rows; what other rows hold does not matter."""
        count = len(tokens)
        batch = min(1 << (count - 1).bit_length(), self._rows)
        # Unused rows repeat position 0 of theirs, which their next prefill overwrites.
        padding = [0] * (batch - count)
        self._inputs[:, :batch] = torch.tensor([[*tokens, *padding], [*positions, *padding]])
        recorded = self._graphs.get((batch, capacity))
        if recorded is None:
            recorded = self._record(batch, capacity)
        if recorded is None:
            return self._step(self._inputs[0, :count], self._inputs[1, :count], capacity).tolist()
        graph, output = recorded
        graph.replay()
        return output[:count].tolist()

    def _record(
        self, batch: int, capacity: int
    ) -> tuple[torch.cuda.CUDAGraph, torch.Tensor] | None:
        tokens, positions = self._inputs[:, :batch]
        try:
            # Libraries allocate workspaces when first used, which a recording does not allow.
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                self._step(tokens, positions, capacity)
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, pool=self._pool):
                output = self._step(tokens, positions, capacity)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.warning("decoding without CUDA graphs, several times slower: %s", error)
            self.usable = False
            return None
        self._pool = graph.pool()
        self._graphs[batch, capacity] = graph, output
        return graph, output
