"""Answers in a batch are the answers alone, whoever comes, goes or is cancelled meanwhile."""

import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm import graphs
from hispatial_ros.vlm.decoder import CAPACITY_STEP
from hispatial_ros.vlm.generate import Finish, GenerationRequest, Generator
from hispatial_ros.vlm.graphs import StepGraphs
from hispatial_ros.vlm.inputs import ModelInput


@pytest.fixture(scope="module")
def inputs(small):
    rng = np.random.default_rng(0)
    size = small.image_size
    return [
        ModelInput(
            rng.integers(0, 256, (size, size, 3)).astype(np.uint8),
            rng.uniform(0, 5, (4, size, size)).astype(np.float32),
        )
        for _ in range(3)
    ]


@pytest.fixture(scope="module")
def features(small, inputs):
    return Generator(small, max_batch=1).encode(inputs)


@pytest.fixture
def generator(small):
    return Generator(small, max_batch=4, max_text=40, max_new_tokens=30)


@pytest.fixture(scope="module")
def questions(features):
    """Enough variety that a mix-up of rows or positions shows in the tokens."""
    rng = random.Random(1)
    return [
        GenerationRequest(
            features[i % len(features)],
            [2, *rng.choices(range(5, 260), k=rng.randint(1, 38))],
            rng.randint(1, 20),
            stop_at_eos=False,
        )
        for i in range(24)
    ]


@pytest.fixture(scope="module")
def alone(small, questions):
    """Tokens of every question asked alone."""
    generator = Generator(small, max_batch=1, max_text=40, max_new_tokens=30)
    return [finish(generator, generator.add([question])[0]).tokens for question in questions]


def finish(generator, answer):
    while answer.finish is None:
        generator.step()
    return answer


def test_answers_differ_between_questions(alone):
    assert len({tuple(tokens) for tokens in alone}) > len(alone) // 2


def test_features_do_not_depend_on_what_is_encoded_together(generator, inputs):
    together = generator.encode(inputs)
    for prepared, features in zip(inputs, together, strict=True):
        torch.testing.assert_close(generator.encode([prepared])[0], features)
    assert not torch.allclose(together[0], together[1], atol=1e-2)


def test_a_batch_gives_the_same_tokens_as_one_at_a_time(generator, questions, alone):
    answers = generator.add(questions[:4])
    while generator.under_way:
        generator.step()
    assert [answer.tokens for answer in answers] == alone[:4]
    assert {answer.finish for answer in answers} == {Finish.LENGTH}


@pytest.mark.parametrize("seed", range(6))
def test_joining_finishing_and_cancelling_do_not_disturb_others(generator, questions, alone, seed):
    rng = random.Random(seed)
    waiting = list(range(len(questions)))
    rng.shuffle(waiting)
    answers, cancelled = {}, set()
    while waiting or generator.under_way:
        room = generator.max_batch - generator.under_way
        if waiting and room and rng.random() < 0.7:
            chosen = [waiting.pop() for _ in range(min(len(waiting), rng.randint(1, room)))]
            added = generator.add([questions[i] for i in chosen])
            answers.update(zip(chosen, added, strict=True))
        for i, answer in answers.items():
            if answer.finish is None and rng.random() < 0.03:
                generator.cancel(answer)
                cancelled.add(i)
        generator.step()
    assert len(answers) == len(questions)
    for i, answer in answers.items():
        if i in cancelled:
            assert answer.finish is Finish.CANCELLED
            assert answer.tokens == alone[i][: len(answer.tokens)]
        else:
            assert answer.tokens == alone[i]


def test_cancelled_answers_gain_no_token(generator, questions):
    first, second = generator.add([questions[0], questions[2]])
    generator.cancel(first)
    count = len(first.tokens)
    generator.step()
    assert len(first.tokens) == count
    assert first.finish is Finish.CANCELLED
    assert generator.under_way == (second.finish is None)
    generator.cancel(first)  # again: nothing happens


