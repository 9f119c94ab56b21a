import logging
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def _logs_are_heard(monkeypatch):
    """Also after a node of another test, which forwards them, or a library that disables them."""
    monkeypatch.setattr(logging.root.manager, "disable", logging.NOTSET)
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if name.partition(".")[0] == "hispatial_ros" and isinstance(logger, logging.Logger):
            monkeypatch.setattr(logger, "disabled", False)
            monkeypatch.setattr(logger, "propagate", True)
            logger.setLevel(logging.NOTSET)  # which also forgets what was cached


@pytest.fixture(scope="session")
def golden():
    """The folder of checkpoints with what the official code computes on them."""
    return GOLDEN


@pytest.fixture(scope="session", params=["tiny", "small"])
def checkpoint(request):
    return GOLDEN / request.param


@pytest.fixture(scope="session")
def tiny():
    from hispatial_ros.vlm.checkpoint import load_model

    return load_model(GOLDEN / "tiny")


@pytest.fixture(scope="session")
def small():
    from hispatial_ros.vlm.checkpoint import load_model

    return load_model(GOLDEN / "small")


@pytest.fixture(scope="session")
def tokenizer_file(tmp_path_factory):
    from tiny_tokenizer import save_tokenizer

    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    save_tokenizer(path)
    return path
