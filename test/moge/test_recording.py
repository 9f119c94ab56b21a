"""In which order work is recorded, with a stand-in for PyTorch's CUDA interface."""

from contextlib import contextmanager, nullcontext

import pytest

pytest.importorskip("torch", reason="needs requirements/moge-export.txt")
import torch

from hispatial_ros.moge.recording import record

GPU = torch.device("cuda:0")


class Stream:
    def __init__(self, name: str = "side"):
        self.name = name

    def wait_stream(self, other: "Stream") -> None:
        pass


class Graph:
    replays = 0

    def replay(self) -> None:
        self.replays += 1


@pytest.fixture
def cuda(monkeypatch):
    """What happened, as a list of words."""
    events: list[str] = []

    @contextmanager
    def capture(graph, pool, capture_error_mode):
        events.append(f"capture {capture_error_mode}")
        yield
        events.append("captured")

    @contextmanager
    def on(stream):
        events.append(f"on {stream.name}")
        yield

    fakes = {
        "device": lambda device: nullcontext(),
        "Stream": Stream,
        "current_stream": lambda: Stream("current"),
        "set_stream": lambda stream: events.append(f"back to {stream.name}"),
        "stream": on,
        "CUDAGraph": Graph,
        "graph": capture,
    }
    for name, fake in fakes.items():
        monkeypatch.setattr(torch.cuda, name, fake)
    return events


def test_recorded_after_a_warm_up(cuda):
    replay = record(lambda: cuda.append(f"run tuned {torch.backends.cudnn.benchmark}"), GPU)
    assert cuda == [
        *("on side", "run tuned True", "capture thread_local", "run tuned True", "captured"),
        "back to current",
    ]
    assert not torch.backends.cudnn.benchmark
    replay()
    assert replay.__self__.replays == 1
    assert len(cuda) == 6


def test_what_cannot_be_recorded_runs_as_it_is(cuda, caplog):
    def run() -> None:
        if cuda[-1].startswith("capture"):
            raise RuntimeError("operation not permitted when stream is capturing")
        cuda.append("run")

    record(run, GPU)()
    assert cuda[-2:] == ["back to current", "run"]
    assert "not permitted" in caplog.text


def test_too_little_memory_is_an_error(cuda):
    def run() -> None:
        if cuda[-1].startswith("capture"):
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        record(run, GPU)
    assert not torch.backends.cudnn.benchmark


def test_the_cpu_has_no_recordings():
    def run() -> None:
        raise AssertionError("only when it is called")

    assert record(run, torch.device("cpu")) is run