def test_cancelling_one_leaves_the_others(generator, questions, alone):
    long = max(range(len(questions)), key=lambda i: questions[i].max_new_tokens)
    question = questions[long]
    other = questions[0 if long else 1]
    cancelled, kept = generator.add(
        [GenerationRequest(question.features, question.text, 20, stop_at_eos=False), other]
    )
    while generator.under_way:
        if len(cancelled.tokens) == 3:
            generator.cancel(cancelled)
        generator.step()
    assert cancelled.tokens == alone[long][:3]
    assert cancelled.finish is Finish.CANCELLED
    assert kept.tokens == alone[0 if long else 1]


def test_end_of_sequence_ends_the_answer_and_is_not_part_of_it(small, questions, alone):
    i = next(i for i, tokens in enumerate(alone) if len(set(tokens)) > 2)
    stop = next(token for token in alone[i] if token != alone[i][0])
    generator = Generator(small, max_text=40, max_new_tokens=30)
    generator._eos = {stop}
    question = questions[i]
    answer = generator.add([GenerationRequest(question.features, question.text, 20)])
    finish(generator, answer[0])
    assert answer[0].finish is Finish.EOS
    assert answer[0].tokens == alone[i][: alone[i].index(stop)]
    generator._eos = {alone[i][0]}
    (empty,) = generator.add([GenerationRequest(question.features, question.text, 20)])
    assert (empty.tokens, empty.finish, generator.under_way) == ([], Finish.EOS, 0)


def test_limits(generator, questions, features):
    def code(text, count):
        with pytest.raises(SpatialError) as error:
            generator.add([questions[0], GenerationRequest(features[0], text, count)])
        return error.value.code

    assert code([2] * 41, 5) is ErrorCode.BAD_QUESTION
    assert code([2] * 5, 31) is ErrorCode.BAD_QUESTION
    assert code([2] * 5, 0) is ErrorCode.BAD_QUESTION
    assert generator.under_way == 0
    longest = GenerationRequest(features[0], [2] * 40, 30, stop_at_eos=False)
    assert len(finish(generator, generator.add([longest])[0]).tokens) == 30
    with pytest.raises(ValueError, match="5 questions"):
        generator.add([questions[0]] * 5)


def test_lack_of_memory_leaves_everything_as_it_was(generator, questions, alone, monkeypatch):
    question = max(range(12), key=lambda i: questions[i].max_new_tokens)
    (running,) = generator.add([questions[question]])
    model = type(generator.model.model.language_model)
    forward = model.forward

    def limited(self, *, inputs_embeds, **options):
        if inputs_embeds.shape[0] > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(self, inputs_embeds=inputs_embeds, **options)

    with monkeypatch.context() as patch:
        patch.setattr(model, "forward", limited)
        with pytest.raises(torch.OutOfMemoryError):
            generator.add(questions[12:14])
        assert generator.under_way == 1
        generator.step()
    others = generator.add(questions[12:14])
    while generator.under_way:
        generator.step()
    assert running.tokens == alone[question]
    assert [other.tokens for other in others] == alone[12:14]


def test_warm_up_leaves_nothing_behind(generator, questions, alone):
    progress = []
    generator.warm_up(progress.append)
    assert progress[-1] == 1.0
    assert generator.under_way == 0
    assert finish(generator, generator.add([questions[0]])[0]).tokens == alone[0]


