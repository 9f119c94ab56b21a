"""Rows of files within limits."""

import random

import pytest

from hispatial_ros.bag.reader import BagReader
from hispatial_ros.bag.recording import LimitReached, Limits, Recording

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


@pytest.mark.parametrize("limits", [{}, {"max_bytes": 100_000}])
def test_all_files_together_stay_below_a_limit(tmp_path, text_topic, encode, limits):
    noise = random.Random(0)
    recording = Recording(tmp_path / "walk.mcap", Limits(total_bytes=500_000, **limits), reserve=0)
    recording.add_topic("/a", *text_topic[1:])
    written = []

    def write_until_it_ends():
        for n in range(1000):
            text = noise.randbytes(1000).hex()
            recording.write("/a", encode(text), n, n)
            recording.flush()
            written.append(text)

    with pytest.raises(LimitReached, match=r"limit of 0\.5 MB"):
        write_until_it_ends()
    files = recording.finish()
    assert (len(files) > 1) == bool(limits)
    assert 250_000 < sum(path.stat().st_size for path in files) <= 500_000
    assert [word for path in files for word in words(path)] == written


def test_files_that_were_deleted_do_not_count(tmp_path, text_topic, encode):
    limits = Limits(max_seconds=0.5, max_files=2, total_bytes=300_000)
    recording = Recording(tmp_path / "walk.mcap", limits, reserve=0)
    recording.add_topic("/a", *text_topic[1:])
    noise = random.Random(0)
    for n in range(100):
        recording.write("/a", encode(noise.randbytes(5000).hex()), n * NS, n * NS)
        assert recording.size < 300_000
    assert len(recording.finish()) == 2


def test_a_topic_is_declared_once(tmp_path, text_topic, encode):
    recording = Recording(tmp_path / "walk.mcap", reserve=0)
    for _ in range(2):
        recording.add_topic("/a", *text_topic[1:], loss="JPEG of quality 90")
        recording.write("/a", encode("a"), 1, 1)
    entries = list(BagReader(recording.finish()[0]).entries())
    assert len({entry.channel.id for entry in entries}) == 1
    assert [entry.loss for entry in entries] == ["JPEG of quality 90"] * 2
