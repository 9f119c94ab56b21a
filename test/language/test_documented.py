"""What the documentation says can be asked is understood."""

import re
from pathlib import Path

import pytest

from hispatial_ros.language.parse import parse

TEXT = (Path(__file__).parents[2] / "docs" / "questions.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"`([A-Z][^`]+ [^`]+)`", " ".join(TEXT.split("What is refused")[0].split()))
LABELS = ["blue mug", "globe", "chair", "striped board", "green bottle", "tall green bottle"]


@pytest.mark.parametrize("question", EXAMPLES)
def test_documented_question_is_understood(question):
    parse(question, LABELS)


def test_examples_were_found():
    assert len(EXAMPLES) > 30
