"""An engine whose arithmetic is trivial: it "generates" its prompt, letter by letter, or the
first of its ``replies`` whose key is in the prompt.

A prompt that starts with "!" makes it misbehave as a real one can, in the middle of an answer.
"""

import ctypes
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass, field

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.runtime.scheduler import OutOfMemory, Progress


def create(options, progress):
    """Factory for the worker."""
    progress("loading", 0.5)
    if options.get("deaf_parent"):  # nothing that is sent from here on is taken any more
        socket.socket(fileno=os.dup(int(sys.argv[1]))).shutdown(socket.SHUT_WR)
    if options.get("broken"):
        raise SpatialError(ErrorCode.BACKEND_UNAVAILABLE, "no checkpoint at /nowhere")
    if os.path.exists(options.get("full", "")):
        raise SpatialError(ErrorCode.BACKEND_UNAVAILABLE, "cuda has too little memory")
    if options.get("old_driver"):
        raise RuntimeError("The NVIDIA driver on your system is too old\nUpdate it")
    time.sleep(options.get("load_seconds", 0.0))
    return SpellingEngine(
        **{
            k: options[k]
            for k in ("max_batch", "memory", "token_seconds", "replies")
            if k in options
        }
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
    """One cell of ``memory`` for each sequence."""

    max_batch: int = 4
    memory: int = 1000
    token_seconds: float = 0.0
    replies: dict[str, str] = field(default_factory=dict)
    encoded: int = 0
    under_way: list = field(default_factory=list)
    most_under_way: int = 0
    on_step: object = None

    def prepare(self, rgb, xyz):
        return float(rgb.sum() + xyz.sum())

    def encode(self, prepared):
        self.encoded += len(prepared)
        return list(prepared)

    def prompt(self, text, max_new_tokens):
        for key, reply in self.replies.items():
            if key in text:
                return reply
        if len(text) > 500:
            raise SpatialError(ErrorCode.BAD_QUESTION, "too long")
        return text

    def add(self, questions):
        if len(self.under_way) + len(questions) > self.memory:
            raise OutOfMemory
        new = [Spelling(text[:n]) for _, text, n in questions]
        self.under_way += new
        self.most_under_way = max(self.most_under_way, len(self.under_way))
        self._advance(new)
        return new

    def step(self):
        time.sleep(self.token_seconds)
        if self.on_step:
            self.on_step(self)
        self._advance(self.under_way)

    def progress(self, spelling):
        text = spelling.target[: spelling.length]
        return Progress(text, spelling.length, spelling.length >= len(spelling.target))

    def cancel(self, spelling):
        self.under_way.remove(spelling)

    def warm_up(self):
        return False

    def release_memory(self):
        pass

    def stats(self):
        return {"image_size": 56}

    def _advance(self, spellings):
        for spelling in spellings:
            spelling.length += 1
            if spelling.length == 3:
                misbehave(spelling.target)
        self.under_way = [s for s in self.under_way if s.length < len(s.target)]


@dataclass(eq=False)
class Spelling:
    target: str
    length: int = 0
