"""An engine whose arithmetic is trivial: it "generates" its prompt, letter by letter.

A prompt that starts with "!" makes it misbehave as a real one can, in the middle of an answer.
"""

import ctypes
import os
import signal
import time
from dataclasses import dataclass, field

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.runtime.scheduler import OutOfMemory, Step


def create(options, progress):
    """Factory for the worker."""
    progress("loading", 0.5)
    if options.get("broken"):
        raise SpatialError(ErrorCode.BACKEND_UNAVAILABLE, "no checkpoint at /nowhere")
    time.sleep(options.get("load_seconds", 0.0))
    return SpellingEngine(
        **{k: options[k] for k in ("max_batch", "memory", "token_seconds") if k in options}
    )


def misbehave(text):
    match text.split():
        case ["!kill", *_]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["!hang", *_]:
            time.sleep(1000)
        case ["!fault", *_]:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        case ["!segv", *_]:
            ctypes.string_at(0)
        case ["!exit", *_]:
            os._exit(3)


@dataclass
class SpellingEngine:
    """ "Generates" its prompt, letter by letter; one memory cell a sequence."""

    max_batch: int = 4
    memory: int = 1000
    token_seconds: float = 0.0
    encoded: int = 0
    group_sizes: list[int] = field(default_factory=list)
    on_step: object = None

    def encode(self, rgb, xyz):
        self.encoded += 1
        return float(rgb.sum() + xyz.sum())

    def prompt(self, text):
        if len(text) > 50:
            raise SpatialError(ErrorCode.BAD_QUESTION, "too long")
        return text

    def prefill(self, sequences):
        if len(sequences) > self.memory:
            raise OutOfMemory
        self.group_sizes.append(len(sequences))
        return SpellingGroup(self, sequences)

    def release_memory(self):
        pass

    def stats(self):
        return {}


class SpellingGroup:
    def __init__(self, engine, sequences):
        self.engine = engine
        self.targets = {i: text[:n] for i, (_, text, n) in enumerate(sequences)}
        self.length = 0

    def step(self):
        if self.engine.on_step:
            self.engine.on_step(self)
        self.length += 1
        time.sleep(self.engine.token_seconds)
        if self.length == 3:
            for target in self.targets.values():
                misbehave(target)
        steps = []
        for i, target in list(self.targets.items()):
            finished = self.length >= len(target)
            steps.append(Step(i, target[: self.length], self.length, finished))
            if finished:
                del self.targets[i]
        return steps

    def drop(self, index):
        del self.targets[index]
