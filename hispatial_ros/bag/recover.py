"""A finished file out of one whose recording was cut short."""

from dataclasses import dataclass
from pathlib import Path

from hispatial_ros.bag.reader import BagReader
from hispatial_ros.bag.writer import PARTIAL, BagWriter
from hispatial_ros.errors import ErrorCode, SpatialError


@dataclass(frozen=True)
class Recovered:
    """The finished file and how many messages it holds."""

    path: Path
    messages: int


def recover(partial: Path) -> Recovered:
    """Copy every whole message of ``NAME.mcap.partial`` to ``NAME.recovered.mcap``.

    Raises:
        SpatialError: BAD_REQUEST if it is no MCAP file.
        OSError: reading or writing failed; StorageFull among them.
    """
    reader = BagReader(partial)
    writer = BagWriter(_finished_name(partial), reserve=0)
    known: set[str] = set()
    try:
        for entry in reader.entries():
            if entry.topic not in known:
                known.add(entry.topic)
                writer.add_topic(
                    entry.topic, entry.schema.name, entry.schema.data.decode(), entry.loss
                )
            message = entry.message
            writer.write(entry.topic, message.data, message.log_time, message.publish_time)
    except BaseException:
        writer.discard()
        raise
    return Recovered(writer.finish(), writer.messages)


def _finished_name(partial: Path) -> Path:
    if not partial.name.endswith(PARTIAL):
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{partial} is finished: only files whose name ends with {PARTIAL} need recovery",
        )
    return partial.with_name(partial.name.removesuffix(PARTIAL)).with_suffix(".recovered.mcap")


def advice(partial: Path) -> str:
    """What an operator can do about a file that could not be finished."""
    return (
        f"what was recorded is in {partial}: make room, then `hispatial record --recover {partial}`"
    )