class Interpreted(StepGraphs):
    """Records by remembering, replays by running: a graph's semantics without a GPU."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.shapes = []

    def _capture(self, step, tokens, positions, capacity):
        self.shapes.append((len(tokens), capacity))
        output = step(tokens, positions, capacity)
        return SimpleNamespace(
            replay=lambda: output.copy_(step(tokens, positions, capacity))
        ), output


@pytest.fixture
def graphed(generator):
    decoder = generator._decoder
    decoder._graphs = Interpreted([decoder._step], generator.max_batch, generator.device)
    return generator


def test_recorded_steps_with_padded_rows_and_lengths_give_the_same_tokens(
    graphed, questions, alone
):
    assert graphed.graphed
    answers = graphed.add(questions[:3])
    while graphed.under_way:
        graphed.step()
    assert [answer.tokens for answer in answers] == alone[:3]
    shapes = graphed._decoder._graphs.shapes
    assert len(shapes) == len(set(shapes)) <= 3  # every shape once: 3 rows as 4, then 2, 1
    assert {capacity % CAPACITY_STEP for _, capacity in shapes} == {0}


def test_warm_up_records_every_shape(graphed, questions, alone):
    graphed.warm_up()
    steps = graphed._decoder._graphs
    recorded = list(steps.shapes)
    assert {batch for batch, _ in recorded} == {1, 2, 4}
    test_a_batch_gives_the_same_tokens_as_one_at_a_time(graphed, questions, alone)
    assert steps.shapes == recorded


@pytest.mark.parametrize("seed", range(3))
def test_recorded_steps_while_others_join_and_leave(graphed, questions, alone, seed):
    test_joining_finishing_and_cancelling_do_not_disturb_others(graphed, questions, alone, seed)


def test_a_step_can_be_compiled_as_one_graph(generator, questions):
    decoder = generator._decoder
    answers = generator.add(questions[:2])
    tokens = torch.tensor([answer.tokens[-1] for answer in answers])
    positions = torch.tensor([generator._prompt_length(answer.request) for answer in answers])
    # Without a backend: whether the compiler can follow the code, not what it makes of it.
    compiled = torch.compile(decoder._step, backend="eager", fullgraph=True, dynamic=True)
    with torch.inference_mode():
        plain = decoder._step(tokens, positions, CAPACITY_STEP)
        assert compiled(tokens, positions, CAPACITY_STEP).tolist() == plain.tolist()


def test_what_can_not_be_recorded_gives_way_to_what_can(generator, questions, alone, caplog):
    decoder = generator._decoder
    failures = iter(["no C compiler", "capture not permitted"])

    def broken(*arguments):
        raise RuntimeError(next(failures))

    class Unrecordable(Interpreted):
        def _capture(self, step, *arguments):
            return broken() if step == decoder._step else step(*arguments)

    decoder._graphs = Unrecordable([broken, decoder._step], 4, generator.device)
    test_a_batch_gives_the_same_tokens_as_one_at_a_time(generator, questions, alone)
    assert not generator.graphed
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert "no C compiler" in caplog.text


def test_recorded_encoding_gives_every_frame_its_own_features(generator, inputs, monkeypatch):
    def interpreted(function, device):
        result = function()
        return SimpleNamespace(replay=lambda: result.copy_(function())), result

    monkeypatch.setattr(graphs, "record", interpreted)
    plain = generator.encode(inputs)
    generator._encode = graphs.GraphedFunction(generator._encode_image)
    for a, b in zip(plain, generator.encode(inputs), strict=True):
        assert torch.equal(a, b)


def test_encoding_that_can_not_be_recorded_runs_plainly(generator, inputs, monkeypatch, caplog):
    def refuse(function, device):
        raise RuntimeError("capture not permitted")

    monkeypatch.setattr(graphs, "record", refuse)
    plain = generator.encode(inputs)
    generator._encode = graphs.GraphedFunction(generator._encode_image)
    for a, b in zip(plain, generator.encode(inputs), strict=True):
        assert torch.equal(a, b)
    assert caplog.text.count("capture not permitted") == 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("compiled", [False, True])
def test_cuda_graphs_equal_plain_steps(golden, compiled, questions):
    from hispatial_ros.vlm.checkpoint import load_model

    model = load_model(golden / "small", "cuda")
    tokens = []
    for recorded in (False, True):
        generator = Generator(
            model, max_text=40, max_new_tokens=30, graphs=recorded, compiled=compiled
        )
        answers = generator.add(
            [
                GenerationRequest(q.features.to("cuda"), q.text, q.max_new_tokens, False)
                for q in questions[:4]
            ]
        )
        while generator.under_way:
            generator.step()
        assert generator.graphed == recorded
        tokens.append([answer.tokens for answer in answers])
    assert tokens[0] == tokens[1]
