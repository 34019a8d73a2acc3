"""Every uncertain fact about a vendor's API as a named switch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .message import Json

SwitchValue = str | int | None


@dataclass(frozen=True, slots=True)
class Switch:
    """One doubt. `values` lists what it may be; an empty tuple means any whole number from 0."""

    name: str
    values: tuple[SwitchValue, ...]
    default: SwitchValue
    says: str
    section: str

    def accepts(self, value: Json) -> bool:
        """Is this a value the switch may take? (True is not the number 1.)"""
        if isinstance(value, bool):
            return False
        if not self.values:
            return isinstance(value, int) and value >= 0
        return value in self.values


class Switches:
    """The present position of each switch of one server."""

    def __init__(self, table: Iterable[Switch]) -> None:
        self.table = {switch.name: switch for switch in table}
        self._values: dict[str, SwitchValue] = {}
        self.reset()

    def reset(self) -> None:
        """All switches to their defaults."""
        self._values = {name: switch.default for name, switch in self.table.items()}

    def __getitem__(self, name: str) -> SwitchValue:
        return self._values[name]

    def text(self, name: str) -> str:
        """The value of a switch that holds words."""
        return str(self._values[name])

    def number(self, name: str) -> int:
        """The value of a switch that holds a number."""
        value = self._values[name]
        if not isinstance(value, int):
            raise TypeError(f"switch {name} holds no number")
        return value

    def on(self, name: str) -> bool:
        """Is an on|off switch on?"""
        return self._values[name] == "on"

    def turn(self, name: str, value: Json) -> None:
        """Put a switch; ValueError for an unknown switch or value."""
        switch = self.table.get(name)
        if switch is None:
            raise ValueError(f"no switch named {name}")
        if not switch.accepts(value):
            allowed = ", ".join(str(each) for each in switch.values) or "a whole number from 0"
            raise ValueError(f"switch {name} takes {allowed}")
        self._values[name] = value

    def turn_all(self, wanted: Mapping[str, Json]) -> None:
        """Put several switches; none is moved when one of them is refused."""
        before = dict(self._values)
        try:
            for name, value in wanted.items():
                self.turn(name, value)
        except ValueError:
            self._values = before
            raise

    def describe(self) -> dict[str, Json]:
        """Name to value, values, default, sentence and section of the fact sheet it comes from."""
        return {
            name: {
                "value": self._values[name],
                "values": list(switch.values),
                "default": switch.default,
                "says": switch.says,
                "section": switch.section,
            }
            for name, switch in self.table.items()
        }
