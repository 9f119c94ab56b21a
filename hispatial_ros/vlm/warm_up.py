"""From the first answer to fast answers: graphs recorded, and perhaps compiled, piece by piece.

A piece takes a fraction of a second, and questions are answered between them. Compiling, which
takes much longer, follows on a thread of its own.
"""

import logging
import time
from collections.abc import Callable, Iterator

import torch

from hispatial_ros.vlm.compiling import (
    PLAIN,
    Compilation,
    Parts,
    compiled_parts,
    keep_compiled,
)
from hispatial_ros.vlm.decoder import Decoder, Shape
from hispatial_ros.vlm.graphs import Graphs, Tensors

log = logging.getLogger(__name__)

PAYS = 0.98  # of the time without compiling, at most
REPEATS = 10


class WarmUp:
    """What is left to do.

    Args:
        decoder: whose steps may be compiled.
        graphs: None: there is nothing to do.
        shapes: all that is to be recorded.
        compiled: compile steps and use that if it pays.
    """

    def __init__(
        self, decoder: Decoder, graphs: Graphs | None, shapes: list[Shape], compiled: bool
    ):
        self._decoder = decoder
        self._graphs = graphs
        self._shapes = [] if graphs is None else shapes
        self._compiled = compiled and graphs is not None
        self._done = 0
        self._seconds = 0.0
        self._compilation: Compilation | None = None
        self._pieces = self._work()
        self.finished = False

    @property
    def fraction(self) -> float:
        """Of the graphs, recorded; 1 if there are none to record."""
        return self._done / len(self._shapes) if self._shapes else 1.0

    @property
    def compiled(self) -> bool:
        """Whether steps are compiled: asked for, done, and faster."""
        return self._decoder.step_parts is not PLAIN

    def piece(self) -> bool:
        """Do the next piece, only while nothing is under way; whether another can follow now.

        What is not there yet is taken up later: call it again now and then until it is finished.
        """
        if self.finished:
            return False
        start = time.monotonic()
        ready = next(self._pieces, None)
        self._seconds += time.monotonic() - start
        if ready is None:
            self.finished = True
            if self._shapes:
                log.info("warm: %d graphs; the work took %.1f s", self._done, self._seconds)
        return bool(ready)

    def run(self, progress: Callable[[float], None] = lambda fraction: None) -> None:
        """All of it, also waiting for the compiler."""
        while not self.finished:
            if not self.piece() and not self.finished and self._compilation is not None:
                self._compilation.wait()
            progress(self.fraction)

    def _work(self) -> Iterator[bool]:
        """After each piece whether the next can follow at once."""
        for key, function in self._shapes:
            self._record(key, function)
            self._done += 1
            log.info("warming up: %d of %d, %s", self._done, len(self._shapes), _name(key))
            yield True
        if not self._compiled:
            return
        # Not earlier: the compiler times what it makes and waits for the whole device, which ends
        # a recording.
        keep_compiled(self._decoder.device)
        inputs = [self._decoder.layer_inputs(batch) for batch in self._decoder.batches]
        parts = compiled_parts()
        self._compilation = Compilation(parts, inputs, self._decoder.device)
        while self._compilation.under_way:
            yield False
        if self._compilation.succeeded:
            yield from self._switch(parts)

    def _switch(self, parts: Parts) -> Iterator[bool]:
        """Record the steps compiled if that is faster for the first of them."""
        assert self._graphs is not None
        steps = [shape for shape in self._shapes if shape[0] in self._graphs and _is_step(shape[0])]
        if not steps:
            return
        key, function = steps[0]
        before = self._time(key)
        self._decoder.step_parts = parts
        self._record(key, function)
        after = self._time(key)
        pays = after <= PAYS * before
        log.info(
            "a token takes %.2f ms compiled, %.2f ms as it was: %s",
            1e3 * after, 1e3 * before, "switching" if pays else "not compiled",
        )  # fmt: skip
        if not pays:
            self._decoder.step_parts, steps = PLAIN, steps[:1]
            self._record(key, function)
        yield True
        for key, function in steps[1:]:
            self._record(key, function)
            yield True

    def _record(self, key: tuple, function: Callable[[], Tensors]) -> None:
        assert self._graphs is not None
        try:
            with torch.inference_mode():
                self._graphs.record(key, function)
        except torch.OutOfMemoryError as error:
            log.warning("no memory to record %s, which stays slower: %s", _name(key), error)

    @torch.inference_mode()
    def _time(self, key: tuple) -> float:
        """Seconds of one replay."""
        assert self._graphs is not None
        times = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            self._graphs.replay(key)[0].tolist()  # waits
            times.append(time.perf_counter() - start)
        return sorted(times)[REPEATS // 2]


def _is_step(key: tuple) -> bool:
    return bool(key[0] == "step")


def _name(key: tuple) -> str:
    match key:
        case ("prompt", batch, length):
            return f"{batch} prompts of up to {length} tokens"
        case ("step", batch, capacity):
            return f"tokens of {batch} answers within {capacity}"
    return str(key[0])
