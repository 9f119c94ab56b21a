"""The scheduler against an engine whose arithmetic is trivial and whose faults are scripted."""

import os
import queue

import numpy as np
import pytest
from spelling_engine import SpellingEngine

from hispatial_ros.errors import ErrorCode
from hispatial_ros.vlm.runtime.scheduler import OutOfMemory, Scheduler
from hispatial_ros.vlm.runtime.shared import SharedInput

SIZE = 28


class Harness:
    def __init__(self, **engine):
        self.engine = SpellingEngine(**engine)
        self.sent = []
        self.inbox = queue.SimpleQueue()
        self.scheduler = Scheduler(self.engine, self.receive, stats_period=0.01)
        self.expected = 0
        rng = np.random.default_rng(0)
        self.frames = [
            SharedInput(
                rng.integers(0, 255, (SIZE, SIZE, 3), np.uint8),
                rng.random((4, SIZE, SIZE), np.float32),
            )
            for _ in range(2)
        ]

    def receive(self, message):
        if message["type"] == "stats":
            return
        self.sent.append(message)

    def outcomes(self):
        return {m["id"]: m for m in self.sent if m["type"] in ("done", "error")}

    def ask(self, id, text, frame=0, boxes=(), max_new_tokens=100):
        shared = self.frames[frame]
        message = {
            "type": "ask",
            "id": id,
            "frame": shared.key,
            "size": SIZE,
            "text": text,
            "boxes": boxes,
            "max_new_tokens": max_new_tokens,
        }
        self.expected += 1
        self.inbox.put((message, [os.dup(shared.fd)]))

    def run(self):
        while len(self.outcomes()) < self.expected:
            self.scheduler.work(self.inbox)
        return self.outcomes()


def test_concurrent_questions_share_groups_and_features():
    harness = Harness()
    for i, word in enumerate(["far", "near", "left", "right", "up", "down"]):
        harness.ask(i, word, frame=i % 2)
    outcomes = harness.run()
    assert [outcomes[i]["text"] for i in range(6)] == ["far", "near", "left", "right", "up", "down"]
    assert harness.engine.most_under_way == 4
    assert harness.engine.encoded == 2


def test_a_long_answer_does_not_hold_up_a_short_one():
    harness = Harness(max_batch=2)
    harness.ask(1, "a very long step by step answer")

    def second(engine):
        if engine.under_way[0].length == 3:
            harness.ask(2, "no")
            engine.on_step = None

    harness.engine.on_step = second
    harness.run()
    assert [m["id"] for m in harness.sent if m["type"] == "done"] == [2, 1]


def test_drawn_boxes_are_part_of_an_images_identity():
    harness = Harness()
    harness.ask(1, "a", boxes=[["red", [1, 1, 9, 9]]])
    harness.ask(2, "b", boxes=[["red", [1, 1, 9, 9]]])
    harness.ask(3, "c")
    harness.run()
    assert harness.engine.encoded == 2


def test_text_streams_token_by_token_and_stops_at_the_limit():
    harness = Harness()
    harness.ask(1, "abcdef", max_new_tokens=3)
    outcomes = harness.run()
    assert [m["text"] for m in harness.sent if m["type"] == "text"] == ["a", "ab"]
    assert outcomes[1]["text"] == "abc"
    assert set(outcomes[1]["timing"]) == {"queue", "encode", "prefill", "decode"}


@pytest.mark.parametrize("memory", [1, 2, 3])
def test_out_of_memory_makes_smaller_groups_before_an_error(memory):
    harness = Harness(max_batch=8, memory=memory)
    for i in range(8):
        harness.ask(i, f"answer {i}")
    outcomes = harness.run()
    assert [outcomes[i]["text"] for i in range(8)] == [f"answer {i}" for i in range(8)]
    assert harness.engine.most_under_way <= memory


def test_out_of_memory_while_decoding_repeats_without_streaming_twice():
    harness = Harness()
    harness.ask(1, "abcdef")
    harness.ask(2, "uvwxyz")

    def fail_once(engine):
        if engine.under_way[0].length == 3:
            engine.on_step = None
            raise OutOfMemory

    harness.engine.on_step = fail_once
    outcomes = harness.run()
    assert outcomes[1]["text"] == "abcdef"
    streamed = [m["text"] for m in harness.sent if m["type"] == "text" and m["id"] == 1]
    assert streamed == ["a", "ab", "abc", "abcd", "abcde"]


def test_no_memory_even_for_one_is_an_error_and_work_goes_on():
    harness = Harness(memory=0)
    harness.ask(1, "abc")
    assert harness.run()[1]["code"] == ErrorCode.BACKEND_UNAVAILABLE
    harness.engine.memory = 1
    harness.ask(2, "abc")
    assert harness.run()[2]["text"] == "abc"


