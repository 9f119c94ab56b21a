"""Ray's actors write the same bytes as the processes of this machine."""

import os
from dataclasses import replace

import cv2
import numpy as np
import pytest

from hispatial_ros.simulate.sensor import Sensor
from test.dataset.conftest import FAST
from test.dataset.test_build import build, shards

# 200 for the figure in docs/dataset.md.
FRAMES = int(os.environ.get("HISPATIAL_DATASET_FRAMES", "9"))


def test_ray_and_local_engines_write_the_same(rooms, tmp_path, monkeypatch):
    pytest.importorskip("ray", reason="pip install -r requirements/dataset.txt")
    # Ray's workers give way to everybody else, and would wait for all the other tests.
    monkeypatch.setenv("RAY_worker_niceness", "0")
    folder, originals = tmp_path / "frames", sorted(rooms.iterdir())
    rng = np.random.default_rng(0)
    for n in range(FRAMES):
        room, target = originals[n % len(originals)], folder / f"{n:03d}"
        target.mkdir(parents=True)
        for file in room.iterdir():
            (target / file.name).write_bytes(file.read_bytes())
        depth = cv2.imread(str(room / "depth.png"), cv2.IMREAD_UNCHANGED) / 1000
        sensed = Sensor().sense(np.where(depth > 0, depth, np.inf), rng)
        cv2.imwrite(str(target / "depth.png"), sensed)
    settings = replace(FAST, images_per_shard=max(3, FRAMES // 8))
    for engine in ("local", "ray"):
        summary = build(folder, tmp_path / engine, settings, engine=engine, workers=2)
        assert summary["images"] == FRAMES
    assert shards(tmp_path / "local") == shards(tmp_path / "ray")


def test_without_ray_it_says_what_to_install(rooms, tmp_path, monkeypatch):
    import sys

    from hispatial_ros.errors import SpatialError

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SpatialError, match=r"requirements/dataset\.txt"):
        build(rooms, tmp_path, engine="ray")
