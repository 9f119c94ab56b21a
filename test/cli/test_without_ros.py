"""The offline command line needs neither ROS nor a model."""

import os
import subprocess
import sys

import pytest

from hispatial_ros.cli.main import COMMANDS

from .conftest import DESK_FILES, ROOT

# Hides everything outside requirements/base.txt, as where it is not installed.
HIDER = """
import sys
TOP = {"rclpy", "cv_bridge", "rosbags", "torch", "transformers", "onnxruntime", "rerun", "scipy",
       "tf2_ros"}
GENERATED = {"hispatial_ros.msg", "hispatial_ros.srv", "hispatial_ros.action"}
class Hider:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in TOP or top.endswith(("_msgs", "_interfaces")) or name in GENERATED:
            return None
        return self.finder.find_spec(name, path, target)
sys.meta_path[:] = [Hider(finder) for finder in sys.meta_path]
from hispatial_ros.cli.main import COMMANDS, main
"""
MAIN = "sys.exit(main(sys.argv[1:]))"
HELP_OF_ALL = """
for command in COMMANDS:
    try:
        main([command, "--help"])
    except SystemExit as end:
        assert end.code == 0, command
"""


def run(*arguments: str, code: str = MAIN) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", HIDER + code, *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "How far is the yellow die?", *DESK_FILES],
        ["measure", *DESK_FILES],
        ["measure", *DESK_FILES, "--json"],
        ["--help"],
        ["--version"],
    ],
    ids=["ask", "measure", "measure json", "help", "version"],
)
def test_files_need_no_ros(arguments):
    result = run(*arguments)
    assert result.returncode == 0, result.stderr
    assert result.stdout


@pytest.mark.parametrize(
    "command",
    [
        *(["ask", "How far is it?"], ["measure"], ["demo"]),
        *(["watch", "list"], ["top", "--once"], ["record"]),
    ],
)
def test_what_needs_ros_says_so(command):
    result = run(*command)
    assert result.returncode == 1
    assert "BACKEND_UNAVAILABLE" in result.stderr
    assert "ROS 2" in result.stderr
    assert "Traceback" not in result.stderr


def test_every_command_shows_its_help_without_ros():
    result = run(code=HELP_OF_ALL)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("usage: hispatial ") == len(COMMANDS)


def test_doctor_works_without_ros():
    result = run("doctor")
    assert result.returncode == 0
    assert "rclpy is not installed" in result.stdout


@pytest.mark.parametrize("command", ["ask", "measure", "doctor", "demo"])
def test_help_imports_nothing_heavy(command):
    """Help must come at once."""
    code = (
        "import sys; from hispatial_ros.cli.main import main\n"
        f"try: main(['{command}', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'rclpy', 'cv2', 'torch', 'rerun'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
