"""Does a file hold the tensors its method needs? Asked before anything is allocated.

A manifest is a JSON object {name: {"shape": [...], "dtype": "float32"}}. It may stand inside a larger object:
under "tensors", or as one of several parts that are chosen by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from restora.data.json_values import expect
from restora.errors import WeightsFormatError
from restora.weights.specs import TensorSpec, shown

_SHOWN = 5
_NO_TENSORS = {"str"}
"""Types of entries that stand for a plain value beside the tensors."""

Expected = Mapping[str, TensorSpec]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestDifference:
    """What distinguishes a file from what is needed; all empty where it fits."""

    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    """`name (found, expected)` where shape or sort of number differ."""

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected or self.different)

    def __str__(self) -> str:
        parts = (
            _listed(self.missing, "missing"),
            _listed(self.unexpected, "unexpected"),
            _listed(self.different, "of another shape or type"),
        )
        return "; ".join(part for part in parts if part)


def load_manifest(address: str) -> Expected:
    """The manifest at `module:file.json`, or one part of it at `module:file.json#part`.

    Raises WeightsFormatError where there is none, or where it is not a manifest: a defect of the plugin.
    """
    from importlib import resources

    module, _, rest = address.partition(":")
    file, _, part = rest.partition("#")
    try:
        text = resources.files(module).joinpath(file).read_text(encoding="utf-8")
    except (ImportError, OSError, ValueError, TypeError) as error:
        raise WeightsFormatError(address, f"the manifest cannot be read ({error})") from error
    return parse_manifest(text, address, part=part)


def parse_manifest(text: str, address: object, *, part: str = "") -> Expected:
    """The manifest in a JSON text; `address` names it in a refusal."""
    try:
        table = _table(expect(json.loads(text), dict, "the manifest"), part)
        specs = {name: _spec(name, entry) for name, entry in table.items()}
        return {name: spec for name, spec in specs.items() if spec.dtype not in _NO_TENSORS}
    except (TypeError, ValueError, RecursionError) as error:
        raise WeightsFormatError(address, f"not a manifest of tensors ({shown(str(error))})") from error


def compare_manifest(
    found: Mapping[str, TensorSpec], expected: Expected, *, ignore: Iterable[str] = (), prefix: str = ""
) -> ManifestDifference:
    """How the tensors of a file differ from a manifest.

    Only names below `prefix` are looked at, and compared by the rest of the name. Names that match one of the
    patterns in `ignore` (such as `*.num_batches_tracked`) may be there or not. Floating-point types count as
    the same sort, so do whole numbers.
    """
    patterns = tuple(ignore)
    here = {name.removeprefix(prefix): spec for name, spec in found.items() if name.startswith(prefix)}
    return ManifestDifference(
        missing=_left(expected.keys() - here.keys(), patterns),
        unexpected=_left(here.keys() - expected.keys(), patterns),
        different=tuple(
            f"{name} ({here[name]}, expected {expected[name]})"
            for name in sorted(here.keys() & expected.keys())
            if not _same(here[name], expected[name])
        ),
    )


def check_manifest(
    found: Mapping[str, TensorSpec],
    expected: Expected,
    *,
    path: Path,
    ignore: Iterable[str] = (),
    prefix: str = "",
) -> None:
    """Raise WeightsFormatError with the readable difference unless the file holds what the manifest lists."""
    difference = compare_manifest(found, expected, ignore=ignore, prefix=prefix)
    if difference:
        where = f" under {prefix}" if prefix else ""
        raise WeightsFormatError(
            path,
            f"holds other tensors{where} than its method needs: {difference}",
            advice="Check that this is the right file and version; `restora weights list` shows its page.",
        )


def _table(raw: dict[str, object], part: str) -> dict[str, object]:
    if part:
        parts = raw if part in raw else expect(raw.get("files", {}), dict, "files")
        if part not in parts:
            names = ", ".join(name for name, value in {**raw, **parts}.items() if isinstance(value, dict))
            raise ValueError(f"it has no part {part!r}, only {names}")
        raw = expect(parts[part], dict, part)
    return expect(raw["tensors"], dict, "tensors") if "tensors" in raw and "shape" not in raw else raw


def _spec(name: str, entry: object) -> TensorSpec:
    fields = expect(entry, dict, name)
    shape = expect(fields.get("shape"), list, f"shape of {name}")
    return TensorSpec(
        shape=tuple(expect(side, int, f"shape of {name}") for side in shape),
        dtype=expect(fields.get("dtype"), str, f"dtype of {name}"),
    )


def _same(found: TensorSpec, expected: TensorSpec) -> bool:
    return found.shape == expected.shape and _sort_of(found.dtype) == _sort_of(expected.dtype)


def _sort_of(dtype: str) -> str:
    sorts: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("real", lambda name: name.startswith(("float", "bfloat"))),
        ("whole", lambda name: name.startswith(("int", "uint"))),
    )
    return next((sort for sort, fits in sorts if fits(dtype)), dtype)


def _left(names: Iterable[str], patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        sorted(name for name in names if not any(fnmatchcase(name, pattern) for pattern in patterns))
    )


def _listed(names: tuple[str, ...], what: str) -> str:
    if not names:
        return ""
    first = ", ".join(shown(name) for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{len(names)} {what}: {first}{more}"
