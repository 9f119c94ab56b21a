"""The written reference, parameter file and RViz configuration fit the node."""

from pathlib import Path

import pytest
import yaml

from hispatial_ros.errors import ErrorCode
from hispatial_ros.ros.tools.reference_docs import FILES
from hispatial_ros.ros.topics import OUTPUTS
from hispatial_ros.settings.settings import TABLE

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_files_are_up_to_date(path):
    command = "python -m hispatial_ros.ros.tools.reference_docs --write"
    assert (ROOT / path).read_text() == FILES[path](), f"run {command}"


def test_every_error_code_is_explained():
    text = (ROOT / "docs/reference.md").read_text()
    for code in ErrorCode:
        assert f"| {int(code)} | `{code.name}` |" in text


def test_the_parameter_file_holds_every_parameter_with_its_default():
    nested = yaml.safe_load((ROOT / "config/hispatial.yaml").read_text())
    assert dict(flatten(nested["/**"]["ros__parameters"])) == {p.name: p.default for p in TABLE}


def test_the_node_starts_with_the_parameter_file(make_graph):
    graph = make_graph(["--ros-args", "--params-file", str(ROOT / "config/hispatial.yaml")])
    assert graph.node.state == "active"


def test_rviz_shows_what_is_published():
    config = yaml.safe_load((ROOT / "config/hispatial.rviz").read_text())
    shown = {
        display["Topic"]["Value"]
        for display in config["Visualization Manager"]["Displays"]
        if "Topic" in display
    }
    topics = ("points", "markers", "annotated_image")  # the target is a marker, and goes with it
    assert shown == {f"hispatial/{topic}" for topic in topics}
    assert {f"~/{topic.split('/')[1]}" for topic in shown} <= {topic.name for topic in OUTPUTS}


def flatten(tree, prefix=""):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
