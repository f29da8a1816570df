"""The recipe: everything that is needed to repeat a result, and nothing about who made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from restora.data.geometry import FrameWindow, Rect
from restora.data.json_values import JSON, expect, finite
from restora.errors import RecipeError

SCHEMA = 1
PICTURE = "picture"
_LARGEST_TEXT = 4 * 2**20
"""Characters; a recipe is a page of text, anything far beyond is not one."""

_NO_JSON: Mapping[str, JSON] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRecord:
    """One thing that went into a job."""

    kind: str
    name: str
    """A file's name without its folder."""
    sha256: str
    hashed: str
    """What the hash covers: `file` (its bytes), `frames` (the counts in the window), `pixels`, or `scene`
    (the numbers of all Gaussians and their cameras)."""
    window: FrameWindow | None = None
    reading: Mapping[str, JSON] = field(default_factory=lambda: _NO_JSON)
    """What the user stated about how to read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRecord:
    """One file of weights that was used."""

    file: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRecord:
    """What came out."""

    sha256: str
    """Over shape, transfer and float32 values, before any rounding to a file's depth."""
    shape: tuple[int, ...]
    """Of the picture; of a scene its Gaussians and their coefficients; of frames how many, and the first."""
    transfer: str
    """Empty for a scene."""
    what: str = PICTURE
    """`picture`, `scene`, `frames`, or `scene and frames` under one hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one result was made."""

    method: str
    plugin_version: str
    api: str
    item: InputRecord
    params: Mapping[str, JSON]
    seed: int
    device: str
    precision: str
    tile: int | None
    """Side of the tiles that were used; None: the whole picture at once."""
    tile_automatic: bool = True
    region: Rect | None = None
    """The part of the item that was worked on; None: all of it."""
    references: tuple[InputRecord, ...] = ()
    weights: tuple[WeightRecord, ...] = ()
    output: OutputRecord | None = None
    """None in a recipe that was written by hand and not run yet."""
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    created: str = ""
    duration_seconds: float | None = None
    peak_memory_mib: float | None = None

    def request_key(self) -> str:
        """Equal for two recipes that ask for the same: input, method, version, parameters, seed, weights."""
        asked = self.to_json()
        for told_afterwards in ("output", "versions", "created", "duration_seconds", "peak_memory_mib"):
            asked.pop(told_afterwards)
        asked.pop("device")  # a result made on another device is still a result of the same request
        if self.tile_automatic:
            asked.pop("tile")  # chosen by what memory was free
        return json.dumps(asked, sort_keys=True)

    def to_json(self) -> dict[str, JSON]:
        """The document, ready for `json.dumps`."""
        return {
            "restora": "recipe",
            "schema": SCHEMA,
            "created": self.created,
            "method": {"id": self.method, "version": self.plugin_version, "api": self.api},
            "item": _input_to_json(self.item),
            "references": [_input_to_json(reference) for reference in self.references],
            "region": _rect_to_json(self.region),
            "params": dict(self.params),
            "seed": self.seed,
            "weights": [{"file": weight.file, "sha256": weight.sha256} for weight in self.weights],
            "device": self.device,
            "precision": self.precision,
            "tile": self.tile,
            "tile_automatic": self.tile_automatic,
            "versions": dict(self.versions),
            "duration_seconds": self.duration_seconds,
            "peak_memory_mib": self.peak_memory_mib,
            "output": _output_to_json(self.output),
        }

    def to_text(self) -> str:
        """The document as it stands beside a result."""
        return json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_text(cls, text: str, *, name: str = "the recipe") -> Recipe:
        """Read a document without trust; raises RecipeError with one sentence."""
        if len(text) > _LARGEST_TEXT:
            raise RecipeError(f"{name}: {len(text)} characters are too long for a recipe")
        try:
            document = expect(json.loads(text, parse_constant=_refuse_constant), dict, "the document")
            return cls.from_json(document)
        except RecipeError as error:
            raise RecipeError(f"{name}: {error}", advice=error.advice) from None
        except (ValueError, RecursionError) as error:
            raise RecipeError(f"{name}: not a JSON document ({error})") from error
        except TypeError as error:
            raise RecipeError(f"{name}: {error}") from error

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> Recipe:
        """The inverse of `to_json`; raises TypeError or RecipeError naming what is wrong."""
        _check_schema(document)
        method = expect(document.get("method"), dict, "method")
        tile = document.get("tile")
        output = document.get("output")
        return cls(
            method=_text(method, "id", "method.id"),
            plugin_version=_text(method, "version", "method.version"),
            api=_text(method, "api", "method.api"),
            item=_input_from_json(document.get("item"), "item"),
            references=tuple(
                _input_from_json(reference, "references")
                for reference in expect(document.get("references", []), list, "references")
            ),
            region=_rect_from_json(document.get("region")),
            params=expect(document.get("params"), dict, "params"),
            seed=expect(document.get("seed"), int, "seed"),
            weights=tuple(
                _weight_from_json(weight) for weight in expect(document.get("weights", []), list, "weights")
            ),
            device=_text(document, "device", "device"),
            precision=_text(document, "precision", "precision"),
            tile=None if tile is None else expect(tile, int, "tile"),
            tile_automatic=expect(document.get("tile_automatic", True), bool, "tile_automatic"),
            versions={
                str(k): str(v) for k, v in expect(document.get("versions", {}), dict, "versions").items()
            },
            created=expect(document.get("created", ""), str, "created"),
            duration_seconds=_number(document, "duration_seconds"),
            peak_memory_mib=_number(document, "peak_memory_mib"),
            output=None if output is None else _output_from_json(output),
        )


