"""What `hispatial doctor` says about an installation."""

import sys

import pytest

from hispatial_ros.cli import installation
from hispatial_ros.health.check import Check, Status


def find(checks, subject: str) -> Check:
    return next(check for check in checks if check.subject == subject)


def test_this_installation_is_complete():
    checks = list(installation.check_installation())
    assert [check for check in checks if check.status is Status.FAIL] == []
    for library in ("numpy", "cv2", "PIL", "rich"):
        assert find(checks, library).status is Status.OK


def test_missing_library_comes_with_both_ways_to_install_it(monkeypatch):
    monkeypatch.setattr(installation.util, "find_spec", lambda name: None)
    check = find(installation.check_installation(), "cv2")
    assert check.status is Status.FAIL
    assert "pip install opencv-python-headless" in check.advice
    assert "apt install python3-opencv" in check.advice


@pytest.mark.parametrize(
    "error",
    [AttributeError("_ARRAY_API not found"), ImportError("libGL.so.1: cannot open")],
    ids=["built for another NumPy", "system library missing"],
)
def test_library_that_does_not_load_is_a_failure(monkeypatch, error):
    def fail(name):
        raise error

    monkeypatch.setattr(installation.importlib, "import_module", fail)
    check = installation._library("cv2", "opencv-python-headless", "python3-opencv")
    assert check.status is Status.FAIL
    assert str(error) in check.found


@pytest.mark.parametrize(
    ("interpreter", "status"),
    [
        (sys.executable, Status.OK),
        ("/usr/bin/env python3", Status.OK),
        ("/opt/other/bin/python3", Status.WARN),
    ],
)
def test_script_of_another_interpreter_is_told(monkeypatch, tmp_path, interpreter, status):
    script = tmp_path / "hispatial"
    script.write_text(f"#!{interpreter}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (check,) = installation._scripts()
    assert check.status is status
    if status is Status.WARN:
        assert "build inside" in check.advice
