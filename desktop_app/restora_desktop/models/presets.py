"""Presets that the user has kept, one file per method."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO

from restora.data.json_values import JSON, expect
from restora.errors import FileProblemError
from restora.io.atomic import atomic_write

_SCHEMA = 1

Values = Mapping[str, JSON]


class PresetStore:
    """Files in one folder; a damaged one is refused by name and never overwritten."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self, method_id: str) -> tuple[str, ...]:
        """The presets of a method; raises FileProblemError where its file is damaged."""
        return tuple(self._read(method_id))

    def values(self, method_id: str, name: str) -> Values:
        """What a preset says; raises KeyError where there is none of that name."""
        return self._read(method_id)[name]

    def keep(self, method_id: str, name: str, values: Values) -> None:
        """Add or replace one."""
        self._write(method_id, {**self._read(method_id), name: values})

    def forget(self, method_id: str, name: str) -> None:
        """Take one away."""
        presets = dict(self._read(method_id))
        presets.pop(name, None)
        self._write(method_id, presets)

    def _path(self, method_id: str) -> Path:
        return self._folder / f"{method_id}.json"

    def _read(self, method_id: str) -> Mapping[str, Values]:
        path = self._path(method_id)
        try:
            return _parsed(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, RecursionError) as error:
            advice = "Mend or delete the file."
            raise FileProblemError(path, f"the presets cannot be read ({error})", advice=advice) from error

    def _write(self, method_id: str, presets: Mapping[str, Values]) -> None:
        path = self._path(method_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {"schema": _SCHEMA, "method": method_id, "presets": dict(presets)}
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        atomic_write(path, partial(_put, text))


def _parsed(raw: object) -> Mapping[str, Values]:
    document = expect(raw, dict, "the presets")
    if document.get("schema") != _SCHEMA:
        raise ValueError(f"schema {document.get('schema')!r} is unknown")
    presets = expect(document.get("presets"), dict, "presets")
    return {str(name): expect(values, dict, "a preset") for name, values in presets.items()}


def _put(text: str, stream: BinaryIO) -> None:
    stream.write(text.encode())
