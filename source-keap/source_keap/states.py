"""What a stream remembers between syncs: frozen, and the JSON that stands in STATE messages.

Every state has `unfinished` while a read is under way. A sync that finds it continues there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap.fingerprints import Stripe
from source_keap.pages import IdRange, keap_time
from source_keap.protocol import FailureType

Json = dict[str, Any]
State = TypeVar("State")


@dataclass(frozen=True)
class Unfinished:
    """A read that broke off: when it started by the server's clock, and the ids that it left."""

    started: datetime
    left: tuple[IdRange, ...]

    def to_json(self) -> Json:
        """`after_id` for a read that went on to the end of the list, `ranges` for one that was split."""
        started = {"started": keap_time(self.started)}
        if len(self.left) == 1 and self.left[0].until is None:
            return started | {"after_id": str(self.left[0].after)}
        return started | {"ranges": [[str(ids.after), ids.until and str(ids.until)] for ids in self.left]}

    @classmethod
    def from_json(cls, value: Json) -> "Unfinished":
        started = _required_moment(value["started"])
        if "ranges" not in value:
            return cls(started, (IdRange(int(value["after_id"])),))
        ranges = [IdRange(int(after), until and int(until)) for after, until in value["ranges"]]
        return cls(started, tuple(ranges))


@dataclass(frozen=True)
class ChangesState:
    """Contacts and orders: everything that changed before `since` has been read.

    `recent` holds the hashes of rows read that changed after `since`, since the next read meets them again.
    """

    since: datetime | None = None
    recent: Mapping[str, str] = field(default_factory=dict)
    unfinished: Unfinished | None = None

    def to_json(self, cursor_field: str) -> Json:
        return _without_empty(
            {
                cursor_field: keap_time(self.since) if self.since else None,
                "recent": dict(self.recent),
                "unfinished": self.unfinished.to_json() if self.unfinished else None,
            }
        )

    @classmethod
    def from_json(cls, value: Json, cursor_field: str, *others: str) -> "ChangesState":
        require_fields(value, cursor_field, "recent", "unfinished", *others)
        recent = {str(key): str(digest) for key, digest in dict(value.get("recent") or {}).items()}
        return cls(_moment(value.get(cursor_field)), recent, _unfinished(value))


@dataclass(frozen=True)
class SubscriptionsState:
    """As for changes, plus when all subscriptions were last compared, and their stripes.

    `gone`: ids that the comparison under way misses; `doubted`: ids that the one before missed, too many to
    believe at once.
    """

    since: datetime | None = None
    recent: Mapping[str, str] = field(default_factory=dict)
    swept: datetime | None = None
    stripes: tuple[Stripe, ...] = ()
    unfinished: Unfinished | None = None
    gone: tuple[int, ...] = ()
    doubted: tuple[int, ...] = ()

    def to_json(self, cursor_field: str) -> Json:
        changes = ChangesState(self.since, self.recent, self.unfinished).to_json(cursor_field)
        return changes | _without_empty(
            {
                "swept": keap_time(self.swept) if self.swept else None,
                "stripes": [stripe.to_json() for stripe in self.stripes],
                "gone": [str(row_id) for row_id in self.gone],
                "doubted": [str(row_id) for row_id in self.doubted],
            }
        )

    @classmethod
    def from_json(cls, value: Json, cursor_field: str) -> "SubscriptionsState":
        own = ("swept", "stripes", "gone", "doubted")
        changes = ChangesState.from_json(value, cursor_field, *own)
        swept = _moment(value.get("swept"))
        gone, doubted = (tuple(int(row_id) for row_id in value.get(key) or ()) for key in ("gone", "doubted"))
        return cls(changes.since, changes.recent, swept, _stripes(value), changes.unfinished, gone, doubted)


