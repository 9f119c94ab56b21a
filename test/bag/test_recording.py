"""Rows of files within limits."""

import random

import pytest

from hispatial_ros.bag.reader import BagReader
from hispatial_ros.bag.recording import Limits, Recording

NS = 10**9


def words(path):
    reader = BagReader(path)
    return [reader.decode(entry).data for entry in reader.entries()]


@pytest.fixture
def record(tmp_path, text_topic, encode):
    """Records (topic, second, text); returns the names of the files and their words."""

    def run(messages, latched=(), **limits):
        recording = Recording(tmp_path / "walk.mcap", Limits(**limits), reserve=0)
        for topic in sorted({topic for topic, *_ in messages}):
            recording.add_topic(topic, *text_topic[1:], latched=topic in latched)
        for topic, second, text in messages:
            recording.write(topic, encode(text), round(second * NS), round(second * NS))
        return {path.name: words(path) for path in recording.finish()}

    return run


def test_without_limits_there_is_one_file(record):
    assert record([("/a", n, f"{n}") for n in range(9)]) == {
        "walk.mcap": [str(n) for n in range(9)]
    }


def test_files_end_after_a_time(record):
    files = record([("/a", n / 2, f"{n}") for n in range(9)], max_seconds=1.5)
    assert files == {
        "walk_000.mcap": ["0", "1", "2", "3"],
        "walk_001.mcap": ["4", "5", "6", "7"],
        "walk_002.mcap": ["8"],
    }


def test_files_end_at_a_size(record, tmp_path):
    noise = random.Random(0)
    texts = [noise.randbytes(2000).hex() for _ in range(200)]
    files = record([("/a", n, text) for n, text in enumerate(texts)], max_bytes=200_000)
    assert len(files) > 2
    assert [word for content in files.values() for word in content] == texts
    for name in files:  # the index comes on top
        assert (tmp_path / name).stat().st_size < 300_000


def test_the_oldest_files_make_room_for_the_newest(record, tmp_path):
    files = record([("/a", n, f"{n}") for n in range(5)], max_seconds=0.5, max_files=2)
    assert files == {"walk_003.mcap": ["3"], "walk_004.mcap": ["4"]}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_each_file_begins_with_what_is_latched(record):
    messages = [("/map", 0, "old map"), ("/map", 1, "map"), ("/a", 2, "a"), ("/a", 20, "b")]
    files = record(messages, latched=("/map",), max_seconds=10)
    assert files == {"walk_000.mcap": ["old map", "map", "a"], "walk_001.mcap": ["map", "b"]}


def test_what_is_latched_may_be_larger_than_a_file(record):
    noise = random.Random(0).randbytes(20_000).hex()
    messages = [("/map", 0, noise), *(("/a", n, f"{n}") for n in range(1, 5))]
    files = record(messages, latched=("/map",), max_bytes=10_000)
    assert files["walk_004.mcap"] == [noise, "4"]
    assert len(files) == 5


def test_nothing_leaves_nothing(record, tmp_path):
    assert record([]) == {}
    assert list(tmp_path.iterdir()) == []
