import sys
from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.vlm.runtime.shared import SharedInput

HERE = str(Path(__file__).parent)
sys.path.insert(0, HERE)
SIZE = 28


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return SharedInput(
        rng.integers(0, 255, (SIZE, SIZE, 3), np.uint8), rng.random((4, SIZE, SIZE), np.float32)
    )


@pytest.fixture
def worker_path(monkeypatch):
    """Lets the worker process import the engines that lie beside the tests."""
    monkeypatch.setenv("PYTHONPATH", HERE)
