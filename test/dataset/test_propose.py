"""Problems of a language model are kept only if the facts say the same."""

import json

import numpy as np
import pytest

from hispatial_ros.cli.main import main
from hispatial_ros.dataset.chat import Chat
from hispatial_ros.dataset.facts import Fact, Number
from hispatial_ros.dataset.propose import Proposer, Refused, Shown, checked, shown_facts
from hispatial_ros.dataset.referring import Reference
from hispatial_ros.dataset.shards.read import read_dataset
from hispatial_ros.dataset.world import Quantity
from test.dataset.conftest import DESK

REFERENCES = [
    Reference("the mug", "class", "mug"),
    Reference("the box 2", "class", "box 2"),
    Reference("the lamp", "box", "lamp"),
]
SHOWN = {
    "F1": Shown("F1", "width of the mug", Quantity(0.10, 0.002), (0,)),
    "F2": Shown("F2", "width of the box 2", Quantity(0.30, 0.003), (1,)),
    "F3": Shown("F3", "gap between the mug and the box 2", Quantity(0.50, 0.01), (0, 1)),
}
GOOD = {
    "question": "Would the mug and the box 2 side by side fit into the gap between them?",
    "facts": ["F1", "F2", "F3"],
    "formula": "F1 + F2 < F3",
    "plan": "add the widths of the mug and the box 2 and compare with the gap",
    "reasoning": "0.10m + 0.30m = 0.40m, which is less than 0.50m",
    "answer": "yes",
}
LENGTH = GOOD | {
    "formula": "F3 - F1 - F2",
    "answer": "0.10m",
    "question": "How much of the gap is left if the mug and the box 2 stand in it?",
    "reasoning": "0.50m - 0.10m is 0.40m; less 0.30m that is 0.10m",
}


def test_a_problem_that_the_facts_bear_out_is_kept_with_its_steps():
    pair = checked(GOOD, SHOWN, REFERENCES, 0.95)
    assert (pair.answer, pair.format) == ("Yes.", "yes/no")
    assert pair.probability > 0.99
    assert pair.response.splitlines() == [
        "Step1 Plan: add the widths of the mug and the box 2 and compare with the gap.",
        "Step2 Facts: width of the mug is 0.10m; width of the box 2 is 0.30m; gap between the mug "
        "and the box 2 is 0.50m.",
        "Step3 Reasoning: 0.10m + 0.30m = 0.40m, which is less than 0.50m.",
        "Step4 Final answer: Yes.",
    ]
    assert checked(LENGTH, SHOWN, REFERENCES, 0.5).answer == "0.10m"


@pytest.mark.parametrize(
    ("base", "change", "reason"),
    [
        (GOOD, {"answer": "no"}, "its answer differs from the facts"),
        (GOOD, {"formula": "F1 + F2 > F3"}, "its answer differs from the facts"),
        (LENGTH, {"answer": "0.20m"}, "its answer differs from the facts"),
        (LENGTH, {}, "it is not sure enough"),
        (GOOD, {"formula": "F1 + F2 + 0.099 < F3"}, "it is not sure enough"),
        (GOOD, {"reasoning": "0.10m + 0.30m = 0.45m"}, "it has a number that is no fact"),
        (
            GOOD,
            {"question": f"{GOOD['question']} It is 3m away."},
            "it has a number that is no fact",
        ),
        (GOOD, {"question": "Would they fit?"}, "it does not name its objects"),
        (GOOD, {"facts": ["F1", "F2"]}, "its formula does not use its facts"),
        (GOOD, {"formula": "F1 < 0.5", "facts": ["F1"]}, "its formula does not use its facts"),
        (GOOD, {"formula": "F1 + F2 <"}, "its formula is none"),
        (GOOD, {"formula": "F1 + F2 + F3 + F9 < F3"}, "its formula is none"),
        (GOOD, {"formula": "F1 < F2 < F3"}, "its formula is none"),
        (GOOD, {"formula": "__import__('os').system(F1 + F2 + F3)"}, "its formula is none"),
        (GOOD, {"formula": "F1 / (F2 - F2) < F3"}, "its formula is none"),
        (GOOD, {"formula": f"F1 + F2 + {'9' * 400} < F3"}, "its formula is none"),
        (GOOD, {"formula": "(" * 250 + "F1" + ")" * 249}, "its formula is none"),
        (GOOD, {"formula": "min() + F1 + F2 + F3"}, "its formula is none"),
        (GOOD, {"formula": "F1 ** F2 < F3"}, "its formula is none"),
        (GOOD, {"plan": 7}, "it is no problem"),
        (GOOD, {"plan": "a\x07b"}, "it is no problem"),
        (GOOD, {"facts": "F1"}, "it is no problem"),
    ],
)
def test_what_differs_from_the_facts_is_dropped(base, change, reason):
    with pytest.raises(Refused, match=reason):
        checked(base | change, SHOWN, REFERENCES, 0.95)