@dataclass(frozen=True)
class PaymentsState:
    """`last_id`: highest id read. Rows above `recheck_after` are compared with their stripes in each sync.

    `marks`: (moment, highest id then), from which `recheck_after` moves on as time passes.
    """

    last_id: int = 0
    recheck_after: int | None = None
    stripes: tuple[Stripe, ...] = ()
    marks: tuple[tuple[datetime, int], ...] = ()
    unfinished: Unfinished | None = None

    def to_json(self) -> Json:
        return _without_empty(
            {
                "id": str(self.last_id),
                "recheck_after": None if self.recheck_after is None else str(self.recheck_after),
                "stripes": [stripe.to_json() for stripe in self.stripes],
                "marks": [[keap_time(moment), str(last_id)] for moment, last_id in self.marks],
                "unfinished": self.unfinished.to_json() if self.unfinished else None,
            }
        )

    @classmethod
    def from_json(cls, value: Json) -> "PaymentsState":
        require_fields(value, "id", "recheck_after", "stripes", "marks", "unfinished")
        recheck_after = value.get("recheck_after")
        return cls(
            int(value.get("id") or 0),
            None if recheck_after is None else int(recheck_after),
            _stripes(value),
            tuple((_required_moment(moment), int(last_id)) for moment, last_id in value.get("marks") or ()),
            _unfinished(value),
        )


@dataclass(frozen=True)
class TransactionsState:
    """Rows up to `reached` were read; those behind `settled` are compared with their stripes in each sync.

    Places are seconds since 1970. `unfinished`: the read broke off and goes on at `reached`.
    """

    reached: int = 0
    settled: int | None = None
    stripes: tuple[Stripe, ...] = ()
    unfinished: bool = False

    def to_json(self, cursor_field: str) -> Json:
        return _without_empty(
            {
                cursor_field: keap_time(datetime.fromtimestamp(self.reached, UTC)),
                "settled": None if self.settled is None else str(self.settled),
                "stripes": [stripe.to_json() for stripe in self.stripes],
                "unfinished": self.unfinished or None,
            }
        )

    @classmethod
    def from_json(cls, value: Json, cursor_field: str) -> "TransactionsState":
        require_fields(value, cursor_field, "settled", "stripes", "unfinished")
        reached, settled = _moment(value.get(cursor_field)), value.get("settled")
        return cls(
            int(reached.timestamp()) if reached else 0,
            None if settled is None else int(settled),
            _stripes(value),
            bool(value.get("unfinished")),
        )


class UnknownFieldsError(ValueError):
    """A state says more than this version can read."""


def require_fields(value: Json, *known: str) -> None:
    """Raises UnknownFieldsError: to leave out what a newer version says would be to misread it.

    What begins with `__ab` is the CDK's own.
    """
    unknown = sorted(key for key in value if key not in known and not key.startswith("__ab"))
    if unknown:
        raise UnknownFieldsError(", ".join(unknown))


def read_state(stream: str, parse: Callable[[], State]) -> State:
    """A state that this connector did not write is a configuration error, not a crash and not a full read."""
    try:
        return parse()
    except UnknownFieldsError as error:
        raise AirbyteTracedException(
            message=f"The state of stream {stream} says more than this version of source-keap can read "
            f"({error}): a newer version wrote it. Install that version again, or remove this stream from "
            "the state file (or reset the stream) to read it from the start.",
            internal_message=f"state of {stream}: unknown {error}",
            failure_type=FailureType.config_error,
        ) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise AirbyteTracedException(
            message=f"The state of stream {stream} is not one that source-keap writes: remove this stream "
            "from the state file (or reset the stream) to read it from the start.",
            internal_message=f"state of {stream}: {type(error).__name__}: {error}",
            failure_type=FailureType.config_error,
        ) from None


def _without_empty(value: Json) -> Json:
    return {key: item for key, item in value.items() if item not in (None, [], {})}


def _stripes(value: Json) -> tuple[Stripe, ...]:
    return tuple(Stripe.from_json(stripe) for stripe in value.get("stripes") or ())


def _unfinished(value: Json) -> Unfinished | None:
    unfinished = value.get("unfinished")
    return Unfinished.from_json(unfinished) if unfinished else None


def _moment(value: Any) -> datetime | None:
    return None if value is None else _required_moment(value)


def _required_moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
