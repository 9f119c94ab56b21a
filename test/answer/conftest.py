import sys
from pathlib import Path

import pytest

from hispatial_ros.frame.files import load_frame, load_regions

sys.path.insert(0, str(Path(__file__).parent.parent / "vlm/runtime"))
DESK = Path(__file__).parents[2] / "hispatial_ros/demo/desk"


@pytest.fixture(scope="session")
def desk():
    return load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")


@pytest.fixture(scope="session")
def desk_regions():
    return load_regions(DESK / "regions.json")
