"""CUDA graphs: what is run again and again with the same shapes, launched at once.

A decoding step of a 3B model is a thousand small kernels whose launches take longer than they do.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch

log = logging.getLogger(__name__)


Step = Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]


class Graph(Protocol):
    """What a torch.cuda.CUDAGraph does once it is recorded."""

    def replay(self) -> None: ...


def record(
    function: Callable[[], torch.Tensor], device: torch.device, pool: Any = None
) -> tuple[torch.cuda.CUDAGraph, torch.Tensor]:
    """Record ``function``; every replay writes its result into the returned tensor.

    Raises:
        RuntimeError: if it cannot be recorded; torch.OutOfMemoryError among others.
    """
    with torch.cuda.device(device):
        # Libraries allocate workspaces when first used, which a recording does not allow.
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            function()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool):
            result = function()
    return graph, result


class GraphedFunction:
    """function(tensor) -> tensor for tensors of one shape, recorded at the first call."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]):
        self._function = function
        self._input: torch.Tensor | None = None
        self._recorded: tuple[Graph, torch.Tensor] | None = None
        self._usable = True

    def __call__(self, value: torch.Tensor) -> torch.Tensor:
        if self._input is None:
            self._input = value.clone()
        self._input.copy_(value)
        if self._recorded is None and self._usable:
            self._try_to_record(self._input)
        if self._recorded is None:
            return self._function(value)
        graph, result = self._recorded
        graph.replay()
        return result.clone()

    def _try_to_record(self, value: torch.Tensor) -> None:
        try:
            self._recorded = record(lambda: self._function(value), value.device)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.warning("encoding frames without a CUDA graph: %s", error)
            self._usable = False


class StepGraphs:
    """Records a step once for every (number of rows, capacity), then replays it.

    Args:
        steps: step(tokens [B], positions [B], capacity) -> [B], on the device, free of host
            synchronisation, and the same when repeated with the same arguments. The first that
            can be recorded is used; the last is the plain one.
        rows: most rows.
    """

    def __init__(self, steps: Sequence[Step], rows: int, device: torch.device):
        self.usable = True
        self._steps = list(steps)
        self._rows = rows
        self._device = device
        self._inputs = torch.zeros((2, rows), dtype=torch.int64, device=device)
        self._graphs: dict[tuple[int, int], tuple[Graph, torch.Tensor]] = {}
        self._pool: Any = None  # memory that the graphs share, as they never run together

    def step(self, tokens: Sequence[int], positions: Sequence[int], capacity: int) -> list[int]:
        """The next tokens of the first rows; what other rows hold does not matter."""
        count = len(tokens)
        batch = min(1 << (count - 1).bit_length(), self._rows)
        # Unused rows repeat position 0 of theirs, which their next prefill overwrites.
        padding = [0] * (batch - count)
        self._inputs[:, :batch] = torch.tensor([[*tokens, *padding], [*positions, *padding]])
        recorded = self._graphs.get((batch, capacity)) or self._record(batch, capacity)
        if recorded is None:
            plain = self._steps[-1]
            return plain(self._inputs[0, :count], self._inputs[1, :count], capacity).tolist()
        graph, output = recorded
        graph.replay()
        return output[:count].tolist()

    def _record(self, batch: int, capacity: int) -> tuple[Graph, torch.Tensor] | None:
        while self.usable:
            try:
                tokens, positions = self._inputs[:, :batch]
                recorded = self._capture(self._steps[0], tokens, positions, capacity)
            except torch.OutOfMemoryError:
                raise
            except RuntimeError as error:  # also what the compiler raises
                if len(self._steps) > 1:
                    log.warning("decoding steps are not compiled: %s", error)
                    del self._steps[0]
                else:
                    log.warning("decoding without CUDA graphs, several times slower: %s", error)
                    self.usable = False
            else:
                self._graphs[batch, capacity] = recorded
                return recorded
        return None

    def _capture(
        self, step: Step, tokens: torch.Tensor, positions: torch.Tensor, capacity: int
    ) -> tuple[Graph, torch.Tensor]:
        graph, output = record(lambda: step(tokens, positions, capacity), self._device, self._pool)
        self._pool = graph.pool()
        return graph, output
