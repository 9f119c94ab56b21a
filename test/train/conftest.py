import multiprocessing
import sys
from pathlib import Path

import pytest
import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
GOLDEN = HERE.parent / "vlm" / "golden"


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def small():
    """Folder of a small checkpoint in the released layout."""
    return GOLDEN / "small"


@pytest.fixture
def model(small):
    from hispatial_ros.train.base import load_training_model

    return load_training_model(small)


@pytest.fixture(scope="session")
def processes():
    """Where processes come from that have the libraries in memory already, and nothing else."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["session"])
    return context
