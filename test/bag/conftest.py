"""Messages to record, encoded without ROS."""

import resource
import struct
from collections.abc import Callable, Iterator

import pytest

from hispatial_ros.bag.writer import BagWriter

TOPIC, TYPE, DEFINITION = "/words", "std_msgs/msg/String", "string data  # Anything.\n"


def _encode(text: str) -> bytes:
    """A std_msgs/String as little-endian CDR."""
    data = text.encode() + b"\0"
    return b"\0\1\0\0" + struct.pack("<I", len(data)) + data


@pytest.fixture
def encode() -> Callable[[str], bytes]:
    return _encode


@pytest.fixture
def text_topic() -> tuple[str, str, str]:
    """Name, type, definition."""
    return TOPIC, TYPE, DEFINITION


@pytest.fixture
def make_bag(tmp_path) -> Callable[..., BagWriter]:
    def make(**options) -> BagWriter:
        bag = BagWriter(tmp_path / "words.mcap", **{"reserve": 0, **options})
        bag.add_topic(TOPIC, TYPE, DEFINITION)
        return bag

    return make


@pytest.fixture
def say() -> Callable[..., None]:
    """Writes texts to a bag, one per second of log time."""

    def write(bag: BagWriter, *texts: str) -> None:
        for text in texts:
            log_time = (bag.messages + 1) * 10**9
            bag.write(TOPIC, _encode(text), log_time, log_time - 1)

    return write


@pytest.fixture
def limit_file_size() -> Iterator[Callable[[int], None]]:
    """No file of this process can grow beyond so many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
