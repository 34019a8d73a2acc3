"""A configured catalog of the streams in their best sync modes, for users without a platform."""

from collections.abc import Iterable

from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream

from source_keap.protocol import (
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
)


def configured_catalog(streams: Iterable[AbstractStream], chosen: list[str]) -> ConfiguredAirbyteCatalog:
    described = [stream.as_airbyte_stream() for stream in streams if stream.name in chosen]
    return ConfiguredAirbyteCatalog(streams=[configured(stream) for stream in described])


def configured(stream: AirbyteStream) -> ConfiguredAirbyteStream:
    """Incremental where the stream can be; records with the same key replace each other."""
    incremental = SyncMode.incremental in (stream.supported_sync_modes or [])
    return ConfiguredAirbyteStream(
        stream=stream,
        sync_mode=SyncMode.incremental if incremental else SyncMode.full_refresh,
        destination_sync_mode=DestinationSyncMode.append_dedup,
        cursor_field=stream.default_cursor_field if incremental else None,
        primary_key=stream.source_defined_primary_key,
    )
