"""The launch file and the camera profiles name what the node has, read without `launch`."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from hispatial_ros.ros.topics import INPUTS, TRANSPORTS
from hispatial_ros.settings.settings import BY_NAME

ROOT = Path(__file__).parents[2]
LAUNCH = ROOT / "launch" / "hispatial.launch.xml"
PROFILES = sorted((ROOT / "config" / "cameras").glob("*.yaml"))
CAMERAS = [profile.stem for profile in PROFILES]
VARIABLE = re.compile(r"\$\(var ([\w.]+)\)")


@pytest.fixture(scope="module")
def launch():
    return ET.parse(LAUNCH).getroot()


@pytest.fixture(scope="module")
def node(launch):
    return next(n for n in launch.iter("node") if n.get("exec") == "spatial_node")


def argument(launch, name):
    return next(a for a in launch.findall("arg") if a.get("name") == name)


def choices(launch, name):
    return [choice.get("value") for choice in argument(launch, name).findall("choice")]


def topics(launch, camera):
    """Input of the node -> topic that the launch file gives it for a camera."""
    condition = f"$(equals $(var camera) {camera})"
    variables = {let.get("name"): let.get("value") for let in launch.findall("let")}
    for group in launch.findall("group"):
        if group.get("if") == condition:
            variables |= {let.get("name"): let.get("value") for let in group.findall("let")}
    for arg in launch.findall("arg"):
        default = arg.get("default", "")
        variables[arg.get("name")] = VARIABLE.sub(lambda m: variables.get(m[1], m[0]), default)
    node = next(n for n in launch.iter("node") if n.get("exec") == "spatial_node")
    return {
        remap.get("from"): VARIABLE.sub(lambda m: variables[m[1]], remap.get("to"))
        for remap in node.findall("remap")
    }


def parameters(profile):
    return dict(flatten(yaml.safe_load(profile.read_text())["/**"]["ros__parameters"]))


def flatten(tree, prefix=""):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def test_every_camera_has_a_profile_and_every_profile_is_a_choice(launch):
    assert sorted(choices(launch, "camera")) == CAMERAS
    groups = [group.get("if") for group in launch.findall("group")]
    named = {re.fullmatch(r"\$\(equals \$\(var camera\) (\w+)\)", group)[1] for group in groups}
    assert len(groups) == len(named)
    assert named == set(CAMERAS) - {"custom"}


def test_every_input_can_be_remapped_and_no_other(node):
    assert {r.get("from") for r in node.findall("remap")} == {topic.name for topic in INPUTS}


def test_parameters_of_the_launch_file_exist(node):
    named = {p.get("name") for p in node.findall("param") if p.get("name")}
    assert named <= BY_NAME.keys() | {"use_sim_time"}


@pytest.mark.parametrize("name", ["image_transport", "depth_transport"])
def test_transports_are_those_of_the_node(launch, name):
    assert tuple(choices(launch, name)) == BY_NAME[name].choices
    assert set(choices(launch, name)) <= TRANSPORTS.keys()


def test_arguments_are_explained_and_used(launch):
    text = LAUNCH.read_text()
    variables = {let.get("name") for let in launch.iter("let")}
    arguments = {arg.get("name") for arg in launch.findall("arg")}
    assert set(VARIABLE.findall(text)) == arguments | variables
    assert all(arg.get("description") for arg in launch.findall("arg"))
    for file in re.findall(r"\$\(find-pkg-share hispatial_ros\)/(\S+?)\"", text):
        for camera in CAMERAS:
            assert (ROOT / file.replace("$(var camera)", camera)).is_file()


@pytest.mark.parametrize("profile", PROFILES, ids=CAMERAS)
def test_parameters_of_a_profile_exist_and_are_valid(profile, node):
    given = {p.get("name") for p in node.findall("param")}
    for name, value in parameters(profile).items():
        if name == "use_sim_time":
            assert value is True
            continue
        parameter = BY_NAME[name]
        assert type(value) is type(parameter.default), name
        assert not parameter.objection(value)
        assert parameter.minimum is None or parameter.minimum <= value <= parameter.maximum
        assert name not in given, f"{name} would win over the argument of the launch file"


@pytest.mark.parametrize("camera", sorted({*CAMERAS} - {"custom", "bag"}))
def test_a_camera_has_its_own_relative_topics(launch, camera):
    found = topics(launch, camera)
    assert found["image"] != "image"
    assert (found["depth"] == "depth") == (camera == "usb"), "only that one has no depth"
    for name in found.values():
        assert re.fullmatch(r"\w+(/\w+)*", name), "a namespace could not move it"


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_node_starts_with_a_profile(launch, make_graph, camera):
    profile = ROOT / "config" / "cameras" / f"{camera}.yaml"
    remaps = [f"{name}:={topic}" for name, topic in topics(launch, camera).items()]
    arguments = ["--ros-args", "-r", "__ns:=/robot", "--params-file", str(profile)]
    arguments += [part for remap in remaps for part in ("-r", remap)]
    graph = make_graph(arguments)
    for name, value in parameters(profile).items():
        assert graph.node.get_parameter(name).value == value
    if camera == "usb":
        assert graph.node.state == "unconfigured", "there is no model to estimate depth with"
    else:
        assert graph.node.state == "active"
        subscribed = {s.topic_name for s in graph.node.subscriptions}
        assert {f"/robot/{topics(launch, camera)[n]}" for n in ("image", "depth")} <= subscribed


def test_launch_reads_it():
    """Where launch is installed; `ros2 launch ... --show-args` does the same."""
    pytest.importorskip("launch_xml")
    pytest.importorskip("launch_ros")
    from launch.launch_description_sources import AnyLaunchDescriptionSource

    source = AnyLaunchDescriptionSource(str(LAUNCH))
    description = source.try_get_launch_description_without_context()
    assert "camera" in {argument.name for argument in description.get_launch_arguments()}
