import sys
from pathlib import Path

import pytest

from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.vlm.runtime.status import Limits
from hispatial_ros.vlm.runtime.supervisor import Supervisor

ENGINES = str(Path(__file__).parent.parent / "vlm/runtime")
sys.path.insert(0, ENGINES)
DESK = Path(__file__).parents[2] / "hispatial_ros/demo/desk"


@pytest.fixture(scope="session")
def desk():
    return load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")


@pytest.fixture(scope="session")
def desk_regions():
    return load_regions(DESK / "regions.json")


@pytest.fixture
def process(monkeypatch):
    """Starts processes that give scripted replies in place of a model's."""
    monkeypatch.setenv("PYTHONPATH", ENGINES)
    supervisors = []

    def start(replies=None, **options):
        supervisor = Supervisor(
            {
                "factory": "spelling_engine:create",
                "options": {"replies": replies or {}, **options},
            },
            Limits(stop_timeout=0.2),
        )
        supervisors.append(supervisor)
        supervisor.start()
        supervisor.wait_ready(10)
        return supervisor

    yield start
    for supervisor in supervisors:
        supervisor.close()
