"""Parameters of a method: one frozen class per kind, which panel, command line and recipe all read.

`parse` takes what JSON or Python hands over, `from_text` what a person types; both return the typed value or
raise ParameterError. `to_json` is the inverse of `parse`.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from restora.data.geometry import Rect
from restora.data.json_values import JSON, finite
from restora.errors import ParameterError

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})

MAX_SEED = 2**63 - 1
"""Seeds fit a signed 64-bit integer, the widest that JSON readers and Qt agree on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What every kind of parameter has."""

    id: str
    label: str
    help: str = ""
    group: str = ""
    advanced: bool = False
    visible_if: tuple[str, object] | None = None
    """(id of another parameter, the value it must have for this one to matter)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntParam(_Common):
    """A whole number with closed bounds."""

    default: int
    minimum: int
    maximum: int
    step: int = 1
    unit: str = ""

    def parse(self, value: object) -> int:
        """The number, if it lies within the bounds."""
        whole_float = isinstance(value, float) and value.is_integer()
        if isinstance(value, bool) or not (isinstance(value, int) or whole_float):
            raise ParameterError(self.id, f"needs a whole number, got {value!r}")
        number = int(value)  # type: ignore[call-overload]  # narrowed to int or whole float above
        if not self.minimum <= number <= self.maximum:
            raise ParameterError(self.id, f"must be {self.minimum} to {self.maximum}, got {number}")
        return int(number)

    def from_text(self, text: str) -> int:
        """As `parse`, from what a person typed."""
        try:
            return self.parse(int(text.strip()))
        except ValueError:
            raise ParameterError(self.id, f"needs a whole number, got {text!r}") from None

    def to_json(self, value: object) -> JSON:
        """The parsed value for JSON."""
        return self.parse(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatParam(_Common):
    """A real number with closed bounds; `step` and `scale` only shape the widget."""

    default: float
    minimum: float
    maximum: float
    step: float = 0.1
    scale: Literal["linear", "log"] = "linear"
    unit: str = ""
    marks: tuple[float, ...] = ()
    """Values worth a tick on the slider."""

    def parse(self, value: object) -> float:
        """The number, if it is finite and lies within the bounds."""
        try:
            number = finite(value, self.id)
        except TypeError:
            raise ParameterError(self.id, f"needs a number, got {reprlib.repr(value)}") from None
        if not self.minimum <= number <= self.maximum:
            raise ParameterError(self.id, f"must be {self.minimum:g} to {self.maximum:g}, got {number:g}")
        return number

    def from_text(self, text: str) -> float:
        """As `parse`, from what a person typed."""
        try:
            return self.parse(float(text.strip()))
        except ValueError:
            raise ParameterError(self.id, f"needs a number, got {text!r}") from None

    def to_json(self, value: object) -> JSON:
        """The parsed value for JSON."""
        return self.parse(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoolParam(_Common):
    """Yes or no."""

    default: bool

    def parse(self, value: object) -> bool:
        """The truth value; numbers and text are refused."""
        if not isinstance(value, bool):
            raise ParameterError(self.id, f"must be true or false, got {value!r}")
        return value

    def from_text(self, text: str) -> bool:
        """As `parse`, from yes/no, on/off, true/false, 1/0."""
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise ParameterError(self.id, f"must be true or false, got {text!r}")
        return word in _TRUE

    def to_json(self, value: object) -> JSON:
        """The parsed value for JSON."""
        return self.parse(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceParam(_Common):
    """One of a few named values; `choices` maps the stored value to its label, in the order of the menu."""

    default: str
    choices: Mapping[str, str]

    def parse(self, value: object) -> str:
        """The value, if it is one of the choices."""
        if not isinstance(value, str) or value not in self.choices:
            raise ParameterError(self.id, f"must be one of {', '.join(self.choices)}; got {value!r}")
        return value

    def from_text(self, text: str) -> str:
        """As `parse`."""
        return self.parse(text.strip())

    def to_json(self, value: object) -> JSON:
        """The parsed value for JSON."""
        return self.parse(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextParam(_Common):
    """A line or several lines of text."""

    default: str = ""
    multiline: bool = False
    max_length: int = 2000
    table: tuple[int, int, float, float] | None = None
    """Rows, columns, least and greatest number of a table that the text holds; windows let one paint it."""

    def parse(self, value: object) -> str:
        """The text, if it is not too long."""
        if not isinstance(value, str):
            raise ParameterError(self.id, f"needs text, got {value!r}")
        if len(value) > self.max_length:
            raise ParameterError(self.id, f"takes at most {self.max_length} characters, got {len(value)}")
        return value

    def from_text(self, text: str) -> str:
        """As `parse`; nothing is trimmed."""
        return self.parse(text)

    def to_json(self, value: object) -> JSON:
        """The parsed value for JSON."""
        return self.parse(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedParam(_Common):
    """A further seed beside the job's own, for methods that draw more than one kind of noise."""

    default: int = 0

    def parse(self, value: object) -> int:
        """The seed, if it is a whole number from 0 to MAX_SEED."""
        return parse_seed(value, self.id)

    def from_text(self, text: str) -> int:
        """As `parse`, from what a person typed."""
        try:
            return self.parse(int(text.strip()))
        except ValueError:
            raise ParameterError(self.id, f"needs a whole number, got {text!r}") from None

    def to_json(self, value: object) -> JSON:
        """The parsed value for JSON."""
        return self.parse(value)


def parse_seed(value: object, param_id: str = "seed") -> int:
    """A seed, the job's own or a parameter's: a whole number from 0 to MAX_SEED."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SEED:
        raise ParameterError(param_id, f"must be a whole number from 0 to {MAX_SEED}, got {value!r}")
    return value


def _numbers(param_id: str, value: object, count: int, names: str) -> list[int]:
    """`count` whole numbers out of a list, for rectangles and points."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ParameterError(param_id, f"needs {names}, got {value!r}")
    numbers = list(value)
    if len(numbers) != count or any(isinstance(n, bool) or not isinstance(n, int) for n in numbers):
        raise ParameterError(param_id, f"needs {names} as whole numbers, got {value!r}")
    return numbers


def _split(param_id: str, text: str, names: str) -> list[int] | None:
    """Whole numbers between commas; None for an empty text or `none`."""
    if text.strip().lower() in {"", "none"}:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError(param_id, f"needs {names} separated by commas, got {text!r}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class RectParam(_Common):
    """A rectangle on the source in pixels, or None for the whole of it."""

    default: Rect | None = None

    def parse(self, value: object) -> Rect | None:
        """The rectangle from a Rect or from [x, y, width, height]."""
        if value is None or isinstance(value, Rect):
            return value
        rect = Rect(*_numbers(self.id, value, 4, "x, y, width, height"))
        if rect.x < 0 or rect.y < 0 or rect.width < 1 or rect.height < 1:
            raise ParameterError(self.id, f"must start at 0 or more and have a size of 1 or more, got {rect}")
        return rect

    def from_text(self, text: str) -> Rect | None:
        """As `parse`, from `x,y,width,height`."""
        return self.parse(_split(self.id, text, "x, y, width, height"))

    def to_json(self, value: object) -> JSON:
        """A list of four numbers, or None."""
        rect = self.parse(value)
        return None if rect is None else [rect.x, rect.y, rect.width, rect.height]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointParam(_Common):
    """A pixel of the source, or None where the method is to choose."""

    default: tuple[int, int] | None = None

    def parse(self, value: object) -> tuple[int, int] | None:
        """The pixel from (x, y)."""
        if value is None:
            return None
        x, y = _numbers(self.id, value, 2, "x, y")
        if x < 0 or y < 0:
            raise ParameterError(self.id, f"must not be negative, got {x}, {y}")
        return x, y

    def from_text(self, text: str) -> tuple[int, int] | None:
        """As `parse`, from `x,y`."""
        return self.parse(_split(self.id, text, "x, y"))

    def to_json(self, value: object) -> JSON:
        """A list of two numbers, or None."""
        point = self.parse(value)
        return None if point is None else list(point)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceParam(_Common):
    """A slot for a second picture, named by its file; the method receives the picture itself in its place."""

    default: str | None = None

    def parse(self, value: object) -> str | None:
        """The file's name, or None for an empty slot."""
        if value is None:
            return None
        if not isinstance(value, str) or not value or "\0" in value:
            raise ParameterError(self.id, f"needs the name of a file, got {value!r}")
        return value

    def from_text(self, text: str) -> str | None:
        """As `parse`; an empty text empties the slot."""
        return self.parse(text or None)

    def to_json(self, value: object) -> JSON:
        """The name, or None."""
        return self.parse(value)


Param: TypeAlias = (
    IntParam
    | FloatParam
    | BoolParam
    | ChoiceParam
    | TextParam
    | SeedParam
    | RectParam
    | PointParam
    | ReferenceParam
)
