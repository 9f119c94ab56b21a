"""A language model may reword, and nothing else."""

import json

import pytest

from hispatial_ros.dataset.capture import Capture
from hispatial_ros.dataset.chat import Chat
from hispatial_ros.dataset.rewrite import PROMPT, Rewriter, same_question
from hispatial_ros.dataset.sample import make_sample
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.files import load_frame, load_regions
from test.dataset.conftest import DESK, FAST

NAMES = ["the red mug", "the lamp", "the lamp on the left"]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("Tell me, is the red mug left of the lamp?", True),
        ("Is the red mug found to the left of the lamp?", True),
        ("Is the lamp left of the red mug?", False),
        ("Is the red mug right of the lamp?", False),
        ("Is the red mug not left of the lamp?", False),
        ("Isn't the red mug left of the lamp?", False),
        ("Is the mug left of the lamp?", False),
        ("Is the red mug left of the lamp on the left?", False),
        ("Is the red mug left of the lamp by 2 m?", False),
        ("", False),
    ],
)
def test_what_counts_as_the_same(other, same):
    assert same_question("Is the red mug to the left of the lamp?", other, NAMES) == same


@pytest.fixture(scope="module")
def sample():
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    return make_sample("desk", Capture(frame, load_regions(DESK / "regions.json")), FAST)


def rewrite(server, sample):
    reply = server.reply
    server.reply = lambda text, pictures: reply(json.loads(text.removeprefix(PROMPT)))
    return Rewriter(Chat(server.address, "any")).rewrite(sample.pairs, sample.references)


def test_good_rewordings_are_taken_bad_ones_not(server, sample):
    def reply(questions):
        texts = [f"Kindly say: {q}" if n % 2 else f"{q} Or 7?" for n, q in enumerate(questions)]
        return f"Sure!\n```json\n{json.dumps(texts)}\n```"

    server.reply = reply
    made = rewrite(server, sample)
    changed = [new.question != old.question for new, old in zip(made, sample.pairs, strict=True)]
    assert 0.4 < sum(changed) / len(changed) < 0.6
    for new, old in zip(made, sample.pairs, strict=True):
        assert (new.answer, new.response) == (old.answer, old.response)
        assert new.prompt.removeprefix(new.question) == old.prompt.removeprefix(old.question)
        assert "7?" not in new.question


@pytest.mark.parametrize("reply", ["no JSON", "[1, 2]", "[]", "null"])
def test_useless_replies_change_nothing(server, sample, reply):
    server.reply = lambda questions: reply
    assert rewrite(server, sample) == sample.pairs


def test_an_address_that_does_not_answer(sample):
    with pytest.raises(SpatialError, match="--rewrite-url"):
        Rewriter(Chat("http://127.0.0.1:1/v1", "any")).rewrite(sample.pairs, sample.references)
