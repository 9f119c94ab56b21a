"""An MCAP file that is never half-written: ROS 2 messages as they came from the middleware.

The layout is that of rosbag2 (profile ``ros2``, CDR messages, ``ros2msg`` schemas that include the
definitions of nested types), so RViz, Foxglove, rerun and ``ros2 bag`` open it.
"""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mcap.writer import CompressionType, Writer

PARTIAL = ".partial"  # appended to the name of a file that is being written
RESERVE = 32 * 2**20  # bytes left free on the file system; the index must always fit
MARGIN = 64 * 2**10  # bytes; of the index, for what does not grow with the recording
INDEX_PER_CHUNK = 512  # bytes; generous, for a chunk with messages of ten topics
LOSS = "hispatial_loss"  # metadata of a channel
COMPRESSIONS = {
    "zstd": CompressionType.ZSTD,
    "lz4": CompressionType.LZ4,
    "none": CompressionType.NONE,
}


class StorageFull(OSError):  # noqa: N818 - named as the condition it tells
    """There is no room for another message; what was written before is safe."""


class _File:
    """Writes all of what it is given or raises; knows where it is, and can go back there."""

    def __init__(self, path: Path):
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        self._offset = 0

    def write(self, data: bytes) -> int:
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        self._offset += len(data)
        return len(data)

    def tell(self) -> int:
        return self._offset

    def flush(self) -> None:
        """Nothing is buffered here."""

    def room(self) -> int:
        """Bytes that can still be written."""
        status = os.fstatvfs(self._fd)
        free = status.f_bavail * status.f_frsize
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        return free if limit == resource.RLIM_INFINITY else min(free, limit - self._offset)

    def cut(self, offset: int) -> None:
        os.ftruncate(self._fd, offset)

    def sync(self) -> None:
        os.fsync(self._fd)

    def close(self) -> None:
        os.close(self._fd)


class BagWriter:
    """Writes one file, which is called ``<name>.mcap.partial`` until it is finished.

    After a crash the partial file holds every message up to the last `flush`; `bag.recover` makes a
    finished file of it. When there is no room for a message, `write` raises StorageFull and the
    file can still be finished: ``reserve`` bytes are kept free for its index. Should the file
    system fail all the same (somebody else filled it in between, a quota), the file is cut back to
    the last `flush`, and stays partial.

    To test a full disk: point it at a small tmpfs (``mount -t tmpfs -o size=2m tmpfs DIR``), or
    limit the size of files with ``resource.setrlimit(RLIMIT_FSIZE, ...)``, with ``reserve=0``.
    Python ignores SIGXFSZ, so that the limit shows as an error of the write.

    Not thread-safe.
    """

    def __init__(self, path: Path, compression: str = "zstd", reserve: int = RESERVE):
        """
        Args:
            path: of the finished file; must not exist.
            compression: one of COMPRESSIONS.
            reserve: bytes to leave free on the file system.

        Raises:
            OSError: the file exists or cannot be written.
        """
        self.path = Path(path)
        self.partial = self.path.with_name(self.path.name + PARTIAL)
        if self.path.exists():
            raise FileExistsError(errno.EEXIST, "the file exists", str(self.path))
        self.messages = 0
        self._reserve = reserve
        self._channels: dict[str, int] = {}
        self._schemas: dict[str, int] = {}
        self._pending = 0  # bytes of messages in the chunk that is not written yet
        self._index = MARGIN  # bytes that the index will take
        self._failed = False
        self._file = _File(self.partial)
        self._writer = Writer(self._file, compression=COMPRESSIONS[compression])  # type: ignore[arg-type]
        self._writer.start(profile="ros2", library="hispatial_ros")
        self._good = self._file.tell()  # everything before that is whole

    @property
    def size(self) -> int:
        """Bytes of the file so far, what is pending included (uncompressed)."""
        return self._file.tell() + self._pending

    @property
    def finished_size(self) -> int:
        """What it will have at most if it is finished now: bytes with its index."""
        return self.size + self._index + INDEX_PER_CHUNK

    @property
    def room(self) -> int:
        """Bytes that the file system has for more, without the reserve."""
        return self._file.room() - self._reserve

    def add_topic(self, topic: str, type_name: str, definition: str, loss: str = "") -> None:
        """Declare a topic, before its first message.

        Args:
            type_name: as ``sensor_msgs/msg/Image``.
            definition: ros2msg text, with the definitions of nested types.
            loss: what its messages have lost on the way into the recording, in words.
        """
        if type_name not in self._schemas:
            data = definition.encode()
            self._schemas[type_name] = self._writer.register_schema(type_name, "ros2msg", data)
            self._pending += len(data)
            self._index += len(data) + MARGIN // 64
        self._channels[topic] = self._writer.register_channel(
            topic,
            "cdr",
            self._schemas[type_name],
            {"offered_qos_profiles": "", **({LOSS: loss} if loss else {})},
        )
        self._index += len(topic) + MARGIN // 64

    def write(self, topic: str, data: bytes, log_time: int, publish_time: int) -> None:
        """Append a message.

        Args:
            data: CDR, as the middleware gives it.
            log_time: when it arrived, nanoseconds since the epoch.
            publish_time: when it was sent, the same.

        Raises:
            StorageFull: there is no room for it.
            OSError: it could not be written; the file is closed and stays partial.
        """
        if self._pending + len(data) + self._index + INDEX_PER_CHUNK > self.room:
            raise StorageFull(
                errno.ENOSPC,
                f"no room for another {len(data) / 1e6:.1f} MB beside the {self._reserve / 1e6:.0f}"
                " MB that are left free",
                str(self.path),
            )
        before = self._file.tell()
        with self._whole():
            self._writer.add_message(
                self._channels[topic], log_time, data, publish_time, self.messages
            )
        self.messages += 1
        self._pending += len(data)
        if self._file.tell() != before:
            self._written()

    def flush(self) -> None:
        """Write what is pending: what comes after a crash is lost, this is not. Raises OSError."""
        with self._whole():
            self._writer.flush()
        self._written()

    def finish(self) -> Path:
        """Write the index, give the file its name, close it; returns the name. Raises OSError."""
        with self._whole():
            self._writer.finish()
            self._file.sync()
        self._file.close()
        os.rename(self.partial, self.path)
        return self.path

    def discard(self) -> None:
        """Give up: nothing of the file remains."""
        if not self._failed:
            self._failed = True
            self._file.close()
        self.partial.unlink()

    def _written(self) -> None:
        self._good = self._file.tell()
        self._pending = 0
        self._index += INDEX_PER_CHUNK

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """What is written within is written in whole, or the file is cut back and closed."""
        if self._failed:
            raise OSError(errno.EIO, "writing has failed before", str(self.partial))
        try:
            yield
        except BaseException:
            self._failed = True
            self._file.cut(self._good)
            self._file.close()
            raise
