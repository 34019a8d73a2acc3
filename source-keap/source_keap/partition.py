"""One walk as the CDK's unit of work: what it reads goes into the CDK's queue a page at a time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message

from source_keap.protocol import AirbyteMessage, AirbyteStream, AirbyteStreamStatus, SyncMode
from source_keap.records import record_page
from source_keap.unexpected import traced
from source_keap.walks import Walk


@dataclass(frozen=True)
class WholeStream(Partition, PartitionGenerator):
    """A stream is one partition: its records and states come from one thread, in the order of the walk."""

    walk: Walk

    def generate(self) -> Iterable[Partition]:
        yield self

    def read(self) -> Iterator[AirbyteMessage]:  # type: ignore[override]  # the CDK's queue takes messages too
        """Raises AirbyteTracedException and nothing else."""
        try:
            yield from self._pages()
        except Exception as problem:
            raise traced(problem) from None

    def _pages(self) -> Iterator[AirbyteMessage]:
        running = False
        for item in self.walk.read_records({}):
            if isinstance(item, AirbyteMessage):
                yield item
            elif item:
                if not running:
                    yield as_airbyte_message(described(self.walk.name), AirbyteStreamStatus.RUNNING)
                running = True
                yield record_page(self.walk.name, item)

    def to_slice(self) -> Mapping[str, Any] | None:
        return None

    def stream_name(self) -> str:
        return self.walk.name

    def __hash__(self) -> int:
        return hash(self.walk.name)


def described(name: str) -> AirbyteStream:
    return AirbyteStream(name=name, json_schema={}, supported_sync_modes=[SyncMode.full_refresh])
