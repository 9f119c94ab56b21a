"""The disk is full while `hispatial record` runs beside the node, each a process of its own."""

import resource

import pytest

pytest.importorskip("mcap")
pytest.importorskip("rosbags")

from rosbags.highlevel import AnyReader

from benchmarks.reliability.coded import QUESTION
from benchmarks.reliability.peer import wait_until

CLI = "hispatial_ros.cli.main"
BEGUN = 100_000  # bytes of a file that has begun
ROOM = 2_000_000  # bytes beyond that; more than the recorder holds back before it writes (1 MiB)


class Recording:
    """A recorder of everything, and how large its file may become."""

    def __init__(self, robot, path):
        self.path = path
        self.partial = path.with_name(path.name + ".partial")
        self._robot = robot
        options = ("--all", "--compression=none", "--reserve=0.1")
        self.process = robot.start(CLI, "record", "-o", str(path), *options)
        self._fill(lambda: self._size() > BEGUN)

    def limit(self, room):
        """From now on the file may only grow by so many bytes; returns when it has ended."""
        most = self._size() + room
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (most, most))
        self._fill(lambda: not self.process.running)

    def _size(self):
        return self.partial.stat().st_size if self.partial.exists() else 0

    def _fill(self, condition):
        def step():
            self._robot.show()
            self._robot.peer.ask(QUESTION)
            return condition()

        wait_until(step, "the recorder")


def messages_in(path):
    with AnyReader([path]) as reader:
        topics = [connection.topic for connection, _, _ in reader.messages()]
        assert len(topics) == reader.message_count
    assert {"/hispatial/requests", "/hispatial/answered/image"} <= set(topics)
    return len(topics)


def test_what_fits_becomes_a_finished_file(robot, tmp_path):
    recording = Recording(robot, tmp_path / "full.mcap")
    recording.limit(ROOM)
    assert recording.process.wait() == 1
    assert "no room" in recording.process.said
    assert "Traceback" not in recording.process.said
    assert [path.name for path in tmp_path.iterdir()] == ["full.mcap"]
    assert messages_in(recording.path)
    robot.answers()
    robot.unharmed()
