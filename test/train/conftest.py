import multiprocessing
import os
import sys
from multiprocessing import forkserver
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
ROOT = HERE.parent.parent
GOLDEN = HERE.parent / "vlm" / "golden"


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    pytest.importorskip("torch").set_num_threads(1)


@pytest.fixture(scope="session")
def small():
    """Folder of a small checkpoint in the released layout."""
    return GOLDEN / "small"


@pytest.fixture(scope="session")
def rooms(tmp_path_factory):
    """Shards of a few small simulated frames."""
    from hispatial_ros.dataset.run import build_dataset
    from hispatial_ros.dataset.settings import BuildSettings
    from hispatial_ros.dataset.sources.simulated import frames
    from hispatial_ros.train.data.source import Source

    out = tmp_path_factory.mktemp("rooms")
    settings = BuildSettings(select=False, detector=False, per_type=4)
    build_dataset(frames(6, 0, scale=0.3, plain=True), ["simulated"], out, settings)
    return Source(out)


@pytest.fixture
def model(small):
    from hispatial_ros.train.base import load_training_model

    return load_training_model(small)


@pytest.fixture(scope="session")
def processes():
    """Where processes come from that have the libraries in memory already, and nothing else."""
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE), str(ROOT), before]))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["session"])
    forkserver.ensure_running()
    os.environ["PYTHONPATH"] = before
    return context
