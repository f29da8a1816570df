"""The values of a method's parameters while somebody changes them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from restora.data.json_values import JSON
from restora.errors import ParameterError
from restora.jobs.request import parse_params
from restora.plugins.declarations import MethodInfo
from restora.plugins.parameters import Param


class ParameterSet(QObject):
    """All parameters of one method: values, what is wrong with them, and which of them matter.

    Signals:
        changed: the id of a parameter whose value or problem is another one now.
    """

    changed = Signal(str)

    def __init__(self, info: MethodInfo, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.info = info
        self._values: dict[str, object] = {param.id: param.default for param in info.params}
        self._problems: dict[str, str] = {}

    def value(self, param_id: str) -> object:
        """The last value that could be read."""
        return self._values[param_id]

    def values(self) -> dict[str, object]:
        """All of them."""
        return dict(self._values)

    def problem(self, param_id: str) -> str | None:
        """Why what stands in the panel cannot be used."""
        return self._problems.get(param_id)

    def first_problem(self) -> str | None:
        """The sentence that keeps the method from running; None where all is well."""
        return next((text for key, text in self._problems.items() if self.is_visible(key)), None)

    def set(self, param_id: str, value: object, *, typed: bool = True) -> None:
        """Take a value, or a text that somebody typed, and keep the sentence if it cannot be used."""
        param = self._param(param_id)
        try:
            parsed = param.parse(value) if typed or not isinstance(value, str) else param.from_text(value)
        except ParameterError as error:
            self._problems[param_id] = str(error)
        else:
            self._problems.pop(param_id, None)
            self._values[param_id] = parsed
        self.changed.emit(param_id)

    def reset(self, param_id: str) -> None:
        """Back to the declared value."""
        self.set(param_id, self._param(param_id).default)

    def reset_all(self) -> None:
        """Back to all declared values."""
        for param in self.info.params:
            self.reset(param.id)

    def is_default(self, param_id: str) -> bool:
        """Whether it is as declared."""
        return param_id not in self._problems and self._values[param_id] == self._param(param_id).default

    def is_visible(self, param_id: str) -> bool:
        """Whether it matters, given the others."""
        condition = self._param(param_id).visible_if
        if condition is None:
            return True
        other, wanted = condition
        return self.is_visible(other) and self._values.get(other) == wanted

    def apply(self, values: Mapping[str, object]) -> None:
        """Take a preset: what it does not name goes back to its declared value.

        Raises ParameterError, and changes nothing, where a value cannot be used.
        """
        parsed = parse_params(self.info, values, typed=True)
        for param in self.info.params:
            self.set(param.id, parsed[param.id])

    def to_json(self) -> dict[str, JSON]:
        """As a preset or a session keeps it."""
        return {param.id: param.to_json(self._values[param.id]) for param in self.info.params}

    def _param(self, param_id: str) -> Param:
        param = self.info.param(param_id)
        if param is None:
            raise KeyError(param_id)
        return param


def told_differences(info: MethodInfo, params: Mapping[str, object]) -> str:
    """What differs from the declared values, for the history: `Amount 1.5, Radius 2`."""
    parts = []
    for param in info.params:
        value = params.get(param.id, param.default)
        if value != param.default and value != param.to_json(param.default):
            parts.append(f"{param.label} {told_value(value)}")
    return ", ".join(parts)


def told_value(value: object) -> str:
    """A value as a person writes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(told_value(part) for part in value)
    return str(value)
