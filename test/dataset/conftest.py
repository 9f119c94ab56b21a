"""The demo's desk as a source, and simulated frames written as RGB-D folders."""

from pathlib import Path

import pytest

from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.simulate.scenes import make_scene, save

DESK = Path(__file__).parents[2] / "hispatial_ros" / "demo" / "desk"
FAST = BuildSettings(per_type=4, images_per_shard=3, select=False, detector=False)


@pytest.fixture(scope="session")
def rooms(tmp_path_factory) -> Path:
    """Eight simulated frames, one folder each."""
    folder = tmp_path_factory.mktemp("rooms")
    for n in range(8):
        save(make_scene(70_000 + n, "tabletop"), folder / f"room-{n}")
    return folder
