"""What the kit is asked to check: a plugin by name, a single file, or the folder of a project."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from restora.errors import FileProblemError
from restora.plugins.declarations import MethodInfo
from restora.plugins.host import PluginHost
from restora.plugins.loading import Loaded, load_plugin
from restora.plugins.records import Origin, PluginRecord
from restora.plugins.sources import ENTRY_POINT_GROUP, Candidate, file_candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A plugin to check."""

    record: PluginRecord
    methods: tuple[MethodInfo, ...]
    search_path: tuple[str, ...] = ()
    """Folders that must be on sys.path for its modules to be found."""


@contextmanager
def opened_target(target: str | Path, host: PluginHost | None) -> Iterator[Target]:
    """The plugin that `target` names, with its modules importable for as long as the block lasts.

    A text without a slash and without the ending `.py` is a name first, looked up in `host` or among all
    plugins of this environment, and then a folder. Raises PluginError for an unknown name and
    FileProblemError for a path that leads to no plugin.
    """
    path = Path(target)
    named = _by_name(target, path, host) if isinstance(target, str) and _is_name(target) else None
    if named is not None:
        yield named
    elif not path.exists():
        raise FileProblemError(path, "there is no such file or folder")
    elif path.is_file():
        yield _of(load_plugin(file_candidate(path.absolute())))
    else:
        with _project(path.absolute()) as found:
            yield found


def _is_name(text: str) -> bool:
    return not text.endswith(".py") and Path(text).name == text and text not in {".", ".."}


def _by_name(name: str, path: Path, host: PluginHost | None) -> Target | None:
    """The plugin of that name; None where there is none, but something else lies at `path`."""
    host = host or PluginHost().discover()
    if path.exists() and not host.has_plugin(name):
        return None
    record = host.record(name)
    return Target(record=record, methods=tuple(info for info in host.methods() if info.id in record.methods))


def _of(loaded: Loaded, search_path: tuple[str, ...] = ()) -> Target:
    methods = () if loaded.declared is None else loaded.declared.methods
    return Target(record=loaded.record, methods=methods, search_path=search_path)


@contextmanager
def _project(folder: Path) -> Iterator[Target]:
    name, module = _declared_entry_point(folder / "pyproject.toml")
    search_path = tuple(str(each) for each in (folder / "src", folder) if each.is_dir())
    candidate = Candidate(
        name=name,
        prefix=name,
        origin=Origin.INSTALLED,
        location=module,
        load=lambda: importlib.import_module(module),
    )
    present = set(sys.modules)
    sys.path[:0] = search_path
    try:
        importlib.invalidate_caches()
        yield _of(load_plugin(candidate), search_path)
    finally:
        for each in search_path:
            sys.path.remove(each)
        # A later check of another version of the same project must not see these modules.
        package = module.partition(".")[0]
        for each in set(sys.modules) - present:
            if each.partition(".")[0] == package:
                del sys.modules[each]


def _declared_entry_point(path: Path) -> tuple[str, str]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        points = content["project"]["entry-points"][ENTRY_POINT_GROUP]
        [(name, module)] = points.items()
    except OSError as error:
        raise FileProblemError(
            path, f"cannot be read ({error.strerror}); a plugin's project has one"
        ) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        problem = f'must declare one entry point in [project.entry-points."{ENTRY_POINT_GROUP}"]'
        raise FileProblemError(path, problem) from error
    return str(name), str(module)
