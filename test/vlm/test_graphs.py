"""What is recorded once and replayed gives the same answers as what is computed each time."""

import random

import pytest
import tape
import torch

from hispatial_ros.vlm import graphs
from hispatial_ros.vlm.generate import FRAME, Generator
from hispatial_ros.vlm.graphs import Graphs

CPU = torch.device("cpu")


@pytest.fixture
def recorded(small, tapes):
    generator = Generator(small, max_batch=4, max_text=40, max_new_tokens=30)
    generator.warm_up.run()
    return generator


@pytest.fixture
def replays(recorded, monkeypatch):
    """Keys of what is replayed."""
    keys = []
    replay = Graphs.replay
    monkeypatch.setattr(Graphs, "replay", lambda self, key: keys.append(key) or replay(self, key))
    return keys


def answered(generator, questions):
    answers = generator.add(questions)
    while generator.under_way:
        generator.step()
    return [answer.tokens for answer in answers]


def test_every_shape_is_recorded_and_said_in_the_log(small, tapes, caplog):
    caplog.set_level("INFO")
    generator = Generator(small, max_batch=4, max_text=40, max_new_tokens=300)
    assert not generator.graphed
    generator.warm_up.run()
    assert generator.graphed
    assert generator.warm_up.fraction == 1.0
    recorded = set(generator._graphs._recorded)
    steps = {("step", rows, length) for rows in (1, 2, 4) for length in (256, 512)}
    prompts = {("prompt", rows, length) for rows in (1, 2) for length in (32, 64)}
    assert recorded == {FRAME} | steps | prompts
    assert f"of {len(recorded)}, tokens of 1 answers within 256" in caplog.text
    assert f"warm: {len(recorded)} graphs" in caplog.text


def test_what_takes_most_memory_is_recorded_first(small, tapes):
    """The graphs share memory, and a small gap is no room for a large tensor."""
    generator = Generator(small, max_batch=4, max_text=40, max_new_tokens=30)
    prompts = [key for key, _ in generator._decoder.recordable() if key[0] == "prompt"]
    assert prompts == sorted(prompts, reverse=True)
    assert [key for key, _ in generator.warm_up._shapes][: len(prompts)] == prompts


def test_answers_from_graphs_alone_are_the_same(recorded, replays, questions, alone):
    assert answered(recorded, questions[:3]) == alone[:3]
    assert replays[:2] == [("prompt", 2, 32), ("prompt", 1, 32)]
    longest = max(question.max_new_tokens for question in questions[:3])
    assert len(replays) == 2 + longest - 1  # nothing is computed beside them
    assert {key[:2] for key in replays[2:]} <= {("step", 4), ("step", 2), ("step", 1)}


@pytest.mark.parametrize("seed", range(3))
def test_graphs_while_others_join_leave_and_are_cancelled(recorded, questions, alone, seed):
    rng = random.Random(seed)
    waiting = list(range(len(questions)))
    answers = {}
    while waiting or recorded.under_way:
        room = recorded.max_batch - recorded.under_way
        if waiting and room and rng.random() < 0.7:
            chosen = [waiting.pop() for _ in range(min(len(waiting), rng.randint(1, room)))]
            added = recorded.add([questions[i] for i in chosen])
            answers.update(zip(chosen, added, strict=True))
        for answer in answers.values():
            if answer.finish is None and rng.random() < 0.03:
                recorded.cancel(answer)
        recorded.step()
    for i, answer in answers.items():
        assert answer.tokens == alone[i][: len(answer.tokens)]
        assert len(answer.tokens) == len(alone[i]) or answer.finish.value == "cancelled"


def test_before_during_and_after_warm_up_answers_are_the_same(small, tapes, questions, alone):
    generator = Generator(small, max_batch=4, max_text=40, max_new_tokens=30)
    fractions = []
    for i in range(len(questions)):
        assert answered(generator, [questions[i]]) == [alone[i]]
        generator.warm_up.piece()
        fractions.append(generator.warm_up.fraction)
    assert fractions == sorted(fractions)
    assert fractions[0] < 0.2
    assert generator.warm_up.finished


