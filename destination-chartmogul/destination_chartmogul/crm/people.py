"""Who a Keap user is in ChartMogul: by the configuration's list, else by the same e-mail address.

ChartMogul's API lists no users, so whether an address is one shows when it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from destination_chartmogul.mapping.context import Record
from destination_chartmogul.mapping.outcome import UnwritableError


class People:
    """Keap users of the run; `table` gives ChartMogul addresses by Keap user id or address, in small
    letters; `default` has what nobody has and ChartMogul wants somebody for.
    """

    def __init__(
        self, users: Mapping[str, Record], table: Mapping[str, str], default: str | None = None
    ) -> None:
        self._users, self._table, self._default = users, table, default

    def needed(self, user_id: object) -> str | None:
        """As `email`, with the default user in the place of nobody and of somebody unknown."""
        try:
            return self.email(user_id) or self._default
        except UnwritableError:
            if self._default is None:
                raise
            return self._default

    def email(self, user_id: object, told: object = None) -> str | None:
        """Address of a Keap user; `told` is the address that the record itself says. None for nobody.

        Raises UnwritableError `unknown_user` for a user whose address nobody knows.
        """
        key = "" if user_id in (None, "", 0, "0") else str(user_id)
        if not key:
            return None
        known = [key, *(_texts(told)), *_addresses(self._users.get(key) or {})]
        mapped = [self._table[each.casefold()] for each in known if each.casefold() in self._table]
        found = next(iter([*mapped, *known[1:]]), None)
        if found is None:
            raise UnwritableError(
                "unknown_user", f"Keap user {key} has no known e-mail address and is not in crm.users"
            )
        return found


def _texts(value: object) -> list[str]:
    return [value.strip()] if isinstance(value, str) and value.strip() else []


def _addresses(user: Record) -> Iterable[str]:
    rows: list[Any] = [row for row in user.get("email_addresses") or () if isinstance(row, Mapping)]
    for row in sorted(rows, key=lambda each: str(each.get("field") or "~")):
        yield from _texts(row.get("email"))
