"""Turns the `module:name` strings of declarations into the objects they name; the only door to heavy code."""

from __future__ import annotations

import importlib
import sys

from restora.errors import MethodDefectError, RestoraError
from restora.plugins.declarations import MethodInfo
from restora.plugins.loading import CONTAINED
from restora.plugins.running import Method

_METHOD_PARTS = ("load", "run", "unload")


def build_method(info: MethodInfo) -> Method:
    """The heavy part of a method, constructed but not loaded; call it on the lane only.

    Raises MethodDefectError where the plugin's code fails or does not offer what a method needs.
    """
    factory = load_object(info.factory, info.plugin)
    try:
        method = factory()  # type: ignore[operator]  # whatever it is, calling it is guarded
    except RestoraError:
        raise  # the plugin speaks to the user
    except CONTAINED as error:
        raise MethodDefectError(
            info.plugin, f"{info.factory} cannot be constructed ({_told(error)})"
        ) from error
    missing = [name for name in _METHOD_PARTS if not callable(getattr(method, name, None))]
    if missing:
        raise MethodDefectError(info.plugin, f"{info.factory} has no {', no '.join(missing)}")
    built: Method = method
    return built


def load_object(reference: str, plugin: str) -> object:
    """What `module:name` names; raises MethodDefectError with the plugin's name where it cannot be had."""
    module_name, _, path = reference.partition(":")
    try:
        found: object = importlib.import_module(module_name)
    except RestoraError:
        raise
    except ModuleNotFoundError as error:
        raise _not_found(error, module_name, plugin) from error
    except CONTAINED as error:
        sys.modules.pop(module_name, None)
        raise MethodDefectError(plugin, f"{module_name} cannot be imported ({_told(error)})") from error
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise MethodDefectError(plugin, f"{module_name} has no {path}") from None
    return found


def _not_found(error: ModuleNotFoundError, module_name: str, plugin: str) -> MethodDefectError:
    missing = error.name or ""
    if missing and (module_name == missing or module_name.startswith(missing + ".")):
        return MethodDefectError(plugin, f"its module {module_name} does not exist")
    problem = f"{module_name} needs {missing!r}, which is not installed"
    return MethodDefectError(plugin, problem, advice=f"Install the distribution that holds {missing!r}.")


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
