"""What messages tell the operator to set exists: "the parameter NAME" names a parameter."""

import ast
import re
from pathlib import Path

import hispatial_ros
from hispatial_ros.settings.settings import BY_NAME

ROOT = Path(hispatial_ros.__file__).parent
OUTSIDE = ("intake", "frame")
NAMED = re.compile(r"\bparameter ([a-z][\w.]*\w)")
PLAIN = re.compile(r"\bthe ([\w.]+) parameter\b")  # the way we do not say it
OTHERS = ("qos_overrides", "use_sim_time")  # of rclpy, not of ours


def texts(path):
    """Every string of a module that is not a docstring; ``{}`` for what is filled in."""
    tree = ast.parse(path.read_text())
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # docstrings
            skipped.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            skipped.update(map(id, node.values))
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = (v.value if isinstance(v, ast.Constant) else "{}" for v in node.values)
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def found(pattern):
    return [
        (str(path.relative_to(ROOT)), name)
        for path in sorted(ROOT.rglob("*.py"))
        for text in texts(path)
        for name in pattern.findall(text)
    ]


def test_every_parameter_named_in_a_message_exists():
    named = found(NAMED)
    assert {
        (path, name) for path, name in named if name not in BY_NAME and not name.startswith(OTHERS)
    } == set()
    # The search finds something, outside ros/ too.
    assert {name for path, name in named if Path(path).parts[0] in OUTSIDE} >= {
        "max_image_pixels",
        "max_frame_age",
        "max_name_length",
        "max_outline_points",
        "max_regions",
        "sync.history",
        "sync.slop",
    }


def test_messages_name_parameters_in_one_way():
    """Or the test above would not find them."""
    assert found(PLAIN) == []
