"""What `make` says on a machine that lacks something."""

import builtins
import platform
import sys
from collections import namedtuple
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import check_machine

Version = namedtuple("Version", "major minor micro")


@pytest.fixture(autouse=True)
def no_ros(monkeypatch):
    monkeypatch.delenv("ROS_DISTRO", raising=False)


def test_nothing_is_missing_here():
    assert check_machine.problems() == []


@pytest.mark.parametrize(("minor", "told"), [(9, "too old"), (14, "3.10 to 3.13"), (20, "3.13")])
def test_python_without_wheels(monkeypatch, minor, told):
    monkeypatch.setattr(sys, "version_info", Version(3, minor, 0))
    (problem,) = check_machine.problems()
    assert told in problem
    assert "make PYTHON=" in problem


def test_new_python_is_fine_beside_a_ros_installation(monkeypatch):
    monkeypatch.setattr(sys, "version_info", Version(3, 14, 0))
    monkeypatch.setenv("ROS_DISTRO", "lyrical")
    assert check_machine.problems() == []


def test_other_architecture(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    (problem,) = check_machine.problems()
    assert "aarch64" in problem


def test_debian_without_venv(monkeypatch):
    real = builtins.__import__

    def importer(name, *rest):
        if name == "ensurepip":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", importer)
    (problem,) = check_machine.problems()
    assert "-venv" in problem


def test_no_compiler(monkeypatch):
    monkeypatch.setattr(check_machine.shutil, "which", lambda name: None)
    (problem,) = check_machine.problems()
    assert "g++" in problem
