import logging
import random
import sys
from pathlib import Path

import numpy as np
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


@pytest.fixture(scope="session")
def inputs(small):
    rng = np.random.default_rng(0)
    size = small.image_size
    from hispatial_ros.vlm.inputs import ModelInput

    return [
        ModelInput(
            rng.integers(0, 256, (size, size, 3)).astype(np.uint8),
            rng.uniform(0, 5, (4, size, size)).astype(np.float32),
        )
        for _ in range(3)
    ]


@pytest.fixture(scope="session")
def features(small, inputs):
    from hispatial_ros.vlm.generate import Generator

    return Generator(small, max_batch=1).encode(inputs)


@pytest.fixture(scope="session")
def questions(features):
    """Enough variety that a mix-up of rows or positions shows in the tokens."""
    from hispatial_ros.vlm.generate import GenerationRequest

    rng = random.Random(1)
    return [
        GenerationRequest(
            features[i % len(features)],
            [2, *rng.choices(range(5, 260), k=rng.randint(1, 38))],
            rng.randint(1, 20),
            stop_at_eos=False,
        )
        for i in range(24)
    ]


@pytest.fixture(scope="session")
def alone(small, questions):
    """Tokens of every question asked alone."""
    from hispatial_ros.vlm.generate import Generator

    generator = Generator(small, max_batch=1, max_text=40, max_new_tokens=30)
    answers = []
    for question in questions:
        answers += generator.add([question])
        while generator.under_way:
            generator.step()
    return [answer.tokens for answer in answers]


@pytest.fixture
def tapes(monkeypatch):
    """Generators record tapes, on the CPU, where they would record graphs."""
    import tape

    from hispatial_ros.vlm import generate, graphs

    monkeypatch.setattr(graphs, "capture", tape.capture)
    monkeypatch.setattr(generate, "graphs_for", graphs.Graphs)
