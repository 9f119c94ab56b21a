"""The written reference, parameter file, launch file and RViz configuration fit the node."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from hispatial_ros.ros.parameters import TABLE
from hispatial_ros.ros.reference_docs import FILES
from hispatial_ros.ros.topics import INPUTS, OUTPUTS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_files_are_up_to_date(path):
    command = "python -m hispatial_ros.ros.reference_docs --write"
    assert (ROOT / path).read_text() == FILES[path](), f"run {command}"


def test_the_parameter_file_holds_every_parameter_with_its_default():
    nested = yaml.safe_load((ROOT / "config/hispatial.yaml").read_text())
    assert dict(flatten(nested["/**"]["ros__parameters"])) == {p.name: p.default for p in TABLE}


def test_the_node_starts_with_the_parameter_file(make_graph):
    graph = make_graph(["--ros-args", "--params-file", str(ROOT / "config/hispatial.yaml")])
    assert graph.node.state == "active"


@pytest.mark.parametrize("path", sorted((ROOT / "launch").glob("*.xml")), ids=lambda p: p.name)
def test_launch_files_name_what_exists(path):
    launch = ET.parse(path).getroot()
    node = next(n for n in launch.iter("node") if n.get("exec") == "spatial_node")
    inputs = {topic.name for topic in INPUTS}
    assert {r.get("from") for r in node.findall("remap")} <= inputs
    parameters = {p.name for p in TABLE} | {"use_sim_time"}
    assert {p.get("name") for p in node.findall("param") if p.get("name")} <= parameters
    arguments = {a.get("name") for a in launch.findall("arg")}
    used = set(re.findall(r"\$\(var (\w+)\)", path.read_text()))
    assert used == arguments
    assert all(a.get("description") for a in launch.findall("arg"))
    for file in re.findall(r"\$\(find-pkg-share hispatial_ros\)/(\S+?)\"", path.read_text()):
        assert (ROOT / file).is_file()


def test_rviz_shows_what_is_published():
    config = yaml.safe_load((ROOT / "config/hispatial.rviz").read_text())
    shown = {
        display["Topic"]["Value"]
        for display in config["Visualization Manager"]["Displays"]
        if "Topic" in display
    }
    assert shown == {"hispatial/points", "hispatial/markers", "hispatial/annotated_image"}
    assert {f"~/{topic.split('/')[1]}" for topic in shown} <= {topic.name for topic in OUTPUTS}


def flatten(tree, prefix=""):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
