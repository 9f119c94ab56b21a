"""Files that others read, whatever happens while they are written."""

import os
import random
import signal
import subprocess
import sys

import pytest
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from rosbags.highlevel import AnyReader

from hispatial_ros.bag.reader import BagReader
from hispatial_ros.bag.recover import recover
from hispatial_ros.bag.writer import BagWriter, StorageFull
from hispatial_ros.errors import SpatialError

WRITE_FOREVER = """
import sys
from pathlib import Path
from hispatial_ros.bag.writer import BagWriter

bag = BagWriter(Path(sys.argv[1]))
bag.add_topic("/words", "std_msgs/msg/String", "string data")
flushed = 0
while True:
    text = f"{bag.messages:>1000}".encode() + b"\\0"
    data = b"\\0\\1\\0\\0" + len(text).to_bytes(4, "little") + text
    bag.write("/words", data, bag.messages + 1, bag.messages + 1)
    if bag.messages % 100 == 0:
        bag.flush()
        print(bag.messages, flush=True)
"""


def by_rosbags(path):
    with AnyReader([path]) as reader:
        return [reader.deserialize(raw, c.msgtype).data for c, _, raw in reader.messages()]


def by_mcap(path):
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[DecoderFactory()])
        return [message.data for *_, message in reader.iter_decoded_messages()]


def by_us(path):
    reader = BagReader(path)
    return [reader.decode(entry).data for entry in reader.entries()]


READERS = (by_rosbags, by_mcap, by_us)


@pytest.mark.parametrize("compression", ["zstd", "lz4", "none"])
def test_every_reader_opens_a_finished_file(make_bag, say, compression):
    bag = make_bag(compression=compression)
    say(bag, "one", "two", "drei ä")
    assert bag.partial.exists()
    assert not bag.path.exists()
    path = bag.finish()
    assert (path, bag.partial.exists()) == (bag.path, False)
    for read in READERS:
        assert read(path) == ["one", "two", "drei ä"]


def test_times_and_definitions_are_kept(make_bag, say):
    bag = make_bag()
    say(bag, "one")
    (entry,) = BagReader(bag.finish()).entries()
    assert (entry.message.log_time, entry.message.publish_time) == (10**9, 10**9 - 1)
    assert entry.schema.name == "std_msgs/msg/String"
    assert "# Anything." in entry.schema.data.decode()


def test_an_empty_recording_is_a_file_too(make_bag):
    path = make_bag().finish()
    for read in READERS:
        assert read(path) == []


def test_a_file_is_never_overwritten(make_bag, say):
    bag = make_bag()
    with pytest.raises(FileExistsError):
        make_bag()
    bag.finish()
    with pytest.raises(FileExistsError):
        make_bag()


def test_a_killed_recording_keeps_all_that_was_flushed(tmp_path):
    path = tmp_path / "killed.mcap"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE_FOREVER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    for _ in range(20):
        flushed = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    flushed = int(([flushed, *writer.stdout.read().split()])[-1])
    writer.wait()
    assert not path.exists()
    partial = path.with_name("killed.mcap.partial")
    reader = BagReader(partial)
    kept = [int(reader.decode(entry).data) for entry in reader.entries()]
    assert reader.truncated
    assert len(kept) >= flushed >= 2000
    assert kept == list(range(len(kept)))
    recovered = recover(partial)
    assert recovered.messages == len(kept)
    assert recovered.path == tmp_path / "killed.recovered.mcap"
    for read in (by_rosbags, by_mcap):
        assert list(map(int, read(recovered.path))) == kept


def test_what_is_cut_anywhere_can_be_recovered(make_bag, say, tmp_path):
    bag = make_bag()
    for n in range(5):
        say(bag, f"word {n}")
        bag.flush()
    data = bag.finish().read_bytes()
    kept = set()
    for size in range(0, len(data), 7):
        partial = tmp_path / f"{size}.mcap.partial"
        partial.write_bytes(data[:size])
        words = by_rosbags(recover(partial).path)
        assert words == [f"word {n}" for n in range(len(words))]
        kept.add(len(words))
    assert kept == set(range(6))


def test_what_is_no_recording_is_refused(tmp_path):
    path = tmp_path / "notes.mcap.partial"
    path.write_text("These are not the bytes you are looking for.")
    with pytest.raises(SpatialError, match="no MCAP file"):
        list(BagReader(path).entries())
    with pytest.raises(SpatialError, match="no MCAP file"):
        recover(path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("seed", range(5))
def test_a_full_disk_ends_a_file_that_every_reader_opens(make_bag, say, limit_file_size, seed):
    noise = random.Random(seed)
    limit_file_size(noise.randrange(400_000, 900_000))
    bag = make_bag()
    texts = []

    def write_until_full():
        while True:
            text = noise.randbytes(noise.randrange(1, 20_000)).hex()
            say(bag, text)
            texts.append(text)
            if noise.random() < 0.3:
                bag.flush()

    with pytest.raises(StorageFull, match="no room"):
        write_until_full()
    assert texts
    path = bag.finish()
    for read in READERS:
        assert read(path) == texts


def test_the_reserve_stays_free(make_bag, say, limit_file_size):
    limit_file_size(1_000_000)
    bag = make_bag(reserve=800_000)
    text = random.Random(0).randbytes(20_000).hex()
    with pytest.raises(StorageFull):
        say(bag, *[text] * 100)
    assert bag.finish().stat().st_size < 200_000


def test_a_write_that_fails_leaves_what_was_flushed(make_bag, say, limit_file_size, monkeypatch):
    bag = make_bag()
    say(bag, "one", "two")
    bag.flush()
    # As if another process filled the disk just after there was room.
    monkeypatch.setattr(bag._file, "room", lambda: 10**12)
    limit_file_size(50_000)
    with pytest.raises(OSError, match="File too large"):
        say(bag, random.Random(0).randbytes(2_000_000).hex())
    for again in (bag.flush, bag.finish, lambda: say(bag, "three")):
        with pytest.raises(OSError, match="failed before"):
            again()
    assert not bag.path.exists()
    assert by_us(bag.partial) == ["one", "two"]
    limit_file_size(-1)
    assert by_rosbags(recover(bag.partial).path) == ["one", "two"]


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        BagWriter(tmp_path / "nowhere" / "a.mcap")


def test_recovering_keeps_what_is_known_of_losses(tmp_path, encode, text_topic):
    bag = BagWriter(tmp_path / "a.mcap", reserve=0)
    bag.add_topic(*text_topic, loss="JPEG of quality 90")
    bag.write(text_topic[0], encode("a"), 1, 1)
    bag.flush()
    (entry,) = BagReader(recover(bag.partial).path).entries()
    assert entry.loss == "JPEG of quality 90"
    bag.discard()