def _check_schema(document: Mapping[str, object]) -> None:
    if document.get("restora") != "recipe":
        raise RecipeError("this JSON document is not a restora recipe (it lacks `restora: recipe`)")
    schema = document.get("schema")
    if schema != SCHEMA:
        raise RecipeError(
            f"recipe schema {schema!r} is unknown; this version of restora reads schema {SCHEMA}",
            advice="A newer restora may have written it.",
        )


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _text(holder: Mapping[str, object], key: str, what: str) -> str:
    return expect(holder.get(key), str, what)


def _number(holder: Mapping[str, object], key: str) -> float | None:
    value = holder.get(key)
    return None if value is None else finite(value, key)


def _rect_to_json(rect: Rect | None) -> JSON:
    return None if rect is None else [rect.x, rect.y, rect.width, rect.height]


def _rect_from_json(value: object) -> Rect | None:
    if value is None:
        return None
    numbers = [expect(number, int, "region") for number in expect(value, list, "region")]
    if len(numbers) != 4:
        raise TypeError(f"region must be x, y, width, height, got {value!r}")
    return Rect(*numbers)


def _input_to_json(record: InputRecord) -> dict[str, JSON]:
    window = record.window
    return {
        "kind": record.kind,
        "name": record.name,
        "sha256": record.sha256,
        "hashed": record.hashed,
        "window": None if window is None else {"start": window.start, "length": window.length},
        "reading": dict(record.reading),
    }


def _input_from_json(value: object, what: str) -> InputRecord:
    holder = expect(value, dict, what)
    window = holder.get("window")
    return InputRecord(
        kind=_text(holder, "kind", f"{what}.kind"),
        name=_text(holder, "name", f"{what}.name"),
        sha256=_text(holder, "sha256", f"{what}.sha256"),
        hashed=_text(holder, "hashed", f"{what}.hashed"),
        window=None if window is None else _window_from_json(expect(window, dict, f"{what}.window")),
        reading=expect(holder.get("reading", {}), dict, f"{what}.reading"),
    )


def _window_from_json(holder: Mapping[str, object]) -> FrameWindow:
    return FrameWindow(
        expect(holder.get("start"), int, "window.start"), expect(holder.get("length"), int, "window.length")
    )


def _weight_from_json(value: object) -> WeightRecord:
    holder = expect(value, dict, "weights")
    return WeightRecord(file=_text(holder, "file", "weights.file"), sha256=_text(holder, "sha256", "sha256"))


def _output_to_json(record: OutputRecord | None) -> JSON:
    if record is None:
        return None
    told: dict[str, JSON] = {
        "sha256": record.sha256,
        "shape": list(record.shape),
        "transfer": record.transfer,
    }
    return told if record.what == PICTURE else {"what": record.what, **told}


def _output_from_json(value: object) -> OutputRecord:
    holder = expect(value, dict, "output")
    shape = [expect(side, int, "output.shape") for side in expect(holder.get("shape"), list, "output.shape")]
    return OutputRecord(
        sha256=_text(holder, "sha256", "output.sha256"),
        shape=tuple(shape),
        transfer=_text(holder, "transfer", "output.transfer"),
        what=expect(holder.get("what", PICTURE), str, "output.what"),
    )
