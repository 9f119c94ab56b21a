"""The real model (tiny) under the scheduler and in its own process."""

import os
import shutil
import signal

import numpy as np
import pytest
import torch

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.engine import create
from hispatial_ros.vlm.runtime.scheduler import OutOfMemory
from hispatial_ros.vlm.runtime.shared import SharedInput
from hispatial_ros.vlm.runtime.status import Limits, ModelState
from hispatial_ros.vlm.runtime.supervisor import Supervisor

QUESTIONS = ["how far is the chair", "is the chair near", "where", "is it far, or is it near"]


@pytest.fixture(scope="module")
def options(golden, tokenizer_file, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    for name in ("config.json", "weights.pt"):
        shutil.copy(golden / "tiny" / name, folder)
    shutil.copy(tokenizer_file, folder)
    return {
        "checkpoint": str(folder),
        "revision": "main",
        "device": "cpu",
        "dtype": "fp32",
        "attn_implementation": "sdpa",
        "compile": False,
        "max_batch": 4,
        "max_text": 64,
        "max_new_tokens": 64,
    }


@pytest.fixture(scope="module")
def engine(options):
    return create(options, lambda text, fraction: None)


def image(seed, size=224):
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, 255, (size, size, 3), np.uint8),
        rng.uniform(0, 3, (4, size, size)).astype(np.float32),
    )


def alone(engine, image, question, tokens=12):
    (features,) = engine.encode([engine.prepare(*image)])
    (sequence,) = engine.add([(features, engine.prompt(question, tokens), tokens)])
    while not engine.progress(sequence).finished:
        engine.step()
    return engine.progress(sequence).text


@pytest.fixture
def supervisor(options):
    supervisor = Supervisor(
        {"factory": "hispatial_ros.vlm.runtime.engine:create", "options": options},
        Limits(hang_timeout=20.0),
    )
    supervisor.start()
    assert supervisor.wait_ready(60).state is ModelState.READY
    yield supervisor
    supervisor.close()


def test_the_process_answers_as_the_model_does_alone_however_many_ask(supervisor, engine):
    images = [image(1), image(2)]
    frames = [SharedInput(*each) for each in images]
    tickets = [
        (i % 2, question, supervisor.submit(
            frames[i % 2], Prompt(question), max_new_tokens=12, timeout=60
        ))
        for i, question in enumerate(QUESTIONS * 3)
    ]  # fmt: skip
    for frame, question, ticket in tickets:
        assert ticket.result(60).text == alone(engine, images[frame], question)


def test_kill_in_the_middle_of_an_answer(supervisor, engine):
    frame = SharedInput(*image(1))
    pid = supervisor.status.pid
    ticket = supervisor.submit(
        frame,
        Prompt(QUESTIONS[0]),
        max_new_tokens=64,
        timeout=60,
        on_text=lambda text: os.kill(pid, signal.SIGKILL),
    )
    with pytest.raises(SpatialError) as error:
        ticket.result(60)
    assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE
    assert supervisor.wait_ready(60).state is ModelState.READY
    again = supervisor.submit(frame, Prompt(QUESTIONS[0]), max_new_tokens=12, timeout=60)
    assert again.result(60).text == alone(engine, image(1), QUESTIONS[0])


def test_memory_errors_of_the_allocator_become_smaller_batches(engine, monkeypatch):
    start = engine._generator.start

    def full(questions):
        if len(questions) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return start(questions)

    monkeypatch.setattr(engine._generator, "start", full)
    (features,) = engine.encode([engine.prepare(*image(1))])
    question = (features, engine.prompt("where", 4), 4)
    with pytest.raises(OutOfMemory):
        engine.add([question, question])
    (sequence,) = engine.add([question])
    engine.cancel(sequence)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"checkpoint": "/nowhere/at/all"}, "/nowhere/at/all"),
        ({"device": "cuda:7"}, "CUDA build"),
        ({"device": "toaster"}, "toaster"),
    ],
)
def test_what_can_not_be_loaded_says_what_to_do(options, change, says):
    with pytest.raises(SpatialError, match=says):
        create({**options, **change}, lambda text, fraction: None)


def test_a_prompt_beyond_the_context_is_refused(engine):
    with pytest.raises(SpatialError) as error:
        engine.prompt("far " * 200, 10)
    assert error.value.code is ErrorCode.BAD_QUESTION
