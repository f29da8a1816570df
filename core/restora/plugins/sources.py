"""Where plugins come from: the built-in list, installed entry points, and single files in folders."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import restora
from restora.plugins.records import Origin, SourceFile

BUILTINS: Mapping[str, str] = {
    "classic": "restora_classic.manifest",
    "gqir": "restora_gqir.manifest",
    "dmdiff": "restora_dmdiff.manifest",
}
"""The plugins that come with restora, by name: the module of each one's manifest."""

ENTRY_POINT_GROUP = "restora.plugins"
_FILE_MODULE = "restora_local_"
_PLAIN_STEM = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A plugin that was found and not yet touched."""

    name: str
    prefix: str
    """What the ids of its methods must start with."""
    origin: Origin
    location: str
    load: Callable[[], object]
    """Runs the plugin's code and returns what carries its hooks; may raise anything."""
    distribution: str | None = None
    version: str | None = None
    needs: Callable[[], Sequence[str]] = tuple
    """What its distribution declares to need; asked only where the import fails."""
    source: SourceFile | None = None

    def is_called(self, name: str) -> bool:
        """Whether a person means this one by `name`; `local:` may be left out."""
        return name in {self.name, self.prefix}


def builtin_candidates(builtins: Mapping[str, str]) -> Iterator[Candidate]:
    """Those of the static list."""
    for name, module in builtins.items():
        yield Candidate(
            name=name,
            prefix=name,
            origin=Origin.BUILT_IN,
            location=module,
            load=lambda module=module: importlib.import_module(module),  # type: ignore[misc]  # bound per turn
            distribution="restora",
            version=restora.__version__,
        )


def installed_candidates(builtins: Mapping[str, str], notices: list[str]) -> Iterator[Candidate]:
    """Those that distributions announce; one that names a built-in module is that built-in and left out.

    A distribution whose metadata cannot be read costs only itself and a line in `notices`.
    """
    seen: set[tuple[str, str]] = set()
    for distribution in importlib.metadata.distributions():
        try:
            points = _entry_points(distribution)
            label = (distribution.name, distribution.version) if points else None
        except Exception as error:  # noqa: BLE001 - plugin guard: metadata are files anyone may have damaged
            notices.append(f"a distribution was left out, its metadata cannot be read ({error})")
            continue
        for point in points:
            if point.value in builtins.values() or (point.name, point.value) in seen:
                continue
            seen.add((point.name, point.value))
            yield _installed(point, distribution, label)


def _entry_points(distribution: importlib.metadata.Distribution) -> list[importlib.metadata.EntryPoint]:
    text = distribution.read_text("entry_points.txt")
    if not text or ENTRY_POINT_GROUP not in text:
        return []  # nearly all distributions; the full parse would be most of the start-up time
    return [point for point in distribution.entry_points if point.group == ENTRY_POINT_GROUP]


def _installed(
    point: importlib.metadata.EntryPoint,
    distribution: importlib.metadata.Distribution,
    label: tuple[str, str] | None,
) -> Candidate:
    name, version = label or (None, None)
    return Candidate(
        name=point.name,
        prefix=point.name,
        origin=Origin.INSTALLED,
        location=point.value,
        load=point.load,
        distribution=name,
        version=version,
        needs=lambda: tuple(distribution.requires or ()),
    )


def file_candidates(folders: Sequence[Path], notices: list[str]) -> Iterator[Candidate]:
    """Every `*.py` without a leading underscore, folder by folder, in the order of their names."""
    for folder in dict.fromkeys(folders):
        try:
            paths = sorted(path for path in folder.iterdir() if path.suffix == ".py")
        except FileNotFoundError:
            continue  # the user's folder is only made when something is put there
        except OSError as error:
            notices.append(f"{folder}: the folder of plugins cannot be read ({error.strerror})")
            continue
        for path in paths:
            if not path.name.startswith("_"):
                yield file_candidate(path)


def file_candidate(path: Path) -> Candidate:
    """The single-file plugin at `path`, as the file is now."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return _file(path, source=None, load=_raiser(error), needs=())
    return _file(
        path,
        source=SourceFile.of(path, content),
        load=lambda: _execute(path, content),
        needs=_declared_requires(content),
    )


def _file(
    path: Path, *, source: SourceFile | None, load: Callable[[], object], needs: Sequence[str]
) -> Candidate:
    return Candidate(
        name=f"local:{path.stem}",
        prefix=path.stem,
        origin=Origin.FILE,
        location=str(path),
        load=load,
        needs=lambda: needs,
        source=source,
    )


def _raiser(error: OSError) -> Callable[[], object]:
    def load() -> object:
        raise error

    return load


def _declared_requires(content: bytes) -> tuple[str, ...]:
    """The literal that the file assigns to `requires`, read without running the file."""
    try:
        tree = ast.parse(content)
        for node in tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id="requires")], value=value):
                    return tuple(text for text in ast.literal_eval(value) if isinstance(text, str))
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        pass  # what is wrong with the file is told when it is loaded
    return ()


def _execute(path: Path, content: bytes) -> object:
    """The file as a module of its own; nothing stays in sys.modules where its code raises."""
    if not _PLAIN_STEM.fullmatch(path.stem):
        raise ValueError(f"the file's name must be a-z, 0-9 and _ and start with a letter, got {path.stem!r}")
    name = _FILE_MODULE + path.stem
    spec = spec_from_file_location(name, path)
    assert spec is not None  # files that end in .py always have one
    # Compiled here, not by the import system: its cache writes beside the user's file and trusts times.
    code = compile(content, str(path), "exec", dont_inherit=True)
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module
