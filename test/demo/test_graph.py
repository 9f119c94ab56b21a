"""The demo's processes, and the signals that end it."""

import os
import signal

import pytest

from hispatial_ros.demo.graph import Graph, running_graph


class Interrupted:
    """A signal comes while it is destroyed: Python drops what the handler raises."""

    def __del__(self):
        os.kill(os.getpid(), self.number)
        for _ in range(1000):  # the handler runs between two instructions
            pass


@pytest.fixture
def no_processes(monkeypatch):
    """And SIGINT as a shell's foreground has it: what runs in its background ignores it."""
    monkeypatch.setattr(Graph, "start", lambda graph: None)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_a_signal_is_not_lost(no_processes, tmp_path, number, raised):
    with running_graph(tmp_path) as graph:
        interrupted = Interrupted()
        interrupted.number = number
        del interrupted
        with pytest.raises(raised):
            graph.ended()


def test_signals_that_are_ignored_stay_so(no_processes, tmp_path):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with running_graph(tmp_path):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
