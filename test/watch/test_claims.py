"""What the words of a watch mean."""

import ast
import re
from pathlib import Path

import pytest

from hispatial_ros.detect.vocabulary import LABELS
from hispatial_ros.frame.region import Region
from hispatial_ros.watch.claims import Claim, OpenQuestion, Pairs, items, misnamed
from hispatial_ros.watch.hysteresis import EventKind
from hispatial_ros.watch.spec import Spec

PAGE = Path(__file__).parents[2] / "docs" / "watches.md"


def documented():
    (row,) = [x for x in PAGE.read_text().splitlines() if x.startswith("| `condition` |")]
    return re.findall(r"`([^`]+)`", row)[1:]


@pytest.mark.parametrize("condition", documented())
@pytest.mark.parametrize(
    "known", [(), ("mug", "table", "person", "box", "red chair", "green chair")]
)
def test_documented_conditions_are_understood(condition, known):
    assert items(Spec("w", condition=condition), known) == (Claim(condition),)


def test_names_are_understood_before_the_first_regions():
    """What the built-in detector could see is then all that is known."""
    condition = "purple chair closer than 1.8 m"
    assert items(Spec(name="near", condition=condition), LABELS) == (Claim(condition),)


def test_items():
    assert items(Spec("w", "How far is the mug?")) == (OpenQuestion("How far is the mug?"),)
    assert items(Spec("w", "Is the mug on the table?")) == (Claim("Is the mug on the table?"),)
    assert items(Spec("w", labels=("mug", "cup"))) == (Pairs(("mug", "cup")),)
    assert items(Spec("w", labels=("mug", "cup"), condition="closer than 1 m")) == (
        Claim("mug closer than 1 m"),
        Claim("cup closer than 1 m"),
    )
    both = Spec("w", "Is the mug on the table?", condition="mug closer than 1 m")
    assert items(both) == (OpenQuestion("Is the mug on the table?"), Claim("mug closer than 1 m"))


def test_the_example_on_the_page_is_python_with_names_that_exist():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    tree = ast.parse(code)
    kinds = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr.isupper()}
    assert kinds <= {kind.name for kind in EventKind} | {"ADD", "TRANSIENT_LOCAL"}
    assert {"ENTERED", "LEFT", "LOST"} <= kinds


KNOWN = ("globe", "blue mug", "purple chair", "yellow chair")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (Spec("w", condition="globe closer than 1 m"), ()),
        (Spec("w", condition="zebra closer than 1 m"), ("'zebra' is none of the known objects",)),
        (Spec("w", condition="globe left of zebra"), ("'zebra'",)),
        (Spec("w", condition="any zebra closer than 1 m"), ("'zebra'",)),
        (Spec("w", condition="anything closer than 1 m"), ()),
        (Spec("w", condition="any chair closer than 1 m"), ()),
        (Spec("w", condition="chair closer than 1 m"), ("'chair' may be",)),
        (Spec("w", question="How far is the zebra?"), ("'zebra'",)),
        (Spec("w", labels=("globe", "gloob", "zebra")), ("'gloob'", "'zebra'")),
        (Spec("w", labels=("zebra",), condition="closer than 1 m"), ("'zebra'",)),
        (Spec("w", condition="gate closer than 1 m", regions=(Region("gate", (0, 0, 9, 9)),)), ()),
        (
            Spec("w", condition="globe closer than 1 m", regions=(Region("gate", (0, 0, 9, 9)),)),
            ("'globe'",),
        ),
    ],
    ids=str,
)
def test_names_that_stand_for_nothing_are_told(spec, words):
    found = misnamed(spec, KNOWN)
    assert len(found) == len(words)
    for text, word in zip(found, words, strict=True):
        assert word in text


def test_where_nothing_is_known_a_detector_is_asked_for():
    (reason,) = misnamed(Spec("w", condition="globe closer than 1 m"), ())
    assert "start a detector" in reason
