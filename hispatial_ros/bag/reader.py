"""Messages of an MCAP file, be it finished or not."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from mcap.exceptions import EndOfFile, McapError
from mcap.records import Channel, Message, Schema
from mcap.stream_reader import StreamReader
from mcap_ros2.decoder import DecoderFactory
from zstandard import ZstdError

from hispatial_ros.bag.writer import LOSS
from hispatial_ros.errors import ErrorCode, SpatialError

# What reading raises on bytes that are no MCAP; RuntimeError is lz4's.
DAMAGE = (McapError, ValueError, KeyError, RuntimeError, struct.error, ZstdError)


@dataclass(frozen=True)
class Entry:
    """One recorded message."""

    topic: str
    schema: Schema
    channel: Channel
    message: Message

    @property
    def loss(self) -> str:
        """What the topic's messages have lost on the way into the recording, in words."""
        return self.channel.metadata.get(LOSS, "")


class _Whole:
    """Reads as much as is asked for, or raises EndOfFile; mcap would go on with what there is."""

    def __init__(self, file: BinaryIO):
        self._file = file

    def read(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) < length:
            raise EndOfFile(f"{length} bytes expected, {len(data)} found")
        return data


class BagReader:
    """Reads a file in the order it was written, up to where it ends.

    A file that was never finished (crash, power loss) has no index and may end in the middle of a
    chunk; ``truncated`` tells so after reading.
    """

    def __init__(self, path: Path):
        self.path = Path(path)
        self.truncated = False
        self._decoders = DecoderFactory()

    def entries(self, wanted: Callable[[str], bool] = lambda topic: True) -> Iterator[Entry]:
        """The messages on wanted topics, as they are.

        Raises:
            SpatialError: BAD_REQUEST if it is no MCAP file, or damaged other than cut short.
            OSError: it cannot be read.
        """
        schemas: dict[int, Schema] = {}
        channels: dict[int, Channel] = {}
        self.truncated = False
        with self.path.open("rb") as file:
            try:
                for record in StreamReader(_Whole(file), validate_crcs=True).records:  # type: ignore[arg-type]
                    if isinstance(record, Schema):
                        schemas[record.id] = record
                    elif isinstance(record, Channel):
                        channels[record.id] = record
                    elif isinstance(record, Message):
                        channel = channels[record.channel_id]
                        if wanted(channel.topic):
                            schema = schemas[channel.schema_id]
                            yield Entry(channel.topic, schema, channel, record)
            except EndOfFile:
                self.truncated = True
            except DAMAGE as error:
                raise SpatialError(
                    ErrorCode.BAD_REQUEST, f"{self.path} is no MCAP file, or damaged: {error}"
                ) from error

    def decode(self, entry: Entry) -> Any:
        """The message as an object with the fields of its type.

        Raises:
            SpatialError: BAD_REQUEST if it is no ROS 2 message with a ros2msg definition.
        """
        decoder = self._decoders.decoder_for(entry.channel.message_encoding, entry.schema)
        if decoder is None:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"{self.path}: {entry.topic} is no ROS 2 message (cdr, ros2msg)",
            )
        return decoder(entry.message.data)
