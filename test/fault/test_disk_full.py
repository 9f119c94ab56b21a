"""The disk is full while `hispatial record` runs beside the node, each a process of its own."""

import errno
import resource
import shutil
import subprocess
import time
from contextlib import suppress

import pytest

pytest.importorskip("mcap")
pytest.importorskip("rosbags")

from mcap.exceptions import EndOfFile
from mcap.records import Channel, Message
from mcap.stream_reader import StreamReader
from rosbags.highlevel import AnyReader

from benchmarks.reliability.coded import QUESTION, CodedCamera
from benchmarks.reliability.peer import WAIT, wait_until
from benchmarks.reliability.processes import slowdown
from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import WatchSpec
from hispatial_ros.srv import Watch

CLI = "hispatial_ros.cli.main"
BEGUN = 100_000  # bytes of a file that has begun
ROOM = 2_000_000  # bytes beyond that; more than the recorder holds back before it writes (1 MiB)
DISK = 64 * 2**20  # bytes; the camera fills it in half a minute while the answers are waited for
RECORDED = ("/hispatial/requests", "/hispatial/answered/image")  # with --images raw
LARGER = CodedCamera(320, 240, 280.0)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, that can be filled."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not shutil.which("mount"):
        pytest.skip("no small file system can be mounted: there is no mount")
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small file system can be mounted: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture(scope="module")
def lasting_robot(make_lasting_robot):
    return make_lasting_robot(LARGER).connect()


def fill(disk):
    """Take what is left, to the last byte; the file that does."""
    path = disk / "of_somebody_else"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(2**12))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    return path


class Recording:
    """A recorder of everything, and how large its file may become."""

    def __init__(self, robot, path, begun=BEGUN):
        self.path = path
        self.partial = path.with_name(path.name + ".partial")
        self._robot = robot
        options = ("--all", "--compression=none", "--images=raw", "--reserve=0.1")
        self.process = robot.start(CLI, "record", "-o", str(path), *options)
        # Otherwise the camera's topics may fill the disk before it listens to the answers.
        wait_until(self._listens, "the recorder to listen")
        # The node may meet the recorder later than we do.
        self._fill(lambda: self._size() > begun and self._holds(RECORDED), pause=0.3)

    def _holds(self, wanted):
        """Whether messages of these topics have been written."""
        names, topics = {}, set()
        with self.partial.open("rb") as file, suppress(EndOfFile):
            for record in StreamReader(file).records:
                if isinstance(record, Channel):
                    names[record.id] = record.topic
                elif isinstance(record, Message):
                    topics.add(names[record.channel_id])
        return topics.issuperset(wanted)

    def _listens(self):
        return all(map(self._robot.peer.node.count_subscribers, RECORDED))

    def limit(self, room):
        """From now on the file may only grow by so many bytes; returns when it has ended."""
        most = self._size() + room
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (most, most))
        self.go_on()

    def go_on(self):
        """Returns when it has ended."""
        self._fill(lambda: not self.process.running)

    def _size(self):
        return self.partial.stat().st_size if self.partial.exists() else 0

    def _fill(self, condition, pause=0.0):
        """Show and ask, with so many seconds in between."""

        def step():
            self._robot.show()
            self._robot.peer.ask(QUESTION)
            time.sleep(pause)
            return condition()

        wait_until(step, "the recorder", WAIT * slowdown())


def messages_in(path):
    with AnyReader([path]) as reader:
        topics = [connection.topic for connection, _, _ in reader.messages()]
        assert len(topics) == reader.message_count
    assert set(RECORDED) <= set(topics)
    return len(topics)


def test_what_fits_becomes_a_finished_file(lasting_robot, tmp_path):
    robot = lasting_robot
    recording = Recording(robot, tmp_path / "full.mcap")
    recording.limit(ROOM)
    assert recording.process.wait() == 1
    assert "no room" in recording.process.said
    assert "Traceback" not in recording.process.said
    assert [path.name for path in tmp_path.iterdir()] == ["full.mcap"]
    assert messages_in(recording.path)
    robot.answers()
    robot.unharmed()


def test_what_fits_on_the_disk_becomes_a_finished_file(small_disk, lasting_robot):
    robot = lasting_robot
    recording = Recording(robot, small_disk / "full.mcap")
    recording.go_on()
    assert recording.process.wait() == 1
    assert "no room" in recording.process.said
    assert "Traceback" not in recording.process.said
    assert [path.name for path in small_disk.iterdir()] == ["full.mcap"]
    assert recording.path.stat().st_size > DISK / 2
    assert messages_in(recording.path)
    robot.answers()
    robot.unharmed()


def test_not_even_the_index_fits_since_somebody_else_fills_the_disk(small_disk, lasting_robot):
    """What was recorded stays, and becomes a file when there is room again."""
    robot = lasting_robot
    recording = Recording(robot, small_disk / "full.mcap", begun=DISK / 40)  # a few answers
    others = fill(small_disk)
    recording.go_on()
    assert recording.process.wait() == 1
    advice = f"make room, then `hispatial record --recover {recording.partial}`"
    assert advice in recording.process.said
    assert "Traceback" not in recording.process.said
    assert not recording.path.exists()
    robot.answers()
    robot.unharmed()
    others.unlink()
    recovery = robot.start(CLI, "record", "--recover", str(recording.partial))
    assert recovery.wait() == 0, recovery.said
    assert messages_in(small_disk / "full.recovered.mcap")


def test_watches_are_stored_or_refused(small_disk, make_robot):
    """In `watch.file` on a disk that is full, and then is not."""
    file = small_disk / "watches.json"
    robot = make_robot(watch__file=file).connect()
    client = robot.peer.client(Watch, "watch")

    def command(command, name):
        spec = WatchSpec(name=name, condition="plate closer than 0.8 m")
        response = robot.peer.call(client, Watch.Request(command=command, spec=spec))
        names = [state.spec.name for state in response.watches]
        return response.error_code, names, response.error_msg

    assert command(Watch.Request.ADD, "first") == (0, ["first"], "")
    before = file.read_bytes()
    others = fill(small_disk)
    for kind, name in ((Watch.Request.ADD, "second"), (Watch.Request.REMOVE, "first")):
        code, names, message = command(kind, name)
        assert (code, names) == (ErrorCode.NOT_STORED, ["first"])
        assert "No space left on device" in message
        assert "Make room" in message
        assert file.read_bytes() == before
        assert set(small_disk.iterdir()) == {file, others}
    robot.answers()
    others.unlink()
    assert command(Watch.Request.ADD, "second") == (0, ["first", "second"], "")
    assert file.read_bytes() != before
    robot.unharmed()
