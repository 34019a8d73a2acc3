"""Finding the route of a path."""

from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from .message import Route


def segments(path: str) -> list[str]:
    """The decoded parts of a path: `/a/b%2Fc` is `["a", "b/c"]`."""
    return [unquote(part) for part in path.lstrip("/").split("/")]


class Router:
    """Routes grouped by their number of segments; fixed segments win over parameters."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[tuple[list[str], Route]]] = {}
        for route in routes:
            parts = segments(route.path)
            self._by_length.setdefault(len(parts), []).append((parts, route))
        for group in self._by_length.values():
            group.sort(key=lambda each: [part.startswith("{") for part in each[0]])

    def find(self, method: str, path: str) -> tuple[Route | None, Mapping[str, str], str]:
        """The route (None when only the method differs or nothing fits), its parameters, its template."""
        parts, other = segments(path), ""
        for pattern, route in self._by_length.get(len(parts), ()):
            params = _fit(pattern, parts)
            if params is None:
                continue
            if route.method == method:
                return route, params, route.path
            other = other or route.path
        return None, {}, other


def _fit(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for wanted, given in zip(pattern, parts, strict=True):
        if wanted.startswith("{"):
            if not given:
                return None
            params[wanted[1:-1]] = given
        elif wanted != given:
            return None
    return params
