"""A stream's state on its way in and out.

A walk yields its STATE messages between its records. The CDK puts both into one queue, so a state can never
overtake a record that it covers.
"""

from collections.abc import MutableMapping
from typing import Any

from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record

from source_keap.protocol import (
    AirbyteMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    StreamDescriptor,
    Type,
)


class Checkpoint:
    """The last state of one stream: the one handed in, then the last one saved."""

    def __init__(self, stream: str, state: dict[str, Any]) -> None:
        self.stream = stream
        self.state = state

    def save(self, state: dict[str, Any]) -> AirbyteMessage:
        self.state = state
        return self.message()

    def message(self) -> AirbyteMessage:
        stream_state = AirbyteStreamState(
            stream_descriptor=StreamDescriptor(name=self.stream),
            stream_state=AirbyteStateBlob(self.state),
        )
        state = AirbyteStateMessage(type=AirbyteStateType.STREAM, stream=stream_state)
        return AirbyteMessage(type=Type.STATE, state=state)


class CheckpointCursor(Cursor):
    """Tells the CDK nothing that the walk does not know better; repeats the last saved state at the end."""

    def __init__(self, checkpoint: Checkpoint, repository: MessageRepository) -> None:
        self._checkpoint = checkpoint
        self._repository = repository

    @property
    def state(self) -> MutableMapping[str, Any]:
        return self._checkpoint.state

    def observe(self, record: Record) -> None:
        """Walks keep their own position."""

    def close_partition(self, partition: Partition) -> None:
        """The walk has saved its last state before."""

    def ensure_at_least_one_state_emitted(self) -> None:
        self._repository.emit_message(self._checkpoint.message())

    def should_be_synced(self, record: Record) -> bool:  # noqa: ARG002 (the CDK's signature)
        return True
