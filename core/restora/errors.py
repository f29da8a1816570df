"""Every situation that the program reports to a person as it stands.

An error's text starts with what the user knows (file, parameter, method), then says what was found and
what is expected. `advice` says what to do next. Doors print both and never a traceback for these classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class RestoraError(Exception):
    """Base of every error that is shown as it stands; `advice` is None where nothing can be done."""

    advice: str | None = None

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        super().__init__(message)
        if advice is not None:
            self.advice = advice


class Cancelled(BaseException):
    """The user took the job back.

    Derived from BaseException so that a plugin's `except Exception` cannot swallow it.
    """


class BadInputError(RestoraError):
    """What the user handed in cannot be used; doors answer with exit code 2 and write nothing."""


class FileProblemError(BadInputError):
    """A file cannot be read as what it claims to be."""

    def __init__(self, path: object, problem: str, *, advice: str | None = None) -> None:
        super().__init__(f"{path}: {problem}", advice=advice)
        self.path = path


class ParameterError(BadInputError):
    """A parameter is unknown, or its value lies outside what the method declares."""

    def __init__(self, param_id: str, problem: str, *, advice: str | None = None) -> None:
        super().__init__(f"{param_id} {problem}", advice=advice)
        self.param_id = param_id


class UnknownMethodError(BadInputError):
    """No loaded plugin declares a method of this name."""

    def __init__(self, method_id: str, known: Iterable[str]) -> None:
        names = ", ".join(sorted(known)) or "none"
        super().__init__(f"{method_id}: no such method (known: {names})", advice="See `restora methods`.")
        self.method_id = method_id


class UnsuitableItemError(BadInputError):
    """The method and the opened thing do not fit together."""


class RecipeError(BadInputError):
    """A recipe cannot be read, or does not describe what it is used for."""


class RefusedError(RestoraError):
    """A job needs more memory than the budget allows, even in its smallest form."""


class NotImprovedError(RestoraError):
    """Work on a scene ended without coming closer to its photographs, so nothing was written."""


class OutOfMemoryError(RestoraError):
    """The device's memory ran out although the estimate said that it would not."""


class PluginError(RestoraError):
    """A plugin cannot be used; the text says why, `plugin` which."""

    def __init__(self, plugin: str, problem: str, *, advice: str | None = None) -> None:
        super().__init__(f"{plugin}: {problem}", advice=advice)
        self.plugin = plugin


class DeclarationError(PluginError):
    """What a plugin declares contradicts itself; `problems` lists everything that is wrong."""

    def __init__(self, plugin: str, problems: Sequence[str]) -> None:
        super().__init__(plugin, "; ".join(problems))
        self.problems = tuple(problems)


class MethodDefectError(PluginError):
    """A method's own code failed; the traceback belongs to its author, the sentence to the user."""


class OutputRejectedError(RestoraError):
    """A method returned something that must not pass for a result."""

    def __init__(self, method_id: str, found: str) -> None:
        super().__init__(f"{method_id}: the method returned {found}")
        self.method_id = method_id


class WeightsError(RestoraError):
    """Something is wrong with a file of weights."""


class WeightsMissingError(WeightsError):
    """A method's weights are not on this machine."""

    def __init__(self, method_id: str, files: Iterable[str]) -> None:
        names = ", ".join(files)
        super().__init__(
            f"{method_id}: weights are missing: {names}",
            advice=f"Run `restora weights get {method_id}`, or `restora weights import` for files you have.",
        )
        self.method_id = method_id


class WeightsFormatError(WeightsError):
    """A weights file is damaged, unsafe, or holds other tensors than its method needs."""

    def __init__(self, path: object, problem: str, *, advice: str | None = None) -> None:
        super().__init__(f"{path}: {problem}", advice=advice)
        self.path = path


class DownloadError(WeightsError):
    """A file could not be fetched, or what arrived is not what was declared."""


class ConsentError(WeightsError):
    """The user's yes is needed first: for a licence, or for a file without a published hash."""
