"""Rows that Keap no longer has, as records in the form that Airbyte's destinations know from databases."""

import logging
from collections.abc import Collection
from datetime import datetime

from source_keap.pages import Row

LOGGER = logging.getLogger("airbyte")
BELIEVED_AT_ONCE = 10
SHARE_BELIEVED_AT_ONCE = 0.1


def deletion(row_id: int, cursor_field: str, noticed: datetime) -> Row:
    """Id, time, and `_ab_cdc_deleted_at`, by which destinations delete a row when they deduplicate.

    The cursor field is filled since destinations keep the row with the highest one.
    """
    moment = noticed.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": str(row_id), cursor_field: moment, "_ab_cdc_deleted_at": moment}


def believed(stream: str, gone: Collection[int], still_there: int) -> set[int]:
    """`gone`, unless it is so much that an error of Keap's or a right taken from the key is likelier."""
    share = SHARE_BELIEVED_AT_ONCE * (len(gone) + still_there)
    if len(gone) <= max(BELIEVED_AT_ONCE, share):
        return set(gone)
    LOGGER.warning(
        f"Stream {stream}: {len(gone)} of {len(gone) + still_there} rows are gone. They are reported as "
        "deleted when the next full comparison still misses them; check that the key may see what it could "
        "see before."
    )
    return set()
