"""Files written by torch.save, read so that nothing in them can run."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from restora.errors import WeightsFormatError
from restora.weights.pickle_globals import globals_in
from restora.weights.specs import shown

ALLOWED = (
    "argparse.Namespace",
    "numpy.dtype",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtypes.BoolDType",
    "numpy.dtypes.Int32DType",
    "numpy.dtypes.Int64DType",
    "numpy.dtypes.Float32DType",
    "numpy.dtypes.Float64DType",
)
"""What a checkpoint may ask for beyond torch's own tensors and containers.

Training scripts store their arguments and a few numpy numbers beside the weights. All of these only hold
values.
"""

MAX_PICKLE = 256 * 1024 * 1024
"""Bytes of the pickle inside a file; the numbers of the tensors lie outside of it."""

_MAX_MEMBERS = 200_000
_ZIP = b"PK\x03\x04"
_OLD_FORMAT = re.compile(rb"\x80[\x02-\x05](\x95.{8})?\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19\.", re.DOTALL)
_TAR_NAME = (257, b"ustar")
_SAFE_MODULES = ("torch.", "collections.", "_codecs.")
_NAMED = 3
_NAMED_BY_TORCH = re.compile(r"GLOBAL `?([A-Za-z_]\w*(?:\.\w+)+)")
_RESAVE = "Ask its author for a safetensors file, or for one saved by torch.save with tensors only."


def check_torch_file(path: Path) -> None:
    """Look at the container alone; WeightsFormatError unless torch.save may have written it."""
    try:
        with path.open("rb") as stream:
            start = stream.read(512)
    except OSError as error:
        raise WeightsFormatError(path, f"cannot be read ({error.strerror})") from error
    if start.startswith(_ZIP):
        _check_zip(path)
    elif start[_TAR_NAME[0] :].startswith(_TAR_NAME[1]):
        raise WeightsFormatError(path, "the tar format of torch before 0.1.10 is not read", advice=_RESAVE)
    elif not _OLD_FORMAT.match(start):
        raise WeightsFormatError(path, _why_not_torch(path, start), advice=_RESAVE)


def load_torch_file(path: Path, *, without_data: bool = False) -> object:
    """The object in the file; tensors stay on disk until they are used, or have shapes only.

    Raises WeightsFormatError for a damaged file, and for one that asks for anything beyond tensors, plain
    containers and `ALLOWED`: the sentence names what it asks for.
    """
    import torch

    check_torch_file(path)
    device = "meta" if without_data else "cpu"
    try:
        with _allowed_globals(), warnings.catch_warnings():
            # torch warns about pickle protocols and old storages; a file that matters so is refused below.
            warnings.simplefilter("ignore")
            found: object = torch.load(path, map_location=device, weights_only=True, mmap=_is_zip(path))
            return found
    except Exception as error:  # a damaged or hostile pickle can raise anything
        raise WeightsFormatError(path, _why_not_loaded(path, str(error)), advice=_RESAVE) from error


def _check_zip(path: Path) -> None:
    """Only what torch.save writes: members stored as they are, each once, none larger than the file."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise WeightsFormatError(path, f"the file is damaged or cut short ({error})") from error
    names = [member.filename for member in members]
    pickles = [member for member in members if member.filename.rpartition("/")[2] == "data.pkl"]
    problem = None
    if any(name.rpartition("/")[2] == "constants.pkl" for name in names):
        problem = "a TorchScript archive holds a program, not only weights"
    elif len(pickles) != 1:
        problem = f"not a file of torch.save: it holds {len(pickles)} data.pkl, expected 1"
    elif any(member.compress_type != zipfile.ZIP_STORED for member in members):
        problem = "its members are compressed, torch.save stores them as they are"
    elif sum(member.file_size for member in members) > path.stat().st_size:
        problem = "its members claim more bytes than the file has"
    elif len(members) > _MAX_MEMBERS or len(set(names)) != len(names):
        problem = f"it has {len(members)} members, some of them twice or more than {_MAX_MEMBERS}"
    elif pickles[0].file_size > MAX_PICKLE:
        problem = f"its pickle has {pickles[0].file_size} bytes, at most {MAX_PICKLE} are read"
    if problem is not None:
        raise WeightsFormatError(path, problem, advice=_RESAVE)


def _why_not_torch(path: Path, start: bytes) -> str:
    if not start:
        return "the file is empty"
    forbidden = _forbidden(path)
    if forbidden:
        return f"refused: it is a pickle that asks for {forbidden}"
    if start.startswith(b"\x80"):
        return "a pickle that torch.save did not write is not read"
    return f"not a file of torch.save: it begins with {start[:8]!r}"


def _why_not_loaded(path: Path, torch_says: str) -> str:
    forbidden = _forbidden(path, torch_says) if "Weights only load failed" in torch_says else ""
    if forbidden:
        return f"refused: it asks for {forbidden}, and weights need no such thing"
    if "Unsupported operand" in torch_says:
        return "its pickle uses a newer protocol than torch.save writes"
    reason = torch_says.rpartition("WeightsUnpickler error: ")[2].strip().partition("\n")[0]
    return f"it cannot be read ({shown(reason)})"


def _is_zip(path: Path) -> bool:
    """As torch decides it: by the first bytes alone."""
    with path.open("rb") as stream:
        return stream.read(len(_ZIP)) == _ZIP


def _forbidden(path: Path, torch_says: str = "") -> str:
    """The globals that are not allowed, for a sentence: first the one that torch stopped at."""
    named = _NAMED_BY_TORCH.search(torch_says)
    with _pickle_in(path) as stream:
        asked = [name for name in globals_in(stream) if not name.startswith(_SAFE_MODULES)]
    bad = dict.fromkeys(name for name in ([named.group(1)] if named else []) + asked if name not in ALLOWED)
    return ", ".join(shown(name) for name in list(bad)[:_NAMED])


def _pickle_in(path: Path) -> BinaryIO:
    """The pickle inside a file; empty where it is too damaged to be found."""
    if not _is_zip(path):
        return path.open("rb")
    try:
        with zipfile.ZipFile(path) as archive:
            member = next(name for name in archive.namelist() if name.rpartition("/")[2] == "data.pkl")
            return io.BytesIO(archive.read(member))
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        return io.BytesIO()


@contextlib.contextmanager
def _allowed_globals() -> Iterator[None]:
    import argparse

    import numpy as np
    import torch

    scalar = np.float64(0).__reduce__()[0]
    pairs: list[tuple[object, str]] = [
        (argparse.Namespace, "argparse.Namespace"),
        (np.dtype, "numpy.dtype"),
        (scalar, "numpy.core.multiarray.scalar"),
        (scalar, "numpy._core.multiarray.scalar"),
    ]
    pairs += [
        (getattr(np.dtypes, name.rpartition(".")[2]), name)
        for name in ALLOWED
        if name.startswith("numpy.dtypes.")
    ]
    with torch.serialization.safe_globals(pairs):  # type: ignore[arg-type]  # numpy's scalar has no type of its own
        yield
