"""`hispatial top` beside a real node."""

import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest

from hispatial_ros.cli.main import main
from hispatial_ros.ros.tools.state_listener import StateListener

CLI = "import sys; from hispatial_ros.cli.main import main; sys.exit(main())"


def environment(graph):
    return {**os.environ, "ROS_DOMAIN_ID": str(graph.domain), "COLUMNS": "80", "TERM": "xterm"}


@pytest.fixture
def arguments(desk, monkeypatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", str(desk.domain))
    monkeypatch.setenv("COLUMNS", "80")
    return ["top", "--once"]


def test_once_prints_one_picture(desk, arguments, capsys, tmp_path):
    desk.ask("How far is the globe?")
    svg = tmp_path / "top.svg"
    assert main([*arguments, "--svg", str(svg)]) == 0
    out = capsys.readouterr().out
    assert "/hispatial  active" in out
    for part in ("camera_info", "pairing", "1 answered", "total", "depth model"):
        assert part in out, part
    assert max(map(len, out.splitlines())) <= 80
    assert svg.read_text().startswith("<svg")


def test_once_without_a_node_says_so(desk, arguments, capsys, monkeypatch):
    monkeypatch.setattr("hispatial_ros.cli.top.FIRST", 0.3)
    assert main([*arguments, "--node", "nobody"]) == 1
    assert "no diagnostics of /nobody" in capsys.readouterr().err


def test_answers_are_listened_to(desk, ros):
    listener = StateListener("/hispatial", desk.domain)
    try:
        publisher = next(p for p in desk.node.publishers if p.topic_name == "/hispatial/answers")
        ros.wait_until(publisher.get_subscription_count, "the listener")
        answer = desk.ask("How far is the globe?").answer
        ros.wait_until(lambda: listener.spin(0.05) or listener.answers, "the answer")
        assert listener.answers[-1] == (answer.request_id, answer.question, answer.text)
        ros.wait_until(lambda: listener.spin(0.05) or listener.heard, "diagnostics")
        assert listener.state["lifecycle"].message == "active"
    finally:
        listener.close()


def test_live_it_draws_until_interrupted(desk):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", CLI, "top"], stdout=theirs, stderr=theirs, env=environment(desk)
    )
    os.close(theirs)
    shown = b""
    end = time.monotonic() + 30
    while b"camera_info" not in shown:
        assert time.monotonic() < end, shown
        if select.select([ours], [], [], 0.1)[0]:
            shown += os.read(ours, 65536)
    process.send_signal(signal.SIGINT)
    while process.poll() is None:
        assert time.monotonic() < end
        if select.select([ours], [], [], 0.05)[0]:
            shown += _read(ours)
    shown += _read(ours)
    assert process.returncode == 0
    assert b"\x1b[?1049l" in shown  # the terminal has its own screen back
    assert b"Traceback" not in shown
    os.close(ours)


def _read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # nobody is at the other end any more
        return b""
