"""`rviz:=true` with and without RViz, as the launch file asks before it starts anything."""

import xml.etree.ElementTree as ET
from importlib import import_module

import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.ros.tools import rviz

from ..test_launch import LAUNCH

FRAME = "camera_frame"


@pytest.fixture
def prefix(tmp_path, monkeypatch):
    (tmp_path / "share/ament_index/resource_index/packages").mkdir(parents=True)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    return tmp_path


def test_without_rviz_it_says_what_to_install(prefix, monkeypatch):
    monkeypatch.setenv("ROS_DISTRO", "jazzy")
    with pytest.raises(SpatialError, match="sudo apt install ros-jazzy-rviz2") as raised:
        rviz.required(FRAME)
    assert raised.value.code is ErrorCode.BACKEND_UNAVAILABLE


@pytest.mark.parametrize("path", ["", "/nowhere"])
def test_without_any_workspace(path, monkeypatch):
    monkeypatch.setenv("AMENT_PREFIX_PATH", path)
    with pytest.raises(SpatialError, match="is not installed"):
        rviz.required(FRAME)


def test_with_rviz_it_names_the_package_and_explains_the_frame(prefix, capsys):
    (prefix / "share/ament_index/resource_index/packages/rviz2").touch()
    assert rviz.required(FRAME) == "rviz2"
    printed = capsys.readouterr().out
    assert FRAME in printed
    assert "No tf data" in printed, "what RViz warns of"


def test_the_launch_file_asks_before_it_starts_the_node(prefix):
    """As launch's `eval` does: the expression, with the modules named after it."""
    launch = ET.parse(LAUNCH).getroot()
    [let] = [e for e in launch.iter("let") if e.get("name") == "rviz_package"]
    order = list(launch)
    assert order.index(let) < min(map(order.index, launch.findall("node")))
    assert let.get("if") == "$(var rviz)"
    expression, _, modules = (
        let.get("value").removeprefix("$(eval '").removesuffix(")").rpartition("' ")
    )
    names = {name: import_module(name) for name in modules.split(",")}
    with pytest.raises(SpatialError, match="is not installed"):
        eval(expression.replace("\\'", "'"), {}, names)