def test_every_frame_has_its_own_features(recorded, replays, inputs, features):
    for found, expected in zip(recorded.encode(inputs), features, strict=True):
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)
    assert replays == [FRAME] * len(inputs)


def test_what_cannot_be_recorded_is_computed_each_time(
    small, questions, alone, inputs, features, tapes, monkeypatch, caplog
):
    def refuse(function, device, pool=None):
        raise RuntimeError("capture not permitted")

    monkeypatch.setattr(graphs, "capture", refuse)
    generator = Generator(small, max_batch=2, max_text=40, max_new_tokens=30)
    generator.warm_up.run()
    assert not generator.graphed
    assert answered(generator, questions[:2]) == alone[:2]
    assert torch.equal(generator.encode(inputs[:1])[0], features[0])
    warnings = [r for r in caplog.records if r.levelname == "WARNING"]
    assert len(warnings) == len(generator.warm_up._shapes)
    assert "capture not permitted" in warnings[0].getMessage()


def test_no_memory_for_a_graph_leaves_the_others(
    small, questions, alone, tapes, monkeypatch, caplog
):
    tried = []

    def scarce(function, device, pool=None):
        tried.append(function)
        if len(tried) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return tape.capture(function, device, pool)

    monkeypatch.setattr(graphs, "capture", scarce)
    generator = Generator(small, max_batch=4, max_text=40, max_new_tokens=30)
    generator.warm_up.run()
    assert generator.graphed
    assert answered(generator, questions[:4]) == alone[:4]
    assert len(generator._graphs._recorded) == len(tried) - 1
    assert "no memory to record" in caplog.text


class TestTape:
    """The stand-in is as strict as what it stands for."""

    @pytest.mark.parametrize(
        "function",
        [
            lambda x: torch.full((2,), x[0].item()),
            lambda x: x[x > 1],
            lambda x: x.nonzero(),
            lambda x: x + torch.tensor([1.0, 2.0]),
            lambda x: torch.zeros(int(x.sum())),
            lambda x: x if x.max() > 1 else -x,
        ],
    )
    @pytest.mark.parametrize("inference", [True, False])
    def test_refuses_what_waits_for_values(self, function, inference):
        x = torch.tensor([1.0, 2.0])
        with torch.inference_mode(inference), pytest.raises(RuntimeError, match="not permitted"):
            tape.capture(lambda: (function(x),), CPU)

    def test_reads_its_inputs_and_runs_no_python(self, tapes):
        x, factor = torch.ones(2), 2

        def function():
            return (x * factor,)

        recorded = Graphs(CPU)
        with torch.inference_mode():
            recorded.record("key", function)
        x.fill_(5)
        factor = 3
        assert recorded.replay("key")[0].tolist() == [10, 10]
        x = torch.zeros(2)  # a new tensor is not the recorded one
        assert recorded.replay("key")[0].tolist() == [10, 10]

    def test_results_are_gone_with_the_next_replay(self, tapes):
        x = torch.ones(2)
        recorded = Graphs(CPU)
        with torch.inference_mode():
            recorded.record("a", lambda: (x + 1,))
            recorded.record("b", lambda: (x + 2,))
        (first,) = recorded.replay("a")
        recorded.replay("b")
        assert first.isnan().all()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("compiled", [False, True])
def test_cuda_graphs_equal_plain_steps(golden, compiled, questions, alone, inputs, features):
    from dataclasses import replace

    from hispatial_ros.vlm.checkpoint import load_model

    model = load_model(golden / "small", "cuda")
    generator = Generator(model, max_text=40, max_new_tokens=30, compiled=compiled)
    generator.try_out()
    there = [replace(q, features=q.features.to("cuda")) for q in questions[:4]]
    assert answered(generator, there) == alone[:4]
    generator.warm_up.run()
    assert generator.graphed
    assert len(generator._graphs._recorded) == len(generator.warm_up._shapes)
    assert answered(generator, there) == alone[:4]
    for found, expected in zip(generator.encode(inputs), features, strict=True):
        torch.testing.assert_close(found.cpu(), expected, atol=1e-4, rtol=1e-3)
