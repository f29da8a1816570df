"""Pictures that are written beside a result: the same rule holds for them as for the result itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from restora.data.image import Image, Metadata
from restora.errors import BadInputError, FileProblemError
from restora.io.opening import read_metadata
from restora.io.writing import WriteOptions, write_image
from restora.jobs.exporting import recipe_of_output
from restora.jobs.order import Existing
from restora.tasks.orders import Delivery

WAS_THERE = "was there already, made from the same result"

_MARK = "restora-made-from"
"""The text in a PNG under which it keeps what results it was made from."""
_ADVICE = "Choose another name, or overwrite it with --existing overwrite."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SideFile:
    """A picture beside a result; the first one of several must be a PNG, which keeps their mark."""

    path: Path
    image: Image
    options: WriteOptions


def check_side_files(results: Iterable[Path], beside: Iterable[Path], existing: Existing) -> None:
    """Raise BadInputError where one is in the way, as far as that can be told before anything is computed.

    Where all results are there already, it may have been made from them: that is seen when it is written.
    """
    if existing is Existing.OVERWRITE or all(result.exists() for result in results):
        return
    for path in beside:
        if path.exists():
            raise BadInputError(f"{path}: is there already", advice=_ADVICE)


def asked_by(delivery: Delivery) -> str:
    """What its recipe asks for; empty where it has none."""
    result = delivery.result
    recipe = recipe_of_output(delivery.files[0]) if result is None else result.recipe
    return "" if recipe is None else recipe.request_key()


def write_side_files(files: Sequence[SideFile], asked: Iterable[str], existing: Existing) -> bool:
    """Write the pictures; leave them where they were made from the same results, and return False then.

    `asked` is what these results' recipes ask for. Raises BadInputError where others are in
    the way and were not to be overwritten.
    """
    mark = hashlib.sha256("\n".join(asked).encode()).hexdigest()
    there = [file.path for file in files if file.path.exists()]
    if there and existing is not Existing.OVERWRITE:
        if len(there) == len(files) and _mark_in(there[0]) == mark:
            return False
        raise BadInputError(f"{there[0]}: is there already, and was made otherwise", advice=_ADVICE)
    for number, file in enumerate(files):
        metadata = Metadata(text={_MARK: mark}) if number == 0 else file.image.metadata
        write_image(file.path, replace(file.image, metadata=metadata), file.options)
    return True


def _mark_in(path: Path) -> str | None:
    try:
        return read_metadata(path).text.get(_MARK)
    except FileProblemError:
        return None
