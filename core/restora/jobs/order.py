"""An order: a job as text, so that it can wait in a file and survive the program."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from restora.data.json_values import JSON, T, expect


class Existing(StrEnum):
    """What to do where the output is there already."""

    SKIP = "skip"
    """Leave it if its recipe asks for the same; otherwise fail this one file."""
    OVERWRITE = "overwrite"
    FAIL = "fail"


def new_id() -> str:
    """A name for an order or a job that no other has."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One file to be processed by one method into one file."""

    method: str
    input: str
    """An absolute path, or `sample:ID`."""
    output: str
    """An absolute path."""
    params: Mapping[str, JSON] = field(default_factory=lambda: MappingProxyType({}))
    """As given: what is not named keeps its default."""
    reading: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the user stated about how to read the input."""
    references: tuple[str, ...] = ()
    seed: int = 0
    device: str | None = None
    precision: str | None = None
    side: int | None = None
    region: tuple[int, int, int, int] | None = None
    """x, y, width, height; None: all of it."""
    existing: Existing = Existing.SKIP
    export: Mapping[str, JSON] = field(default_factory=lambda: MappingProxyType({}))
    """Options of the written file, as `restora.io.writing` reads them."""
    id: str = field(default_factory=new_id)

    def with_new_id(self, **changes: object) -> Order:
        """The same order again, as another one, with some fields changed."""
        return replace(self, id=new_id(), **changes)  # type: ignore[arg-type]  # replace checks the names

    def to_json(self) -> dict[str, JSON]:
        """Ready for `json.dumps`."""
        return {
            "id": self.id,
            "method": self.method,
            "input": self.input,
            "output": self.output,
            "params": dict(self.params),
            "reading": dict(self.reading),
            "references": list(self.references),
            "seed": self.seed,
            "device": self.device,
            "precision": self.precision,
            "side": self.side,
            "region": None if self.region is None else list(self.region),
            "existing": self.existing.value,
            "export": dict(self.export),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, object]) -> Order:
        """The inverse of `to_json`; raises TypeError or ValueError where it is something else."""
        reading = expect(raw.get("reading"), dict, "reading")
        return cls(
            id=expect(raw.get("id"), str, "id"),
            method=expect(raw.get("method"), str, "method"),
            input=expect(raw.get("input"), str, "input"),
            output=expect(raw.get("output"), str, "output"),
            params=expect(raw.get("params"), dict, "params"),
            reading={key: expect(value, str, "reading") for key, value in reading.items()},
            references=tuple(
                expect(name, str, "references") for name in expect(raw.get("references"), list, "references")
            ),
            seed=expect(raw.get("seed"), int, "seed"),
            device=_optional(raw, "device", str),
            precision=_optional(raw, "precision", str),
            side=_optional(raw, "side", int),
            region=_region(raw.get("region")),
            existing=Existing(expect(raw.get("existing"), str, "existing")),
            export=expect(raw.get("export"), dict, "export"),
        )


def _region(value: object) -> tuple[int, int, int, int] | None:
    if value is None:
        return None
    x, y, width, height = (expect(number, int, "region") for number in expect(value, list, "region"))
    return x, y, width, height


def _optional(raw: Mapping[str, object], key: str, kind: type[T]) -> T | None:
    value = raw.get(key)
    return None if value is None else expect(value, kind, key)