def test_cancel_takes_effect_before_the_next_token():
    harness = Harness(max_batch=2)
    for i in (1, 2, 3):
        harness.ask(i, "abcdefgh")
    harness.expected = 1  # of three, two are cancelled: one under way, one waiting

    def cancel(engine):
        if engine.under_way[0].length == 2:
            harness.inbox.put(({"type": "cancel", "id": 1}, []))
            harness.inbox.put(({"type": "cancel", "id": 3}, []))

    harness.engine.on_step = cancel
    assert set(harness.run()) == {2}
    assert max(len(m["text"]) for m in harness.sent if m["id"] == 1) <= 3


def test_a_prompt_that_does_not_fit_is_refused_alone():
    harness = Harness()
    harness.ask(1, "x" * 600)
    harness.ask(2, "ok")
    outcomes = harness.run()
    assert outcomes[1]["code"] == ErrorCode.BAD_QUESTION
    assert outcomes[2]["text"] == "ok"


class Watched(SpellingEngine):
    """Tells in which order it is called, and what arrives while its device computes."""

    def __init__(self, **options):
        super().__init__(**options)
        self.calls = []
        self.arriving = {}  # during which call, what

    def _called(self, name):
        self.calls.append(name)
        for action in self.arriving.pop(name, ()):
            action()

    def prepare(self, rgb, xyz):
        self._called("prepare")
        return super().prepare(rgb, xyz)

    def encode(self, prepared):
        self._called("encode")
        return super().encode(prepared)

    def prompt(self, text, max_new_tokens):
        self._called("prompt")
        return super().prompt(text, max_new_tokens)

    def add(self, questions):
        self._called("add")
        return super().add(questions)

    def step(self):
        self._called("step")
        super().step()

    def progress(self, sequence):
        self._called("wait")
        return super().progress(sequence)


@pytest.fixture
def watched():
    harness = Harness()
    harness.engine = Watched()
    harness.scheduler = Scheduler(harness.engine, harness.receive, stats_period=0.01)
    return harness


@pytest.mark.parametrize("during", ["add", "step"])
def test_the_next_question_and_frame_are_prepared_while_the_device_computes(watched, during):
    watched.ask(1, "abc")
    watched.engine.arriving[during] = [lambda: watched.ask(2, "xyz", frame=1)]
    outcomes = watched.run()
    assert [outcomes[i]["text"] for i in (1, 2)] == ["abc", "xyz"]
    calls = watched.engine.calls
    begun = calls.index(during)
    assert calls[begun : begun + 4] == [during, "prompt", "prepare", "wait"]
    assert calls.count("prepare") == 2, "not again when it is encoded"


def test_a_frame_is_encoded_while_the_next_is_prepared(watched):
    watched.ask(1, "abc")
    watched.ask(2, "xyz", frame=1)
    watched.run()
    calls = watched.engine.calls
    assert calls[2:7] == ["prepare", "encode", "prepare", "encode", "add"]


def test_frames_of_cancelled_questions_are_not_kept(watched):
    watched.ask(1, "abc")

    def ask_and_cancel():
        watched.ask(2, "xyz", frame=1)
        watched.inbox.put(({"type": "cancel", "id": 2}, []))
        watched.expected = 1

    watched.engine.arriving["add"] = [ask_and_cancel]
    watched.run()
    watched.ask(3, "abc")
    watched.run()
    assert not watched.scheduler._prepared


def test_cancelling_waits_until_the_token_is_there(watched):
    """What the device works on is not changed under it."""
    watched.ask(1, "abcdef")
    watched.ask(2, "uvwxyz")
    watched.expected = 1
    watched.engine.arriving["step"] = [lambda: watched.inbox.put(({"type": "cancel", "id": 1}, []))]
    cancel = watched.engine.cancel
    watched.engine.cancel = lambda sequence: (
        watched.engine.calls.append("cancel"),
        cancel(sequence),
    )
    assert set(watched.run()) == {2}
    calls = watched.engine.calls
    assert calls[calls.index("step") :][:4] == ["step", "wait", "wait", "cancel"]


def test_warm_up_goes_on_between_answers_and_never_during_one():
    harness = Harness()
    pieces = []

    def piece():
        assert not harness.engine.under_way
        pieces.append(len(harness.outcomes()))
        return len(pieces) < 6

    harness.engine.warm_up = piece
    for i in range(3):
        harness.ask(i, "abc")
        harness.run()
    while len(pieces) < 7:
        harness.scheduler.work(harness.inbox)
    assert pieces[:3] == [0, 1, 2], "one question waits for one piece at most"
