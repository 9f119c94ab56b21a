"""Answers in a batch are the answers alone, whoever comes, goes or is cancelled meanwhile."""

import random

import pytest
import torch

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.generate import Finish, GenerationRequest, Generator


@pytest.fixture
def generator(small):
    return Generator(small, max_batch=4, max_text=40, max_new_tokens=30)


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
    prefill = generator._decoder._prefill

    def limited(features, *arguments):
        if len(features) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return prefill(features, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(generator._decoder, "_prefill", limited)
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
    generator.try_out()
    generator.warm_up.run()
    assert generator.under_way == 0
    assert finish(generator, generator.add([questions[0]])[0]).tokens == alone[0]


def test_what_is_prepared_while_tokens_are_computed_changes_nothing(
    generator, questions, alone, inputs
):
    answers = generator.start(questions[:2])
    assert [answer.tokens for answer in answers] == [[], []]
    generator.prepare(inputs[0])
    generator.collect()
    assert [answer.tokens for answer in answers] == [tokens[:1] for tokens in alone[:2]]
    while generator.under_way:
        generator.start_step()
        generator.prepare(inputs[1])
        generator.collect()
    generator.collect()  # again: nothing happens
    assert [answer.tokens for answer in answers] == alone[:2]


@pytest.mark.parametrize("which", [0, 1])
def test_cancelled_while_a_token_is_computed(generator, questions, alone, which):
    long = sorted(range(len(questions)), key=lambda i: -questions[i].max_new_tokens)[:2]
    answers = generator.add([questions[i] for i in long])
    generator.start_step()
    generator.cancel(answers[which])
    assert answers[which].tokens == alone[long[which]][:1]
    finish(generator, answers[1 - which])
    assert answers[which].tokens == alone[long[which]][:1]
    assert answers[1 - which].tokens == alone[long[1 - which]]


def test_a_frame_waits_for_a_gpu_in_page_locked_memory(generator, inputs, monkeypatch):
    """Which PyTorch refuses to make of an array at once, on any machine."""
    pinned = []
    empty = torch.empty

    def allocate(*shape, pin_memory=False, **options):
        pinned.append(pin_memory)
        return empty(*shape, **options)

    monkeypatch.setattr(torch, "empty", allocate)
    generator.device = torch.device("cuda")
    prepared = generator.prepare(inputs[0])
    assert pinned == [True, True]
    assert (prepared.rgb.numpy() == inputs[0].rgb).all()
    assert (prepared.xyz.numpy() == inputs[0].xyz).all()
