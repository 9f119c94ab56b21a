"""package.xml, pyproject.toml, requirements and CHANGELOG say the same."""

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

import hispatial_ros

ROOT = Path(__file__).parents[2]
PACKAGE = ET.parse(ROOT / "package.xml").getroot()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

# distribution on PyPI -> rosdep key, where the name is not "python3-<name>"
ROSDEP = {"opencv-python-headless": "python3-opencv", "pillow": "python3-pil"}


def requirements(name: str) -> list[str]:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return [
        re.split(r"[<>=!~;\[ ]", line)[0] for line in lines if line and not line.startswith("#")
    ]


def dependencies() -> set[str]:
    tags = ("depend", "exec_depend", "build_depend", "buildtool_depend", "test_depend")
    return {element.text for tag in tags for element in PACKAGE.iter(tag)}


def test_versions_agree():
    assert PACKAGE.findtext("version") == hispatial_ros.__version__
    newest = re.search(r"^(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.rst").read_text(), re.M)
    assert newest
    assert newest[1] == hispatial_ros.__version__


def test_licence_agrees():
    assert PACKAGE.findtext("license") == PYPROJECT["project"]["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_what_pip_requires_rosdep_installs():
    for name in requirements("base"):
        assert ROSDEP.get(name, f"python3-{name}") in dependencies()


def test_message_packages_from_pypi_are_dependencies():
    for name in requirements("ros"):
        package = name.removeprefix("ros-jazzy-").replace("-", "_")
        if package.endswith(("_msgs", "_srvs")):
            assert package in dependencies(), package


def test_every_extra_is_the_requirements_file_of_its_name():
    extras = PYPROJECT["tool"]["setuptools"]["dynamic"]["optional-dependencies"]
    assert {"demo", "model", "moge"} <= set(extras)
    for name, source in extras.items():
        assert source["file"] == f"requirements/{name}.txt"
        assert (ROOT / source["file"]).is_file()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda p: p.stem
)
def test_requirements_say_what_they_are_for(path: Path):
    assert path.read_text().startswith("# ")


@pytest.mark.parametrize("folder", ["hispatial_ros/ros", "test"])
def test_sources_import_only_declared_ros_packages(folder: str):
    """A package that is imported but not declared works here and fails after rosdep install."""
    imported = set()
    for path in (ROOT / folder).rglob("*.py"):
        imported |= set(re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(), re.M))
    known = {
        "rclpy",
        "ament_index_python",
        "cv_bridge",
        "tf2_ros",
        "sensor_msgs_py",
        "yaml",
        "scipy",
    }
    ros = {n for n in imported if n in known or n.endswith(("_msgs", "_interfaces"))}
    assert ros
    assert {
        {"yaml": "python3-yaml", "scipy": "python3-scipy"}.get(n, n) for n in ros
    } <= dependencies()


def test_what_the_build_looks_for_is_declared():
    listed = re.search(
        r"interface_dependencies\s+([\w\s]+)\)", (ROOT / "CMakeLists.txt").read_text()
    )
    assert listed
    assert set(listed[1].split()) <= dependencies()


def test_a_user_finds_the_project_and_its_maintainers():
    assert {url.get("type") for url in PACKAGE.iter("url")} == {
        "website",
        "repository",
        "bugtracker",
    }
    assert all(url.text.startswith("https://") for url in PACKAGE.iter("url"))
    email = PACKAGE.find("maintainer").get("email")
    assert re.fullmatch(r"[\w.-]+@[\w-]+(\.[\w-]+)+", email)
    assert not email.endswith((".example", ".invalid", ".test", "example.com"))


def test_sample_ships_with_its_attribution():
    from hispatial_ros.demo import DESK

    text = (DESK / "SOURCE.md").read_text()
    assert "CC BY 4.0" in text
    assert "Sturm" in text
