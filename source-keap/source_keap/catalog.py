"""A configured catalog of the streams in their best sync modes, for users without a platform."""

from collections.abc import Collection, Iterable

from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream

from source_keap.protocol import (
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
)


def configured_catalog(
    streams: Iterable[AbstractStream], chosen: Collection[str], whole: Collection[str] = ()
) -> ConfiguredAirbyteCatalog:
    """The chosen streams; those of `whole`, which are chosen too, in full in each read."""
    described = [s.as_airbyte_stream() for s in streams if s.name in chosen or s.name in whole]
    return ConfiguredAirbyteCatalog(
        streams=[configured(stream, whole=stream.name in whole) for stream in described]
    )


def configured(stream: AirbyteStream, *, whole: bool) -> ConfiguredAirbyteStream:
    """Incremental where the stream can be and may; records with the same key replace each other."""
    incremental = not whole and SyncMode.incremental in (stream.supported_sync_modes or [])
    return ConfiguredAirbyteStream(
        stream=stream,
        sync_mode=SyncMode.incremental if incremental else SyncMode.full_refresh,
        destination_sync_mode=DestinationSyncMode.append_dedup,
        cursor_field=stream.default_cursor_field if incremental else None,
        primary_key=stream.source_defined_primary_key,
    )