@pytest.mark.parametrize("problem", [None, 3, [], "x", {}])
def test_what_is_no_problem_is_dropped(problem):
    with pytest.raises(Refused, match="no problem"):
        checked(problem, SHOWN, REFERENCES, 0.95)


def test_what_two_sides_share_cancels():
    sides = GOOD | {"formula": "F3 + F1 > F3 - F1", "facts": ["F1", "F3"], "reasoning": "so it is"}
    assert checked(sides, SHOWN, REFERENCES, 0.95).probability > 0.999


def test_only_sure_lengths_of_named_objects_are_shown():
    facts = [
        Fact("object_width", 1, (0,), Number(Quantity(0.1, 0.001))),
        Fact("object_width", 1, (1,), Number(Quantity(0.3, 0.3))),
        Fact("object_width", 1, (2,), Number(Quantity(0.3, 0.001))),
    ]
    shown = list(shown_facts(facts, REFERENCES, np.random.default_rng(0), 0.95))
    assert [each.line for each in shown] == ["width of the mug is 0.10m"]


def test_problems_from_the_command_line(server, tmp_path):
    def reply(text, pictures):
        """The least and the largest of the facts compared, rightly and wrongly."""
        lines = [line.split(": ", 1) for line in text.split("Facts:\n")[1].splitlines()]
        (a, one), (b, other) = sorted(lines, key=lambda e: float(e[1].split()[-1][:-1]))[
            :: len(lines) - 1
        ]
        problem = {
            "question": f"Is the {one.split(' is ')[0]} less than the {other.split(' is ')[0]}?",
            "facts": [a, b],
            "formula": f"{a} < {b}",
            "plan": "compare the two",
            "reasoning": f"{one.split()[-1]} is less than {other.split()[-1]}",
            "answer": "yes",
        }
        return json.dumps([problem, problem | {"answer": "no"}, "nonsense"])

    server.reply = reply
    arguments = ["dataset", "build", "--source", str(DESK), "--workers", "1", "--per-type", "2"]
    arguments += ["--propose-url", server.address, "--propose-model", "any"]
    assert main([*arguments, "--out", str(tmp_path)]) == 0
    summary = json.loads((tmp_path / "dataset.json").read_text())
    assert summary["proposed"] == {
        "it is no problem": 1,
        "its answer differs from the facts": 1,
        "kept": 1,
    }
    (sample,) = read_dataset(tmp_path)
    (pair,) = (p for p in sample.about["pairs"] if p["type"] == "proposed")
    assert pair["level"] == 3
    assert pair["response"].endswith("Step4 Final answer: Yes.")


def test_nothing_is_asked_without_facts(server):
    server.reply = None
    made = Proposer(Chat(server.address, "any"), 3).propose(
        [], REFERENCES, np.random.default_rng(0), 0.95
    )
    assert made == ([], {})
