"""Files in formats that plugins declare: written as whole as the built-in ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from restora.data.image import Image
from restora.data.kinds import Kind
from restora.errors import FileProblemError, PluginError, RestoraError
from restora.io.atomic import atomic_write
from restora.io.writing import WriteOptions, writable_suffixes
from restora.jobs.wording import told
from restora.plugins.declarations import WriterInfo


def declared_writer(writers: Sequence[WriterInfo], path: Path) -> WriterInfo | None:
    """The writer of a plugin for the ending of `path`; None where restora or nobody writes it."""
    ending = path.suffix.lower()
    if ending in writable_suffixes():
        return None
    fitting = (info for info in writers if info.kind is Kind.IMAGE)
    return next((info for info in fitting if ending in {suffix.lower() for suffix in info.suffixes}), None)


def write_with_plugin(
    info: WriterInfo,
    path: Path,
    image: Image,
    options: WriteOptions,
    *,
    load: Callable[[str, str], object],
) -> None:
    """As `write_image`, by the function that a plugin names; `load` finds it.

    Raises PluginError where the plugin's code fails, FileProblemError for options that only built-in formats
    have.
    """
    if options.depth is not None:
        raise FileProblemError(path, f"the depth of this format is the choice of {info.id}")
    plugin = info.id.partition(".")[0]
    function = load(info.factory, plugin)
    ready = image if options.transfer is None else image.in_transfer(options.transfer)
    try:
        atomic_write(path, lambda stream: function(stream, ready))  # type: ignore[operator]  # guarded here
    except RestoraError:
        raise
    except (Exception, SystemExit) as error:  # the plugin's guard
        problem = f"{info.id} could not write {path.name} ({type(error).__name__}: {told(error)})"
        raise PluginError(plugin, problem) from error
