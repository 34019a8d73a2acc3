"""A page of records on its way to standard output: serialised once, where the page is read.

The CDK makes two objects of each record and serialises both; for a page of a thousand orders that takes
longer than fetching and parsing it.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson

from source_keap.pages import Row
from source_keap.protocol import AirbyteMessage, AirbyteMessageSerializer, Type


@dataclass
class RecordPage(AirbyteMessage):
    """Records of one stream as RECORD lines. Passes through the CDK's queue as one message."""

    stream: str = ""
    count: int = 0
    lines: bytes = b""

    def messages(self) -> Iterator[AirbyteMessage]:
        """The same records as messages of the protocol, for callers in the same process."""
        for line in self.lines.splitlines():
            yield AirbyteMessageSerializer.load(orjson.loads(line))


def record_page(stream: str, rows: list[Row]) -> RecordPage:
    head = b'{"type":"RECORD","record":{"stream":' + orjson.dumps(stream) + b',"data":'
    tail = b',"emitted_at":%d}}\n' % (time.time_ns() // 1_000_000)
    dumps, between = orjson.dumps, tail + head
    lines = head + between.join([dumps(row) for row in rows]) + tail
    return RecordPage(type=Type.RECORD, stream=stream, count=len(rows), lines=lines)


def one_by_one(messages: Iterable[AirbyteMessage]) -> Iterator[AirbyteMessage]:
    """Messages with each page taken apart into its records."""
    for message in messages:
        if isinstance(message, RecordPage):
            yield from message.messages()
        else:
            yield message
