"""In which order work is recorded, with a stand-in for PyTorch's CUDA interface."""

from contextlib import contextmanager

import pytest

pytest.importorskip("torch", reason="needs requirements/moge-export.txt")
import torch

from hispatial_ros import cuda_capture
from hispatial_ros.moge.recording import record

GPU = torch.device("cuda:0")


class Stream:
    def __init__(self, device: int, name: str = "side"):
        self.name = f"{name} {device}"

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
    devices = [0]

    @contextmanager
    def device(chosen):
        devices.append(chosen.index)
        yield
        devices.pop()

    @contextmanager
    def capture(graph, pool, stream, capture_error_mode):
        events.append(f"capture {capture_error_mode} on {stream.name}")
        yield
        events.append("captured")

    @contextmanager
    def on(stream):
        events.append(f"on {stream.name}")
        yield

    fakes = {
        "device": device,
        "current_device": lambda: devices[-1],
        "Stream": Stream,
        "current_stream": lambda: Stream(devices[-1], "current"),
        "set_stream": lambda stream: events.append(f"back to {stream.name}"),
        "stream": on,
        "CUDAGraph": Graph,
        "graph": capture,
    }
    for name, fake in fakes.items():
        monkeypatch.setattr(torch.cuda, name, fake)
    forget = lambda: events.append("workspaces forgotten")  # noqa: E731
    # A PyTorch for the CPU has no such function.
    monkeypatch.setattr(torch._C, "_cuda_clearCublasWorkspaces", forget, raising=False)
    monkeypatch.setattr(cuda_capture, "_failed", False)
    cuda_capture._stream.cache_clear()
    yield events
    cuda_capture._stream.cache_clear()


def test_recorded_after_a_warm_up(cuda):
    replay = record(lambda: cuda.append(f"run tuned {torch.backends.cudnn.benchmark}"), GPU)
    assert cuda == [
        *("on side 0", "run tuned True", "workspaces forgotten"),
        *("capture thread_local on side 0", "run tuned True", "captured"),
        *("back to current 0", "workspaces forgotten"),
    ]
    assert not torch.backends.cudnn.benchmark
    replay()
    assert replay.__self__.replays == 1
    assert len(cuda) == 8


def test_all_of_a_device_on_one_stream_of_it(cuda, monkeypatch):
    made = []
    monkeypatch.setattr(torch.cuda, "Stream", lambda device: made.append(device) or Stream(device))
    for index in (1, 0, 1):
        record(lambda: None, torch.device("cuda", index))
    assert made == [1, 0]
    captures = [event for event in cuda if event.startswith("capture ")]
    assert [event[-1] for event in captures] == ["1", "0", "1"]


def test_what_cannot_be_recorded_runs_as_it_is(cuda, caplog):
    def run() -> None:
        if cuda[-1].startswith("capture"):
            raise RuntimeError("operation not permitted when stream is capturing")
        cuda.append("run")

    record(run, GPU)()
    assert cuda[-3:] == ["back to current 0", "workspaces forgotten", "run"]
    assert "not permitted" in caplog.text
    del cuda[:]
    record(run, GPU)  # the allocator may not know that the first has ended
    assert not cuda
    assert "restart" in caplog.text


def test_what_fails_outside_a_capture_does_not_prevent_others(cuda):
    def broken() -> None:
        raise RuntimeError("CUBLAS_STATUS_ALLOC_FAILED")

    assert record(broken, GPU) is broken
    assert record(lambda: None, GPU).__name__ == "replay"


def test_too_little_memory_is_an_error(cuda):
    def run() -> None:
        if cuda[-1].startswith("capture"):
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        record(run, GPU)
    assert not torch.backends.cudnn.benchmark
    record(lambda: None, GPU)  # others can be tried
    assert cuda[-3:] == ["captured", "back to current 0", "workspaces forgotten"]


def test_the_cpu_has_no_recordings():
    def run() -> None:
        raise AssertionError("only when it is called")

    assert record(run, torch.device("cpu")) is run
