"""Runs the command line as a user does: as a process."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def hispatial():
    """``hispatial(*arguments)`` -> Result."""

    def run(*arguments: str, **environment: str) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "hispatial_ros.cli.main", *arguments],
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "100", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run
