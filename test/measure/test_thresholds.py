"""Every number in measure/ says its unit, what it trades and where it comes from."""

import ast
import re
from importlib import import_module
from numbers import Number
from pathlib import Path

import pytest

from hispatial_ros import measure

FOLDER = Path(measure.__path__[0])
# A whole comment: "[unit] What it is. Larger: what gets worse. Smaller: the same. Origin."
COMMENT = re.compile(
    r"\[(m|px|rad|ratio|share|quantile|sine|cosine|sigmas|sigmas\^2|samples|pixels|places|lines"
    r"|planes|hypotheses|turns|steps|bits|nats|nats px|rounds)\] [A-Z]"
)
TRADE = re.compile(r"\bLarger: .*\bSmaller: |\bLarger, smaller: as above\.")
ORIGIN = re.compile(
    r"\b(Chosen on simulated rooms|Chosen for|Derived|Sensor|Numerics|Convention)\b"
)


def constants():
    """Module, name, value and comment of what modules of measure/ assign to upper-case names."""
    for path in sorted(FOLDER.glob("*.py")):
        module = import_module(f"hispatial_ros.measure.{path.stem}")
        lines = path.read_text().splitlines()
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.Assign):
                continue
            above = node.lineno - 1
            while lines[above - 1].startswith("# "):
                above -= 1
            comment = " ".join(line[2:] for line in lines[above : node.lineno - 1])
            for target in node.targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                counted = "= range(" in lines[node.lineno - 1]  # indices, kinds
                for name in (name.id for name in names if name.id.isupper()):
                    yield path.stem, name, None if counted else getattr(module, name), comment


ALL = list(constants())
SCALARS = [
    pytest.param(value, comment, id=f"{module}.{name}")
    for module, name, value, comment in ALL
    if isinstance(value, Number)
]


@pytest.mark.parametrize(("value", "comment"), SCALARS)
def test_a_threshold_has_unit_trade_and_origin(value, comment):
    assert COMMENT.match(comment), comment
    assert ORIGIN.search(comment), comment
    assert TRADE.search(comment) or "Derived" in comment, comment


def test_no_name_is_given_twice():
    names = [name for _, name, _, _ in ALL]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_the_search_finds_them():
    assert len(SCALARS) > 80
