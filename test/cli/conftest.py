"""Calls the command line in the tests' own process: starting one costs more than most commands."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hispatial_ros.cli.main import main
from hispatial_ros.demo import DESK

ROOT = Path(__file__).parents[2]
DESK_FILES = [
    *("--rgb", str(DESK / "rgb.png")),
    *("--depth", str(DESK / "depth.png")),
    *("--camera", str(DESK / "camera.json")),
    *("--regions", str(DESK / "regions.json")),
]


@dataclass(frozen=True)
class Result:
    """How a command ended, here or as a process."""

    status: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "Traceback" not in self.err, self.err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def hispatial(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """``hispatial(*arguments)`` -> Result.

    For commands that neither begin with ROS nor depend on how a process was started.
    """
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: str, cwd: Path = ROOT) -> Result:
        monkeypatch.chdir(cwd)
        try:
            status = main(arguments)
        except SystemExit as end:  # of argparse
            status = int(end.code or 0)
        return Result(status, *capsys.readouterr())

    return call
