"""Pages of lists that do not fit together: a page that comes twice, rows that move while they are read."""

import json
from collections.abc import Mapping
from dataclasses import replace

from .faults import Fault
from .message import Answer, Call, Json

Rows = list[Json]


class Pages:
    """Remembers the last page of each path, as it was before anything was done to it."""

    def __init__(self) -> None:
        self._last: dict[str, Rows] = {}

    def clear(self) -> None:
        """Forget everything."""
        self._last.clear()

    def altered(self, fault: Fault | None, call: Call, answer: Answer) -> Answer:
        """The answer, spoiled if the rule says so; anything but a list stays as it is.

        `duplicate_page`: the rows of the page before come again, under this page's cursor. `drift` "repeat":
        the last row of the page before comes again (a row was put in before it); "skip": the first row of the
        page is left out (a row before it was deleted).
        """
        body = _body(answer)
        name = _name_of_rows(call, body)
        if name is None:
            return answer
        rows: Rows = body[name]
        before = self._last.get(call.path, [])
        self._last[call.path] = rows
        if fault is None or not (fault.duplicate_page or fault.drift):
            return answer
        if fault.duplicate_page:
            changed = before or rows
        elif fault.drift == "repeat":
            changed = before[-1:] + rows
        else:
            changed = rows[1:]
        return replace(answer, body={**body, name: changed})


def _body(answer: Answer) -> Json:
    """The body as data, also where a server has written its JSON itself."""
    if isinstance(answer.body, str) and answer.headers.get("Content-Type") == "application/json":
        return json.loads(answer.body)
    return answer.body


def _name_of_rows(call: Call, body: Json) -> str | None:
    """Under which key the answer has its rows, if it is a page of a list."""
    if call.method != "GET" or not isinstance(body, Mapping):
        return None
    lists = (name for name, value in body.items() if isinstance(value, list))
    return next(lists, None)
